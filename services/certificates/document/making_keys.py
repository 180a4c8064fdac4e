"""Makes keys for a trial: a root of one's own, a certificate for seals under it, and a key for credentials.

Trust then rests on that root, which whoever verifies has to be given by hand. A seal that validators know by themselves needs a certificate
for electronic seals from a trust service provider (eIDAS, article 36), put in place as `seal-N.key` and `seal-N.crt`.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from services.certificates.document.keys import REVOKED, ROOT
from services.certificates.document.signer import Device

ROOT_KEY = "root.key"
_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""RFC 9336: for documents that people read. Poppler asks for the older usage, of mail, and takes no other."""
_YEARS_ROOT, _YEARS_SEAL, _DAYS_LIST = 20, 5, 366
_CLOCKS_DIFFER = timedelta(hours=1)


def make_keys(directory: Path, *, organisation: str, public_url: str, now: datetime, device: Device | None = None) -> None:
    """Make the first keys, or the next ones under the same root: what is sealed and signed from then on is so with them.

    Args:
        directory: made where there is none; files in it are never overwritten but for the list of withdrawn certificates. Where making
            keys was broken off, it goes on with what is there.
        organisation: as it is to stand in the certificates.
        public_url: where the root and its list are offered.
        now: carries a zone.
        device: holds the key of the seal already; else one is made, as a file. SealUnavailableError where it does not.

    Raises ValueError where there is a root whose key is not there, or is another.
    """
    made = ec.generate_private_key(ec.SECP256R1())
    sealed_with = _tried(device) if device else made.public_key()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (directory / ROOT).exists():
        if any(directory.glob("seal-*.crt")):
            raise ValueError(f"{directory / ROOT} is not there, on which the seals in this folder rest")
        if not (directory / ROOT_KEY).exists():
            _keep(directory / ROOT_KEY, _private(ec.generate_private_key(ec.SECP256R1())))
        _keep(directory / ROOT, _root(_root_key(directory), organisation, now).public_bytes(Encoding.DER), secret=False)
    root, root_key = _read_root(directory)
    _write_list(directory, root, root_key, _withdrawn(directory), now)
    number = 1 + max((int(path.stem.partition("-")[2]) for path in directory.glob("seal-*.crt")), default=0)
    credential_key = Ed25519PrivateKey.generate()
    seal = _seal(sealed_with, root, root_key, organisation, public_url, now)
    # The private halves last: their presence says that all is there
    _keep(directory / f"seal-{number}.crt", seal.public_bytes(Encoding.PEM), secret=False)
    public = credential_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _keep(directory / f"credential-{number}.pub", public, secret=False)
    if device:
        _keep(directory / f"seal-{number}.uri", device.uri.encode())
    else:
        _keep(directory / f"seal-{number}.key", _private(made))
    _keep(directory / f"credential-{number}.key", _private(credential_key))


def _tried(device: Device) -> ec.EllipticCurvePublicKey:
    """Its public key, once it has signed something that belongs to it."""
    public_key = device.find_public_key()
    tried = replace(device, public_key=public_key)
    tried(b"Do these two belong together?")
    tried.close()
    return public_key


def withdraw_seal(directory: Path, number: int, *, now: datetime) -> None:
    """Put the certificate of a seal on the list of those that are withdrawn, from now on.

    Raises FileNotFoundError where its certificate is not there, ValueError where the root's key is not, or is another.
    """
    root, root_key = _read_root(directory)
    seal = x509.load_pem_x509_certificate((directory / f"seal-{number}.crt").read_bytes())
    entry = x509.RevokedCertificateBuilder().serial_number(seal.serial_number).revocation_date(now.astimezone(UTC)).build()
    before = [one for one in _withdrawn(directory) if one.serial_number != seal.serial_number]
    _write_list(directory, root, root_key, [*before, entry], now)


def _read_root(directory: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    if not (directory / ROOT_KEY).exists():
        raise ValueError(f"{directory / ROOT_KEY} is not there, the key of {ROOT}")
    root, key = x509.load_der_x509_certificate((directory / ROOT).read_bytes()), _root_key(directory)
    if root.public_key() != key.public_key():
        raise ValueError(f"{directory / ROOT_KEY} is not the key of {ROOT}")
    return root, key


def _root_key(directory: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key((directory / ROOT_KEY).read_bytes(), None)
    except TypeError as error:
        raise ValueError(f"{directory / ROOT_KEY} has a passphrase: give it without for the moment") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"{directory / ROOT_KEY} is no private key (PEM)") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{directory / ROOT_KEY} is no key on the curve P-256")  # noqa: TRY004 - what the file holds, not what was passed
    return key


def _withdrawn(directory: Path) -> list[x509.RevokedCertificate]:
    if not (directory / REVOKED).exists():
        return []
    return list(x509.load_der_x509_crl((directory / REVOKED).read_bytes()))


def _write_list(
    directory: Path, root: x509.Certificate, key: ec.EllipticCurvePrivateKey, withdrawn: Iterable[x509.RevokedCertificate], now: datetime
) -> None:
    _write(directory / REVOKED, _list(root, key, withdrawn, now).public_bytes(Encoding.DER), secret=False).replace(directory / REVOKED)


def _root(key: ec.EllipticCurvePrivateKey, organisation: str, now: datetime) -> x509.Certificate:
    name = _name(organisation, f"{organisation}: root for trial use")
    return (
        _begun(name, name, key.public_key(), now, _YEARS_ROOT)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, SHA256())
    )


def _seal(
    key: ec.EllipticCurvePublicKey,
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    organisation: str,
    public_url: str,
    now: datetime,
) -> x509.Certificate:
    offered = f"{public_url}/certificates/keys"
    at_list = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{offered}/{REVOKED}")], None, None, None)
    at_root = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(f"{offered}/{ROOT}"))
    return (
        _begun(_name(organisation, f"{organisation}: seal of certificates"), root.subject, key, now, _YEARS_SEAL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([_DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .add_extension(x509.CRLDistributionPoints([at_list]), critical=False)
        .add_extension(x509.AuthorityInformationAccess([at_root]), critical=False)
        .sign(root_key, SHA256())
    )


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, years: int) -> x509.CertificateBuilder:
    begins = now.astimezone(UTC) - _CLOCKS_DIFFER
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _list(
    root: x509.Certificate, key: ec.EllipticCurvePrivateKey, withdrawn: Iterable[x509.RevokedCertificate], now: datetime
) -> x509.CertificateRevocationList:
    moment, builder = now.astimezone(UTC), x509.CertificateRevocationListBuilder()
    for one in withdrawn:
        builder = builder.add_revoked_certificate(one)
    return (
        builder.issuer_name(root.subject)
        .last_update(moment - _CLOCKS_DIFFER)
        .next_update(moment + timedelta(days=_DAYS_LIST))
        .add_extension(x509.CRLNumber(int(moment.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )


def _usage(**given: bool) -> x509.KeyUsage:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: given.get(name, False) for name in names})


def _name(organisation: str, common: str) -> x509.Name:
    # X.520 ends both at 64 characters
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]), x509.NameAttribute(NameOID.COMMON_NAME, common[-64:])]
    )


def _private(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _keep(path: Path, content: bytes, *, secret: bool = True) -> None:
    """Complete or not at all. Raises FileExistsError rather than overwrite one."""
    part = _write(path, content, secret=secret)
    if path.exists():
        part.unlink()
        raise FileExistsError(f"{path} is there already")
    part.replace(path)


def _write(path: Path, content: bytes, *, secret: bool) -> Path:
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if secret else 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return part
