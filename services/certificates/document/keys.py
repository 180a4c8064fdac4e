"""The keys that certificates are sealed and credentials are signed with: files of one directory, numbered.

`root.crt`, `root.crl`                what others trust, and what of it is withdrawn; DER, as RFC 5280 has them offered
`trusted-*.crt`                       other roots (DER) that seals rest on, such as a trust service provider's
`time-*.crt`                          roots (DER) that time-stamps rest on
`seal-N.key`, `seal-N.crt`            ECDSA P-256: validators of PAdES do not take Ed25519; the certificate and those above it but the root
`seal-N.uri`                          in place of `seal-N.key`: where the key is in a device (PKCS #11), as a URI (RFC 7512)
`credential-N.key`, `credential-N.pub`    Ed25519

The highest number is in use. Public halves of earlier ones stay, so that what they signed can be verified; private ones may go.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from services.certificates.document.signer import Sign, read_uri, with_key

ROOT, REVOKED = "root.crt", "root.crl"
_PUBLIC = ("crt", "pub")


class KeysUnusableError(RuntimeError):
    """A key is missing or is of another kind. The text names the file and the way out."""


@dataclass(frozen=True)
class PublicKeys:
    """What everybody may have: the root and its list of withdrawn certificates (DER), and the public keys of credentials by name.

    `trusted` are all roots that seals may rest on, the root among them; `time` those of time-stamps. `seals` are the SHA-256 of the seals'
    own certificates: what else rests on a trust service provider's root was sealed by another of its customers.
    """

    root: bytes
    trusted: tuple[bytes, ...]
    time: tuple[bytes, ...]
    revoked: bytes
    credential: Mapping[str, Ed25519PublicKey]
    seals: frozenset[bytes]


@dataclass(frozen=True)
class SigningKeys:
    """What signs. `credential_name` is the public key's name in `PublicKeys`; `chain` are the certificates above the seal's own."""

    seal: Sign
    seal_certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    credential: Ed25519PrivateKey
    credential_name: str


class Newest(NamedTuple):
    """The names of the keys in use."""

    seal: str
    credential: str


def find_newest(directory: Path | None) -> Newest:
    """Raises KeysUnusableError."""
    return Newest(_numbered(directory, "seal", "key", "uri")[-1], _numbered(directory, "credential", "key")[-1])


def read_public(directory: Path | None) -> PublicKeys:
    """Raises KeysUnusableError."""
    _list(directory)
    names = _numbered(directory, "credential", "pub")
    keys = {name: load_pem_public_key(_content(directory, f"{name}.pub")) for name in names}
    for name, key in keys.items():
        if not isinstance(key, Ed25519PublicKey):
            raise KeysUnusableError(f"{directory}/{name}.pub is no Ed25519 key")
    return PublicKeys(
        root=_content(directory, ROOT),
        trusted=(_content(directory, ROOT), *_roots(directory, "trusted")),
        time=_roots(directory, "time"),
        revoked=_content(directory, REVOKED),
        credential={name: key for name, key in keys.items() if isinstance(key, Ed25519PublicKey)},
        seals=frozenset(_certificates(directory, name)[0].fingerprint(SHA256()) for name in _numbered(directory, "seal", "crt")),
    )


def read_endings(directory: Path | None) -> dict[str, datetime]:
    """Until when root, list and newest seal are good, by file. Raises KeysUnusableError."""
    newest = find_newest(directory).seal
    list_ends = _list(directory).next_update_utc
    return {
        ROOT: x509.load_der_x509_certificate(_content(directory, ROOT)).not_valid_after_utc,
        f"{newest}.crt": _certificates(directory, newest)[0].not_valid_after_utc,
        **({REVOKED: list_ends} if list_ends else {}),
    }


def _roots(directory: Path | None, kind: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((directory or Path()).glob(f"{kind}-*.crt")))


def read_signing(directory: Path | None, names: Newest | None = None) -> SigningKeys:
    """The newest of each, or those that are named. Raises KeysUnusableError, also for a seal that has ended or was withdrawn."""
    seal_name, credential_name = names or find_newest(directory)
    credential = _loaded(directory, credential_name)
    if not isinstance(credential, Ed25519PrivateKey):
        raise KeysUnusableError(f"{directory}/{credential_name}.key is no Ed25519 key")
    certificate, *above = _certificates(directory, seal_name)
    root = x509.load_der_x509_certificate(_content(directory, ROOT))
    seal = _seal(directory, seal_name, certificate)
    if certificate.not_valid_after_utc <= datetime.now(UTC):
        raise KeysUnusableError(f"{directory}/{seal_name}.crt has ended: `atelier keys renew` makes the next")
    withdrawn = _list(directory)
    if certificate.issuer == withdrawn.issuer and withdrawn.get_revoked_certificate_by_serial_number(certificate.serial_number):
        raise KeysUnusableError(f"{directory}/{seal_name}.crt is withdrawn: `atelier keys renew` makes the next")
    chain = tuple(above) if above else (root,) if certificate.issuer == root.subject else ()
    return SigningKeys(seal, certificate, chain, credential, credential_name)


def _seal(directory: Path | None, name: str, certificate: x509.Certificate) -> Sign:
    public_key = certificate.public_key()
    if not isinstance(public_key, EllipticCurvePublicKey) or not isinstance(public_key.curve, SECP256R1):
        raise KeysUnusableError(f"{directory}/{name}.crt is no certificate of a key on the curve P-256")
    if directory is not None and directory.joinpath(f"{name}.uri").exists():
        try:
            # Whether it holds this key is seen when it is first used: it may be away for now, and certificates wait for it
            return replace(read_uri(_content(directory, f"{name}.uri").decode()), public_key=public_key)
        except ValueError as error:
            raise KeysUnusableError(f"{directory}/{name}.uri is {error}") from error
    key = _private(directory, name)
    if key.public_key() != public_key:
        raise KeysUnusableError(f"{directory}/{name}.crt is not the certificate of {name}.key")
    return with_key(key)


def _private(directory: Path | None, name: str) -> EllipticCurvePrivateKey:
    key = _loaded(directory, name)
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise KeysUnusableError(f"{directory}/{name}.key is no key on the curve P-256")
    return key


def _loaded(directory: Path | None, name: str) -> object:
    try:
        return load_pem_private_key(_content(directory, f"{name}.key"), None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise KeysUnusableError(f"{directory}/{name}.key is no private key (PEM), or one with a passphrase") from error


def _certificates(directory: Path | None, name: str) -> list[x509.Certificate]:
    """The seal's own first."""
    try:
        return x509.load_pem_x509_certificates(_content(directory, f"{name}.crt"))
    except ValueError as error:
        raise KeysUnusableError(f"{directory}/{name}.crt holds no certificate (PEM)") from error


