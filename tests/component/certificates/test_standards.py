"""That the validator of PDF/A-3a and PDF/UA-1 would notice. What it says of certificates as they are handed out: `test_seal`."""

import io
from pathlib import Path

import pypdf
import pytest

from services.certificates.document.render import Typesetter
from tests.component.certificates.wordings import wording
from tests.validators.verapdf import refused


@pytest.fixture(scope="module")
def typesetter(fonts: Path) -> Typesetter:
    return Typesetter(fonts)


def test_one_that_lost_what_it_needs_does_not(typesetter: Typesetter, tmp_path: Path) -> None:
    pdf = typesetter.pdf(wording("Ana Kovač"))
    for lost in ("/Metadata", "/StructTreeRoot", "/Lang"):
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
        del writer.root_object[lost]
        writer.write(tmp_path / f"{lost[1:]}.pdf")
    found = refused(sorted(tmp_path.glob("*.pdf")))
    assert found == {"Metadata.pdf": {"3a", "ua1"}, "StructTreeRoot.pdf": {"3a", "ua1"}, "Lang.pdf": {"ua1"}}
