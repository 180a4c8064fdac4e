"""How a name stands on a certificate."""

_SMALL = {code: chr(code).lower() for code in range(0x1C90, 0x1CC0)}
"""From Mtavruli, the capitals of Georgian (Unicode 11), to the letters that they are capitals of."""


def as_printed(name: str) -> str:
    """The name as it was given, but for Georgian capitals, which become the usual letters of Georgian (Mkhedruli).

    Georgian has no capitals at the beginning of a word: Mtavruli is a style in which whole texts are set, and Unicode's own mapping to
    lower case gives the same letters. The name stays the same name.
    """
    return name.translate(_SMALL)