def _list(directory: Path | None) -> x509.CertificateRevocationList:
    try:
        return x509.load_der_x509_crl(_content(directory, REVOKED))
    except ValueError as error:
        raise KeysUnusableError(f"{directory}/{REVOKED} is no list of withdrawn certificates (DER)") from error


def _numbered(directory: Path | None, kind: str, *suffixes: str) -> list[str]:
    if directory is None:
        raise KeysUnusableError("keys_directory is not set: `atelier keys create` makes keys for a trial")
    found = (path for suffix in suffixes for path in directory.glob(f"{kind}-*.{suffix}"))
    numbers = sorted(int(path.stem.partition("-")[2]) for path in found if path.stem[len(kind) + 1 :].isdigit())
    if not numbers:
        way_out = "`atelier keys create` makes keys for a trial"
        if suffixes[0] in _PUBLIC:
            way_out = f"the web process needs all {kind}-*.{suffixes[0]} of the worker's folder"
        raise KeysUnusableError(f"{directory} has no {kind}-1.{suffixes[0]}: {way_out}")
    return [f"{kind}-{number}" for number in numbers]


def _content(directory: Path | None, name: str) -> bytes:
    try:
        return (directory or Path()).joinpath(name).read_bytes()
    except OSError as error:
        raise KeysUnusableError(
            f"{directory}/{name} cannot be read ({error.strerror}): `atelier keys create` makes keys for a trial"
        ) from error
