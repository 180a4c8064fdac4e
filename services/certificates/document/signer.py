"""Who holds the private key of a seal: a file, or a device that never gives it away (PKCS #11 3.1, OASIS)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

Sign = Callable[[bytes], bytes]
"""From what is to be signed to an ECDSA signature over its SHA-256, in DER. Whatever holds the key can be one."""


class SealUnavailableError(RuntimeError):
    """The device does not sign, now or at all. The text says what it or its library said, and nothing secret."""


def with_key(key: EllipticCurvePrivateKey) -> Sign:
    """A key from a file, kept in memory."""
    return lambda content: key.sign(content, ECDSA(SHA256()))


def fits(signature: bytes, content: bytes, public_key: EllipticCurvePublicKey) -> bool:
    """Whether the other half of this key signed the content."""
    try:
        public_key.verify(signature, content, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


@dataclass
class Device:
    """A key in a device. It is opened when it is first needed, and anew after it failed.

    Args:
        uri: names library, token, key and where the PIN is (RFC 7512), as
            `pkcs11:token=Atelier;object=seal?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/secrets/pin`.
        public_key: that of the seal's certificate: what it signs first is looked at with it, whenever it was opened.
    """

    uri: str
    public_key: EllipticCurvePublicKey | None = None
    _session: Any = field(default=None, repr=False)
    _key: Any = field(default=None, repr=False)
    _refused: str | None = field(default=None, repr=False)

    def __call__(self, content: bytes) -> bytes:
        """Sign. Raises SealUnavailableError."""
        pkcs11 = _library()
        is_new = self._key is None
        try:
            if is_new:
                self._open(pkcs11)
                self._key = self._session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self._named)
            # The device signs what it is given, and gives back two numbers without DER around them
            raw = self._key.sign(sha256(content).digest(), mechanism=pkcs11.Mechanism.ECDSA)
        except _failures(pkcs11) as error:
            self.close()
            raise SealUnavailableError(_said(error)) from None
        signature: bytes = pkcs11.util.ec.encode_ecdsa_signature(raw)
        if is_new and self.public_key and not fits(signature, content, self.public_key):
            self.close()
            raise SealUnavailableError("its key is not the one of the seal's certificate")
        return signature

    def find_public_key(self) -> EllipticCurvePublicKey:
        """The other half, as the device has it. Raises SealUnavailableError."""
        pkcs11 = _library()
        try:
            self._open(pkcs11)
            found = self._session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=self._named)
            key = load_der_public_key(pkcs11.util.ec.encode_ec_public_key(found))
        except _failures(pkcs11) as error:
            raise SealUnavailableError(_said(error)) from None
        finally:
            self.close()
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
            raise SealUnavailableError("its key is not on the curve P-256")
        return key

    def close(self) -> None:
        """End the session: a token takes no second login of a process that has one."""
        session, self._session, self._key = self._session, None, None
        if session is not None:
            with suppress(Exception):  # what is gone cannot be closed
                session.close()

    @property
    def _named(self) -> str:
        return _parts(self.uri)[0]["object"]

    def _open(self, pkcs11: Any) -> None:
        path, query = _parts(self.uri)
        pin = query.get("pin-value")
        if source := query.get("pin-source"):
            pin = Path(urlsplit(source).path).read_text(encoding="utf-8").strip()
        if pin is not None and pin == self._refused:
            # A few more, and the token locks itself for good
            raise SealUnavailableError("its PIN was refused, and is not tried again before it changes")
        token = pkcs11.lib(query["module-path"]).get_token(token_label=path["token"])
        try:
            self._session = token.open(user_pin=pin)
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked):
            self._refused = pin
            raise
        except pkcs11.UserAlreadyLoggedIn:
            # By another session of this process; a login is of the process
            self._session = token.open()


def _failures(pkcs11: Any) -> tuple[type[Exception], ...]:
    return (pkcs11.PKCS11Error, RuntimeError, OSError, ValueError)


def read_uri(text: str) -> Device:
    """Raises ValueError, which says what is missing."""
    uri = text.strip()
    path, query = _parts(uri)
    missing = [name for name, there in (("token", path), ("object", path), ("module-path", query)) if not there.get(name)]
    if not uri.startswith("pkcs11:") or missing:
        raise ValueError("no PKCS #11 URI (RFC 7512)" + (f": it lacks {', '.join(missing)}" if missing else ""))
    return Device(uri)


def _parts(uri: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    path, _, query = uri.removeprefix("pkcs11:").partition("?")
    return _named(path, ";"), _named(query, "&")


def _named(text: str, between: str) -> Mapping[str, str]:
    pairs = (part.partition("=") for part in text.split(between))
    return {name: unquote(value) for name, _, value in pairs if name}


def _library() -> Any:
    try:
        return import_module("pkcs11")
    except ImportError:
        raise SealUnavailableError("keys in devices need `pip install 'atelier[pkcs11]'`") from None


def _said(error: Exception) -> str:
    # Errors of the library often have no words but their name
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
