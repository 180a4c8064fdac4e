"""The document itself: what it says, in which letters, where on the page."""

import contextlib
import io
import re
import unicodedata
from pathlib import Path
from typing import Any

import pypdf
import pytest
import zxingcpp
from PIL import Image

from services.certificates.document.render import Typesetter, UnsettableError
from services.certificates.document.typeface import FILES, Coverage, TypefaceMissingError
from services.certificates.document.wording import USUAL
from shared.contracts.certificate_template import CertificateTemplate, Signatory
from tests.component.certificates.designs import ACHIEVEMENT, LONG, PORTRAIT, longest
from tests.component.certificates.wordings import VERIFY_URL, order, wording

NAMES = {
    "albanian": "Ëngjëll Përmeti-Çoba",
    "bosnian": "Željko Ćorić-Džafić Đurđević Šabić",
    "turkic": "Günəş Əliyeva Hüseynqızı Işıl İğdır",
    "romanian": "Ștefănița Țurcanu-Bâtcă Înger",
    "serbian": "Ђорђе Ћирковић Љубиша Њежић Џафер Јован",
    "macedonian": "Ѓорѓи Ќосев Ѕвезда Ѝ",
    "ukrainian": "Ґалаґан Їжакевич Євген Ігор",
    "georgian": "ქეთევან ბერიძე ჭყონია",
    "armenian": "Հասմիկ Հարությունյան և Ֆրունզե",
    "greek": "Ελένη Παπαδοπούλου-Ιωαννίδη",
    "hebrew": "שרה בן־דוד לוי",
    "arabic": "محمد عبد الرحمن الخطيب",
    "persian": "علی\u200cرضا محمدی\u200cنژاد",
    "arabic with a mark": "أحمد الخطيب\u200f",
}
MILLIMETRE = 72 / 25.4


@pytest.fixture(scope="module")
def typesetter(fonts: Path) -> Typesetter:
    return Typesetter(fonts)


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    return " ".join(unicodedata.normalize("NFC", read(pdf).pages[0].extract_text()).split())


def fonts_of(pdf: bytes) -> set[str]:
    """The names of the embedded fonts, without the tag of the subset."""
    fonts: Any = read(pdf).pages[0]["/Resources"]["/Font"]  # type: ignore[index]  # pypdf types what it reads loosely
    names = set()
    for reference in fonts.values():
        [descendant] = reference.get_object()["/DescendantFonts"]
        descriptor = descendant.get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor, "embedded"
        names.add(re.sub(r"^[A-Z]{6}\+", "", str(descriptor["/FontName"])[1:]))
    return names


