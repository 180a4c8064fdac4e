"""Keys of certificates: made by a command, renewed without breaking what was signed before, refused where they are of another kind."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
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
from services.certificates.document.seal import Sealer
from services.certificates.document.signer import SealUnavailableError
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


def test_no_other_root_is_made_beside_one_whose_key_is_kept_elsewhere(keys: Path) -> None:
    kept = (keys / "root.key").read_bytes()
    (keys / "root.key").unlink()
    before = names(keys)
    status, said = run("create", keys)
    assert status == 1
    assert "root.key is not there" in said
    assert names(keys) == before
    (keys / "root.key").write_bytes(kept)
    assert run("renew", keys)[0] == 0


@pytest.mark.parametrize("command", ["create", "renew"])
def test_no_other_root_is_made_where_seals_rest_on_one_that_is_not_there(keys: Path, command: str) -> None:
    (keys / "root.crt").unlink()
    (keys / "credential-1.key").unlink()
    before = {path.name: path.read_bytes() for path in keys.iterdir()}
    status, said = run(command, keys)
    assert status == 1
    assert "root.crt is not there" in said
    assert {path.name: path.read_bytes() for path in keys.iterdir()} == before


def test_a_key_with_a_passphrase_and_one_that_is_none_are_named(keys: Path) -> None:
    locked = BestAvailableEncryption(b"a passphrase")
    for name in ("root", "seal-1", "credential-1"):
        key = load_pem_private_key((keys / f"{name}.key").read_bytes(), None)
        (keys / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
    status, said = run("renew", keys)
    assert status == 1
    assert "root.key has a passphrase" in said
    (keys / "root.key").write_text("-----BEGIN PRIVATE KEY-----")
    status, said = run("renew", keys)
    assert status == 1
    assert "root.key is no private key" in said
    with pytest.raises(KeysUnusableError, match=r"credential-1\.key is no private key"):
        read_signing(keys)
    (keys / "seal-1.crt").write_text("-----BEGIN CERTIFICATE-----")
    with pytest.raises(KeysUnusableError, match=r"seal-1\.crt holds no certificate"):
        read_public(keys)


@pytest.mark.parametrize("address", ["nonsense", "ftp://workshops.example.org", "https://", "https://[x"])
def test_an_address_that_is_none_of_the_web_is_refused(tmp_path: Path, address: str) -> None:
    given = ["create", "--directory", str(tmp_path / "keys"), "--organisation", "Council of Europe", "--public-url", address]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 1
    assert "--public-url" in result.output
    assert not (tmp_path / "keys").exists()


def test_nothing_is_sealed_once_the_seals_certificate_has_ended(keys: Path) -> None:
    signing = read_signing(keys)
    ends = signing.seal_certificate.not_valid_after_utc
    sealer = Sealer(signing.seal, signing.seal_certificate, signing.chain)
    with pytest.raises(SealUnavailableError, match="atelier keys renew"):
        sealer.seal(b"%PDF-1.7\n", at=ends)


def test_a_key_that_is_not_the_roots_signs_nothing(keys: Path, tmp_path: Path) -> None:
    assert run("create", tmp_path / "others")[0] == 0
    before = {path.name: path.read_bytes() for path in keys.iterdir() if path.name != "root.key"}
    (keys / "root.key").write_bytes((tmp_path / "others" / "root.key").read_bytes())
    for status, said in (run("renew", keys), run("create", keys)):
        assert status == 1
        assert "root.key is not the key of root.crt" in said or "has keys" in said
    assert CliRunner().invoke(app, ["withdraw", "--directory", str(keys), "--number", "1"]).exit_code == 1
    assert {path.name: path.read_bytes() for path in keys.iterdir() if path.name != "root.key"} == before


@pytest.mark.parametrize("done", range(7))
def test_making_keys_goes_on_where_it_was_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int) -> None:
    directory, make, made = tmp_path / "keys", Path.replace, list[str]()

    def until_it_dies(part: Path, target: Path) -> Path:
        if len(made) == done:
            raise KeyboardInterrupt
        made.append(target.name)
        return make(part, target)

    with monkeypatch.context() as dying:
        dying.setattr(Path, "replace", until_it_dies)
        with pytest.raises(KeyboardInterrupt):
            make_keys(directory, organisation="Council of Europe", public_url=URL, now=datetime.now(UTC))
    for name in ("root.key", "root.crt", "root.crl", "seal-1.crt", "seal-1.key", "credential-1.pub", "credential-1.key"):
        (directory / f"{name}.part").write_bytes(b"half of it")
    before = {name: (directory / name).read_bytes() for name in made}
    assert run("create", directory)[0] == 0
    signing = read_signing(directory)
    signing.seal_certificate.verify_directly_issued_by(signing.chain[0])
    assert signing.credential_name in read_public(directory).credential
    after = {name: (directory / name).read_bytes() for name in made}
    assert after | {"root.crl": b""} == before | {"root.crl": b""}, "what was made is overwritten"


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
