"""What software of other people says of certificates as sealed documents, and of the credentials in them."""

import io
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pypdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from services.certificates.document.keys import SigningKeys
from services.certificates.document.making_keys import withdraw_seal
from tests.component.certificates.designs import ACHIEVEMENT, PLAIN, PORTRAIT, longest
from tests.component.certificates.handing import PLACE, Handed, hand, write_list
from tests.component.certificates.story import trial_keys
from tests.component.certificates.test_document import NAMES
from tests.component.certificates.wordings import order
from tests.validators import pdfsig, verapdf
from tests.validators.tampering import one_byte_changed, painted_over

TEMPLATES = {
    "achievement": order(longest("words"), template=ACHIEVEMENT),
    "portrait": order(longest("hebrew"), language="fr", template=PORTRAIT),
    "trainer": order(NAMES["romanian"], language="fr", template=PLAIN, trainer=True),
    "trainer-achievement": order(longest("georgian"), template=ACHIEVEMENT, trainer=True),
    "arabic-long": order(longest("arabic")),
}
"""What organisers may make of the page, with the longest names."""


@pytest.fixture(scope="module")
def handed(fonts: Path, keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Handed:
    orders = {f"{script}-{language}": order(name, language=language) for script, name in NAMES.items() for language in ("en", "fr")}
    return hand(tmp_path_factory.mktemp("handed"), fonts, keys, orders | {"long": order("Maria " * 33 + "Li")} | TEMPLATES)


def test_every_seal_is_accepted_and_keeps_the_standards(handed: Handed) -> None:
    verdicts = handed.judged(*handed.documents)
    assert {name: verdict for name, verdict in verdicts.items() if verdict is None or not verdict.passed} == {}
    assert {verdict.level for verdict in verdicts.values() if verdict} == {"PAdES-BASELINE-B"}
    assert verapdf.refused(handed.documents) == {}


def test_every_seal_permits_no_change(handed: Handed) -> None:
    """What the catalogue of the document names as its certification (ISO 32000-1, 12.8.2.2), with permissions P = 1."""
    for produced in handed.produced.values():
        catalogue: Any = pypdf.PdfReader(io.BytesIO(produced.pdf)).trailer["/Root"]
        [field] = catalogue["/AcroForm"]["/Fields"]
        [reference] = catalogue["/Perms"]["/DocMDP"]["/Reference"]
        assert catalogue["/Perms"].raw_get("/DocMDP") == field.get_object().raw_get("/V")
        assert (reference["/TransformMethod"], reference["/TransformParams"]["/P"]) == ("/DocMDP", 1)


def test_every_credential_is_accepted(handed: Handed) -> None:
    assert handed.refused(*(handed.folder / f"{name}.json" for name in handed.produced)) == {}


def test_the_credential_lies_in_the_document_and_fits_the_schema(handed: Handed) -> None:
    schema = json.loads((Path(__file__).parents[2] / "validators" / "open_badges_schema.json").read_text())
    for produced in handed.produced.values():
        attached = pypdf.PdfReader(io.BytesIO(produced.pdf)).attachments
        assert list(attached) == ["credential.json"]
        assert attached["credential.json"][0].decode() == produced.credential
        jsonschema.validate(json.loads(produced.credential), schema)


@pytest.mark.parametrize("change", [one_byte_changed, painted_over])
def test_a_changed_document_is_refused(handed: Handed, tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    document = tmp_path / "changed.pdf"
    document.write_bytes(change(handed.produced["bosnian-en"].pdf))
    verdict = handed.judged(document)["changed.pdf"]
    assert verdict is not None
    assert not verdict.passed


def test_a_seal_of_another_root_or_one_that_was_withdrawn_is_refused(handed: Handed, keys: Path, tmp_path: Path) -> None:
    document = handed.folder / "bosnian-en.pdf"
    other = trial_keys(tmp_path / "other")
    elsewhere = handed.judged(document, root=other / "root.crt", revoked=other / "root.crl")["bosnian-en.pdf"]
    assert elsewhere is not None
    assert not elsewhere.passed
    root_key = load_pem_private_key((keys / "root.key").read_bytes(), None)
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    (tmp_path / "revoked.crl").write_bytes(withdrawing(handed.keys, root_key))
    withdrawn = handed.judged(document, revoked=tmp_path / "revoked.crl")["bosnian-en.pdf"]
    assert withdrawn is not None
    assert not withdrawn.passed


def test_what_shows_pdf_files_on_linux_knows_a_withdrawn_seal(handed: Handed, keys: Path, tmp_path: Path) -> None:
    pdfsig.skip_without()
    document, copied = handed.folder / "bosnian-en.pdf", tmp_path / "keys"
    shutil.copytree(keys, copied)
    assert pdfsig.judge([document], root=copied / "root.crt", revoked=copied / "root.crl")["bosnian-en.pdf"].passed
    withdraw_seal(copied, 1, now=datetime.now(UTC))
    refused = pdfsig.judge([document], root=copied / "root.crt", revoked=copied / "root.crl")["bosnian-en.pdf"]
    assert refused.certificate == "Certificate has been Revoked."


def withdrawing(keys: SigningKeys, root_key: ec.EllipticCurvePrivateKey) -> bytes:
    """A list that says that the seal's certificate was withdrawn before anything was sealed."""
    begun = keys.seal_certificate.not_valid_before_utc
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(keys.seal_certificate.serial_number)
        .revocation_date(begun)
        .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
        .build()
    )
    made = x509.CertificateRevocationListBuilder().issuer_name(keys.chain[0].subject).last_update(begun)
    listed = made.next_update(keys.seal_certificate.not_valid_after_utc).add_revoked_certificate(entry)
    identified = listed.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
    return identified.sign(root_key, SHA256()).public_bytes(Encoding.DER)


def test_a_credential_that_was_changed_or_revoked_is_refused(handed: Handed, tmp_path: Path) -> None:
    credential = handed.produced["bosnian-en"].credential
    changed = tmp_path / "changed.json"
    changed.write_text(credential.replace("2 of 3", "3 of 3"), encoding="utf-8")
    write_list(tmp_path / "revoked.json", handed.keys, [PLACE])
    untouched = handed.folder / "bosnian-en.json"
    assert handed.refused(changed) == {"changed.json": "Invalid signature."}
    assert handed.refused(untouched, status_list=tmp_path / "revoked.json") == {"bosnian-en.json": "It is not valid any more."}


def test_a_forged_status_list_is_refused(handed: Handed, tmp_path: Path) -> None:
    """The one that says that somebody's certificate is valid again."""
    write_list(tmp_path / "revoked.json", handed.keys, [PLACE])
    write_list(tmp_path / "clean.json", handed.keys, [])
    forged = json.loads((tmp_path / "revoked.json").read_text())
    forged["credentialSubject"] = json.loads((tmp_path / "clean.json").read_text())["credentialSubject"]
    (tmp_path / "forged.json").write_text(json.dumps(forged))
    refused = handed.refused(handed.folder / "bosnian-en.json", status_list=tmp_path / "forged.json")
    assert "BitstringStatusListCredential" in refused["bosnian-en.json"]