@pytest.mark.parametrize("script", NAMES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_name_is_set_in_its_own_script_in_the_one_family(typesetter: Typesetter, script: str, language: str) -> None:
    pdf = typesetter.pdf(wording(NAMES[script], language=language))
    assert NAMES[script] in text_of(pdf)
    assert len(read(pdf).pages) == 1
    fonts = fonts_of(pdf)
    companions = {
        "georgian": "NotoSerifGeorgian",
        "armenian": "NotoSerifArmenian",
        "hebrew": "NotoSerifHebrew",
        **dict.fromkeys(("arabic", "arabic with a mark", "persian"), "NotoNaskhArabic"),
    }
    companion = companions.get(script, "NotoSerif")
    assert all(name.startswith(("NotoSerif", companion)) for name in fonts), fonts
    assert any(name.startswith(companion) for name in fonts)


def test_what_it_says(typesetter: Typesetter) -> None:
    text = text_of(typesetter.pdf(wording("Ana Kovač")))
    for line in (
        "This is to certify that Ana Kovač took part in Police Operating in Diverse Societies",
        "Strasbourg, France, 24–26 October 2023",
        "Attended 2 of 3 sessions, 16 hours",
        "For participants from Albania, Kosovo* and Ukraine.",
        "A note on the name.",
        "ATL-2023-7K4M-Q9X0",
        "Issued on 27 October 2023",  # 22:30 UTC is the next day in Strasbourg
        "Verify at atelier.example",
        "Horizontal Facility for the Western Balkans and Türkiye",
    ):
        assert line in text
    assert text.count("Council of Europe") == 2, "at the head, and to sign"


def test_what_it_says_in_french(typesetter: Typesetter) -> None:
    text = text_of(typesetter.pdf(wording("Ana Kovač", language="fr")))
    assert "Il est attesté que Ana Kovač a participé à La police dans des sociétés plurielles" in text
    assert "Présence à 2 séances sur 3, 16 heures" in text
    assert "Délivrée le 27 octobre 2023" in text
    assert "Albanie, Kosovo* et Ukraine" in text


def test_the_code_leads_to_the_verification_page(typesetter: Typesetter) -> None:
    with Image.open(io.BytesIO(typesetter.png(wording("Ana Kovač"), pixels_per_inch=150))) as page:
        [code] = zxingcpp.read_barcodes(page.convert("L"))
    assert code.text == VERIFY_URL


def test_the_same_words_give_the_same_bytes(fonts: Path) -> None:
    first, second = Typesetter(fonts), Typesetter(fonts)
    made = first.pdf(wording("Ana Kovač"))
    second.pdf(wording("Somebody Else"))
    assert second.pdf(wording("Ana Kovač")) == made
    assert second.pdf(wording("Ana Kovac")) != made


def test_it_can_be_read_aloud(typesetter: Typesetter) -> None:
    document = read(typesetter.pdf(wording("Ana Kovač", language="fr")))
    root: Any = document.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert document.metadata is not None
    assert document.metadata.title == "Attestation de participation: Ana Kovač"
    assert "ATL-2023-7K4M-Q9X0" in str(document.metadata.get("/Keywords"))


@pytest.mark.parametrize("design", [USUAL, ACHIEVEMENT, PORTRAIT], ids=["usual", "achievement", "portrait"])
@pytest.mark.parametrize("kind", LONG)
def test_a_name_of_200_characters_stays_inside_the_margins(typesetter: Typesetter, kind: str, design: CertificateTemplate) -> None:
    name, side = longest(kind), 24 if design.orientation == "portrait" else 29
    worded = order(name, template=design).wording
    pdf = typesetter.pdf(worded)
    page = read(pdf).pages[0]
    assert len(read(pdf).pages) == 1
    assert letters(name) in letters(text_of(pdf))
    with Image.open(io.BytesIO(typesetter.png(worded, pixels_per_inch=72))) as image:
        grey = image.convert("L").point(lambda value: 255 if value < 100 else 0)  # ink, not the pale ornament
        left, top, right, bottom = grey.getbbox() or (0, 0, 0, 0)
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    assert (width < height) == (design.orientation == "portrait")
    assert left >= side * MILLIMETRE
    assert right <= width - side * MILLIMETRE
    assert top >= 20 * MILLIMETRE
    assert bottom <= height - 12 * MILLIMETRE


def letters(text: str) -> str:
    """Without the places where a line may break."""
    return re.sub(r"[\s\u200b]", "", text)


@pytest.mark.parametrize(
    "name", ["Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren", "კონსტანტინეპოლელიშვილი-ბაგრატიონდავითაშვილი Ana"]
)
def test_a_long_word_is_set_smaller_rather_than_broken(typesetter: Typesetter, name: str) -> None:
    assert name in text_of(typesetter.pdf(wording(name)))


@pytest.mark.parametrize("orientation", ["portrait", "landscape"])
@pytest.mark.parametrize("others", [0, 2])
def test_who_signs_can_be_found_by_their_name(typesetter: Typesetter, orientation: str, others: int) -> None:
    names = ["Aikaterini Papadopoulou-Ioannidi Hatzikonstantinou", *["Ana Kovač"] * others]
    role = {"en": "Responsable de l’accompagnement interprofessionnel"}
    template = CertificateTemplate(orientation=orientation, signatories=tuple(Signatory(name=name, role=role) for name in names))
    said = read(typesetter.pdf(wording("Ben Hoxha", template=template))).pages[0].extract_text()
    assert "\u200b" not in said
    assert "Papadopoulou-" in said
    assert "Ioannidi" in said
    assert "Hatzikonstantinou" in said
    assert "interprofessionnel" in said


def test_a_word_too_long_for_the_line_to_sign_on_breaks_and_no_other_does(typesetter: Typesetter) -> None:
    names = (f"Aikaterini {'M' * 60} Ioannidi", "Ana", "Ben")
    template = CertificateTemplate(signatories=tuple(Signatory(name=name) for name in names))
    said = read(typesetter.pdf(wording("Ben Hoxha", template=template))).pages[0].extract_text()
    assert "Aikaterini" in said
    assert "Ioannidi" in said
    assert "M" * 60 not in said
    assert re.sub(r"[\s\u200b]", "", said).count("M" * 60) == 1


@pytest.mark.parametrize("name", ["#strong[Ana] $x$ *b* _c_ @d <e>", '"; panic("x") //', "\\u{41} `raw` #eval", "{{ 7*7 }} <script>"])
def test_markup_in_a_name_is_text(typesetter: Typesetter, name: str) -> None:
    assert name in text_of(typesetter.pdf(wording(name)))


@pytest.mark.parametrize(
    ("name", "character"), [("Ana 中村", "U+4E2D"), ("Ana \u202ečavoK", "U+202E"), ("Ana\x07", "U+0007"), ("Ა", "U+1C90")]
)
def test_what_has_no_glyph_is_refused_and_not_printed_as_a_box(typesetter: Typesetter, name: str, character: str) -> None:
    with pytest.raises(UnsettableError, match=re.escape(character)) as refusal:
        typesetter.pdf(wording(name))
    assert "Ana" not in str(refusal.value)


@pytest.mark.parametrize("character", ["☃", "א", "→"])
def test_no_other_font_steps_in_even_for_what_is_not_checked(fonts: Path, monkeypatch: pytest.MonkeyPatch, character: str) -> None:
    """Neither the system's fonts nor those that come with the compiler: the page is set in the pinned files or not at all."""
    monkeypatch.setattr(Coverage, "missing_in", lambda *_: iter(()))
    with contextlib.suppress(RuntimeError, UnsettableError):
        used = fonts_of(Typesetter(fonts).pdf(wording(f"Ana {character}")))
        assert all(name.startswith("NotoSerif") for name in used), used


def test_a_standard_that_a_text_would_break_is_named_without_the_text(fonts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Coverage, "missing_in", lambda *_: iter(()))
    with pytest.raises(UnsettableError, match="PDF/A-3a") as refusal:
        Typesetter(fonts).pdf(wording("Ana\u4e00"))
    assert "\u4e00" not in str(refusal.value)


def test_more_than_a_page_is_refused(typesetter: Typesetter) -> None:
    with pytest.raises(UnsettableError, match="does not fit on one page"):
        typesetter.pdf(wording("Ana Kovač", programmes=[f"Programme {number}" for number in range(60)]))


def test_hours_are_those_that_really_passed(typesetter: Typesetter) -> None:
    night = [{"code": "day-1", "title": {"en": "Night"}, "starts": "2023-10-28T22:00", "ends": "2023-10-29T06:00"}]
    text = text_of(typesetter.pdf(wording("Ana Kovač", sessions=night, attended=("day-1",))))
    assert "Attended the session, 9 hours" in text


def test_other_font_files_are_refused(fonts: Path, tmp_path: Path) -> None:
    with pytest.raises(TypefaceMissingError, match="is not in"):
        Coverage(tmp_path)
    for name in FILES:
        (tmp_path / name).write_bytes((fonts / name).read_bytes())
    (tmp_path / "NotoSerif-Bold.ttf").write_bytes(b"another font")
    with pytest.raises(TypefaceMissingError, match="not the pinned file"):
        Coverage(tmp_path)
