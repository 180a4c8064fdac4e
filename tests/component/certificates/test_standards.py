"""What a validator of other people says of certificates as documents: PDF/A-3a for archives, PDF/UA-1 for screen readers."""

import io
from pathlib import Path

import pypdf
import pytest

from services.certificates.document.render import Typesetter
from tests.component.certificates.test_document import NAMES
from tests.component.certificates.wordings import wording
from tests.validators.verapdf import refused


@pytest.fixture(scope="module")
def typesetter(fonts: Path) -> Typesetter:
    return Typesetter(fonts)


def test_every_script_in_every_language_passes(typesetter: Typesetter, tmp_path: Path) -> None:
    documents = []
    for language in ("en", "fr"):
        for script, name in NAMES.items():
            documents.append(tmp_path / f"{script}-{language}.pdf")
            documents[-1].write_bytes(typesetter.pdf(wording(name, language=language)))
    documents.append(tmp_path / "long.pdf")
    documents[-1].write_bytes(typesetter.pdf(wording("Maria " * 33 + "Li")))
    assert refused(documents) == {}


def test_one_that_lost_what_it_needs_does_not(typesetter: Typesetter, tmp_path: Path) -> None:
    pdf = typesetter.pdf(wording("Ana Kovač"))
    for lost in ("/Metadata", "/StructTreeRoot", "/Lang"):
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
        del writer.root_object[lost]
        writer.write(tmp_path / f"{lost[1:]}.pdf")
    found = refused(sorted(tmp_path.glob("*.pdf")))
    assert found == {"Metadata.pdf": {"3a", "ua1"}, "StructTreeRoot.pdf": {"3a", "ua1"}, "Lang.pdf": {"ua1"}}
