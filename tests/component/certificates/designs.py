"""Templates that organisers might write, for tests of the document, and the longest names that a form lets through."""

import io

from PIL import Image

from services.certificates.document.logo import read_picture
from shared.contracts.certificate_template import CertificateTemplate, Kind, Logo, Signatory, Words


def _logo(mode: str, size: tuple[int, int], alternative: str) -> Logo:
    """With colours that run, and clear at one side where the mode can say so."""
    run = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGBA", (run, run.transpose(Image.Transpose.ROTATE_180), run, run)).convert(mode)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return read_picture(file.getvalue(), alternative)


LOGOS = (
    _logo("RGBA", (400, 100), "Council of Europe"),
    _logo("RGB", (120, 180), "European Union"),
    _logo("L", (300, 300), "Police academy"),
    _logo("P", (250, 90), "Ministry of the interior"),
)
SIGNATORIES = (
    Signatory(name="Ana Kovač", role={"en": "Head of training", "fr": "Responsable de la formation"}),
    Signatory(name="Éric de La Tour", role={"en": "Rector", "fr": "Recteur"}),
    Signatory(name="ქეთევან ბერიძე"),
    Signatory(name="Ђорђе Ћирковић", role={"en": "Trainer"}),
)
_MORE = "The workshop was about policing in diverse societies: hate crime, contact with communities, and how to record both."

ACHIEVEMENT = CertificateTemplate(
    kind=Kind.ACHIEVEMENT,
    accent="#0f4c5c",
    logos=LOGOS,
    signatories=SIGNATORIES[:2],
    words={"en": Words(heading="Diploma", more=_MORE)},
)
"""Landscape, with all that takes room."""
PORTRAIT = CertificateTemplate(
    orientation="portrait", logos=LOGOS[:1], signatories=SIGNATORIES, words={language: Words(more=_MORE) for language in ("en", "fr")}
)
PLAIN = CertificateTemplate(
    orientation="portrait",
    ornament=False,
    signatories=SIGNATORIES[:1],
    trainer_words={"fr": Words(heading="Attestation de l\u2019équipe", took_part="a enseigné à", more="Trois jours, deux langues.")},
)
"""Without what is for the eye alone; trainers' has words of its own."""

LONG = {
    "words": "María del Carmen Þórunn Ђорђевић " * 7,
    "one word": "W" * 200,
    "georgian": "კონსტანტინეპოლელი" * 12,
    "two words": "Ж" * 120 + " " + "Щ" * 79,
    "hebrew": "שרה בן־דוד לוי " * 14,
    "arabic": "محمد عبد الرحمن الخطيب " * 9,
}
"""200 characters of each are a name."""


def longest(kind: str) -> str:
    """The name of 200 characters, or a few less where there would be a space at its end."""
    return LONG[kind][:200].strip()
