"""The number that people read out and type: `ATL-2023-7K4M-Q9X0`.

Seven random symbols and a check symbol in Crockford's base 32, which has no I, L, O or U. The check is a sum over the field of
32 elements with a different weight for each place: every single wrong symbol and every exchange of two symbols is found.
"""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_FORM = re.compile(r"ATL-?([0-9]{4})-?([0-9A-HJKMNP-TV-Z]{4})-?([0-9A-HJKMNP-TV-Z]{4})")
_RANDOM_SYMBOLS = 7
_REDUCER = 0b100101  # x^5 + x^2 + 1, primitive over the field of two elements


class MalformedSerialError(ValueError):
    """Not a serial, or one with a symbol wrong."""


def make_serial(year: int) -> str:
    """A fresh serial for a certificate of that year; unique only once the database has accepted it."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM_SYMBOLS))
    return _written(f"{year:04d}", body + _check_symbol(f"{year:04d}{body}"))


def read_serial(typed: str) -> str:
    """The serial as it is written, from what a person typed: any case, O for 0, I or L for 1, hyphens or none.

    Raises MalformedSerialError.
    """
    found = _FORM.fullmatch("ATL" + "".join(typed.upper().split()).removeprefix("ATL").translate(_READ_AS))
    if found is None:
        raise MalformedSerialError("not the form of a serial")
    year, symbols = found[1], found[2] + found[3]
    if _check_symbol(year + symbols[:-1]) != symbols[-1]:
        raise MalformedSerialError("its check symbol does not match")
    return _written(year, symbols)


def _written(year: str, symbols: str) -> str:
    return f"ATL-{year}-{symbols[:4]}-{symbols[4:]}"


def _check_symbol(symbols: str) -> str:
    total = 0
    for symbol in symbols:  # Horner's rule: the weight of a place is a power of the field's generator
        total = _double(total) ^ ALPHABET.index(symbol)
    return ALPHABET[_double(total)]


def _double(element: int) -> int:
    element <<= 1
    return element ^ _REDUCER if element & 0b100000 else element
