"""Keys of certificates: made by a command, renewed without breaking what was signed before, refused where they are of another kind."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import OKPKey
from typer.testing import CliRunner

from deploy.command_line.keys import app
from services.certificates.document.enveloped import envelop
from services.certificates.document.issuer import describe_issuer
from services.certificates.document.keys import KeysUnusableError, read_public, read_signing
from services.certificates.document.making_keys import make_keys
from services.certificates.document.multibase import base58_decoded
from services.certificates.document.proof import holds, prove
from services.certificates.document.status_list import describe_status_list

URL = "https://workshops.example.org"
OPTIONS = ["--organisation", "Council of Europe", "--public-url", f"{URL}/"]


def run(command: str, directory: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [command, "--directory", str(directory), *OPTIONS])
    return result.exit_code, result.output


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    directory = tmp_path / "keys"
    status, said = run("create", directory)
    assert status == 0
    assert "These keys are for a trial" in said
    return directory


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_private_keys_are_for_their_owner_alone(keys: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in keys.iterdir()}
    assert {name for name, mode in modes.items() if mode == 0o600} == {"root.key", "seal-1.key", "credential-1.key"}
    assert names(keys) - {name for name, mode in modes.items() if mode == 0o600} == {
        "root.crt",
        "root.crl",
        "seal-1.crt",
        "credential-1.pub",
    }


def test_a_seal_is_what_validators_ask_for(keys: Path) -> None:
    signing = read_signing(keys)
    certificate = signing.seal_certificate
    assert certificate.issuer == signing.chain[0].subject
    [root] = signing.chain
    certificate.verify_directly_issued_by(root)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.content_commitment, usage.key_cert_sign) == (True, False)
    [point] = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert point.full_name is not None
    assert point.full_name[0].value == f"{URL}/certificates/keys/root.crl"
    listed = x509.load_der_x509_crl(read_public(keys).revoked)
    assert listed.is_signature_valid(root.public_key())  # type: ignore[arg-type]  # on P-256
    assert list(listed) == []


def test_nothing_is_overwritten(keys: Path) -> None:
    before = {path.name: path.read_bytes() for path in keys.iterdir()}
    status, said = run("create", keys)
    assert status == 1
    assert "Nothing was changed" in said
    assert {path.name: path.read_bytes() for path in keys.iterdir()} == before


def test_what_was_signed_before_a_renewal_still_holds(keys: Path) -> None:
    old = read_signing(keys)
    listed = describe_status_list(0, [], public_url=URL, at=datetime.now(UTC))
    signed = prove(listed, old.credential, method=f"{listed['issuer']}#{old.credential_name}", created=datetime.now(UTC))
    assert run("renew", keys)[0] == 0
    new = read_signing(keys)
    assert (new.credential_name, new.chain) == ("credential-2", old.chain)
    assert new.seal_certificate != old.seal_certificate
    for spent in ("seal-1.key", "credential-1.key"):
        (keys / spent).unlink()
    public = read_public(keys)
    assert holds(signed, public.credential["credential-1"])
    assert not holds(signed, public.credential["credential-2"])
    document = describe_issuer(URL, public)
    assert document["id"] == "did:web:workshops.example.org:certificates"
    multikeys = [method for method in document["verificationMethod"] if method["type"] == "Multikey"]
    methods = {method["id"].rpartition("#")[2]: method["publicKeyMultibase"] for method in multikeys}
    raw = {name: base58_decoded(value.removeprefix("z"))[2:] for name, value in methods.items()}
    assert raw == {name: key.public_bytes_raw() for name, key in public.credential.items()}


def test_a_renewal_needs_the_root(keys: Path) -> None:
    (keys / "root.key").unlink()
    status, said = run("renew", keys)
    assert status == 1
    assert "root.key is not there" in said


@pytest.mark.parametrize("name", ["root.crt", "seal-1.crt", "seal-1.key", "credential-1.key"])
def test_a_file_that_is_missing_is_named_with_the_way_out(keys: Path, name: str) -> None:
    (keys / name).unlink()
    with pytest.raises(KeysUnusableError, match="atelier keys create"):
        read_signing(keys)
    with pytest.raises(KeysUnusableError, match="keys_directory is not set"):
        read_signing(None)


def test_a_key_of_another_kind_is_refused(keys: Path) -> None:
    def put(name: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> None:
        (keys / name).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    put("seal-1.key", ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(KeysUnusableError, match="not the certificate of"):
        read_signing(keys)
    put("seal-1.key", Ed25519PrivateKey.generate())
    with pytest.raises(KeysUnusableError, match="P-256"):
        read_signing(keys)
    put("seal-1.key", ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(KeysUnusableError, match="P-256"):
        read_signing(keys)


def test_a_withdrawn_seal_stays_so(keys: Path) -> None:
    assert CliRunner().invoke(app, ["withdraw", "--directory", str(keys), "--number", "2"]).exit_code == 1
    withdrawn = read_signing(keys).seal_certificate
    assert CliRunner().invoke(app, ["withdraw", "--directory", str(keys), "--number", "1"]).exit_code == 0
    assert run("renew", keys)[0] == 0
    listed = x509.load_der_x509_crl(read_public(keys).revoked)
    assert [one.serial_number for one in listed] == [withdrawn.serial_number]
    assert read_signing(keys).seal_certificate.serial_number != withdrawn.serial_number


def test_a_certificate_that_has_ended_seals_nothing(tmp_path: Path) -> None:
    make_keys(tmp_path / "old", organisation="A", public_url=URL, now=datetime(2001, 1, 1, tzinfo=UTC))
    with pytest.raises(KeysUnusableError, match="has ended"):
        read_signing(tmp_path / "old")


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # the name that software of wallets knows
def test_the_envelope_is_verified_by_a_library_of_others(keys: Path) -> None:
    signing = read_signing(keys)
    said = {"id": f"{URL}/c.json", "issuer": {"id": "did:web:a"}, "validFrom": "2023-10-26T22:30:00Z"}
    envelope = envelop(said, signing.credential, method="did:web:workshops.example.org:certificates#credential-1")
    [method] = [one for one in describe_issuer(URL, read_public(keys))["verificationMethod"] if one["type"] == "JsonWebKey"]
    found = jwt.decode(envelope, OKPKey.import_key(method["publicKeyJwk"]), algorithms=["EdDSA"])
    assert (found.header["kid"], found.header["typ"]) == (method["id"], "vc+jwt")
    assert found.claims["iss"] == "did:web:a"
    assert found.claims["id"] == said["id"]
