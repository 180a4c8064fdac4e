"""Keys, signatures and lists of bits as words: base58 as Bitcoin has it, and multikeys (W3C: Controlled Identifiers 1.0, section 2.4)."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MOST_SYMBOLS = 128
_ED25519 = bytes((0xED, 0x01))
"""The multicodec of an Ed25519 public key."""


def base58_encoded(content: bytes) -> str:
    """Each leading zero byte is a leading 1."""
    number, symbols = int.from_bytes(content), ""
    while number:
        number, rest = divmod(number, len(_ALPHABET))
        symbols = _ALPHABET[rest] + symbols
    return _ALPHABET[0] * (len(content) - len(content.lstrip(b"\0"))) + symbols


def base58_decoded(symbols: str) -> bytes:
    """Raises ValueError for a symbol that is none, or for more than a key or a signature has."""
    if len(symbols) > _MOST_SYMBOLS:
        raise ValueError("too long")
    number = 0
    for symbol in symbols:
        number = number * len(_ALPHABET) + _ALPHABET.index(symbol)
    zeros = len(symbols) - len(symbols.lstrip(_ALPHABET[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def multikey(key: Ed25519PublicKey) -> str:
    """The key as `publicKeyMultibase` has it."""
    return "z" + base58_encoded(_ED25519 + key.public_bytes_raw())


def base64url(content: bytes) -> str:
    """Without padding, as in JOSE and, after a `u`, in multibase."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
