import base64
import io
import random

import pytest
from PIL import Image, ImageDraw

from services.certificates.document.logo import NotAPictureError, read_kept, read_picture
from services.certificates.domain.certificate_template import contrast_to_white, problems
from shared.contracts.certificate_template import CertificateTemplate, Logo, Signatory, Words

LOGO = Logo(png="", width=4, height=1, alternative="Council of Europe")


@pytest.mark.parametrize(("colour", "ratio"), [("#000000", 21.0), ("#ffffff", 1.0), ("#767676", 4.54), ("#595959", 7.0)])
def test_contrast_is_that_of_wcag(colour: str, ratio: float) -> None:
    assert contrast_to_white(colour) == pytest.approx(ratio, abs=0.01)


def test_the_usual_template_is_good() -> None:
    assert list(problems(CertificateTemplate())) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"accent": "#777777"}, ("accent", "too_light")),
        ({"words": {"fr": Words(heading="x" * 81)}}, ("heading-fr", "too_long")),
        ({"words": {"en": Words(more="a\u202eb")}}, ("more-en", "control")),
        ({"trainer_words": {"en": Words(took_part="x" * 121)}}, ("trainer-took_part-en", "too_long")),
        ({"logos": (LOGO, LOGO.model_copy(update={"alternative": ""}))}, ("logo-2-alternative", "missing")),
        ({"signatories": (Signatory(name="", role={"en": "Head"}),)}, ("signatory-1", "missing")),
        ({"signatories": (Signatory(name="Ana", role={"en": "x" * 121}),)}, ("signatory-1-role-en", "too_long")),
    ],
)
def test_what_is_wrong_is_named_by_its_field(changes: dict[str, object], found: tuple[str, str]) -> None:
    assert list(problems(CertificateTemplate().model_copy(update=changes))) == [found]


def _drawn(size: tuple[int, int], kind: str = "PNG", mode: str = "RGB") -> bytes:
    image = Image.new(mode, size, "#0f4c5c")
    ImageDraw.Draw(image).ellipse((0, 0, size[0] // 2, size[1]), fill="#a3473a")
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_becomes_a_small_png(kind: str) -> None:
    logo = read_picture(_drawn((3000, 600), kind), "A rose")
    with Image.open(io.BytesIO(base64.b64decode(logo.png))) as kept:
        assert (kept.format, kept.size) == ("PNG", (logo.width, logo.height)) == ("PNG", (1200, 240))
    assert logo == read_picture(_drawn((3000, 600), kind), "A rose")
    assert read_kept(logo.png, "A rose").width == logo.width


def test_a_cmyk_picture_is_taken_in_the_colours_of_screens() -> None:
    logo = read_picture(_drawn((400, 100), "JPEG", "CMYK"), "A rose")
    with Image.open(io.BytesIO(base64.b64decode(logo.png))) as kept:
        assert kept.mode in {"RGB", "RGBA", "P"}


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "no_picture"),
        (b"%PDF-1.7", "no_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no_picture"),
        (_drawn((80, 80))[:60], "no_picture"),
        (b"x" * 4_000_001, "too_large"),
        (_drawn((6000, 5000)), "too_large"),
    ],
)
def test_what_is_no_picture_is_refused(file: bytes, code: str) -> None:
    with pytest.raises(NotAPictureError) as refused:
        read_picture(file, "")
    assert refused.value.code == code


def test_what_is_no_logo_is_refused() -> None:
    noise = Image.frombytes("RGB", (1200, 480), random.Random(1).randbytes(1200 * 480 * 3))  # noqa: S311 - no secret
    file = io.BytesIO()
    noise.save(file, "WEBP", quality=80)
    with pytest.raises(NotAPictureError, match="too_detailed"):
        read_picture(file.getvalue(), "")


def test_a_kept_picture_that_was_tampered_with_is_refused() -> None:
    for png in ("?", "AAAA"):
        with pytest.raises(NotAPictureError, match="no_picture"):
            read_kept(png, "")
