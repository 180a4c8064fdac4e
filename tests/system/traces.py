"""Looking for a person's words in every form in which a program may have written them down."""

import base64
import json
import quopri
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import asyncpg

from deploy.embedded.databases import SERVICES
from deploy.embedded.system import System


def written_forms(words: str) -> dict[str, bytes]:
    """The words as bytes: plain, escaped, percent-encoded, quoted-printable, hexadecimal, and base64 at each of three alignments."""
    plain = words.encode()
    escaped = json.dumps(words)[1:-1].encode()
    forms = {
        "plain": plain,
        "JSON": escaped,
        "JSON, capital digits": _capital_escapes(escaped),
        "percent": quote(words, safe="").encode(),
        "percent, small digits": quote(words, safe="").lower().encode(),
        "form": quote_plus(words).encode(),
        "quoted-printable": quopri.encodestring(plain, quotetabs=False).replace(b"=\n", b""),
        "hexadecimal": plain.hex().encode(),
        "UTF-16": words.encode("utf-16-le"),
    }
    for shift in range(3):
        # The letters that also depend on what stands before and after are left out.
        encoded = base64.b64encode(b"\0" * shift + plain)
        inner = encoded[-(-shift * 8 // 6) : len(encoded) - (4 if (shift + len(plain)) % 3 else 0)]
        forms[f"base64 at {shift}"] = inner
        forms[f"base64 for addresses at {shift}"] = inner.replace(b"+", b"-").replace(b"/", b"_")
    return forms


def find_in(content: bytes, words: str) -> list[str]:
    """The forms in which the words stand in the content, also where lines were broken."""
    unbroken = content.replace(b"=\r\n", b"").replace(b"=\n", b"").replace(b"\r\n", b"").replace(b"\n", b"")
    small = content.lower()
    forms = written_forms(words)
    return [name for name, form in forms.items() if form in content or form in unbroken or (name == "plain" and form.lower() in small)]


async def in_databases(system: System, words: list[str]) -> list[str]:
    """Each place in any table of any service where one of the words stands: all columns, bytes as bytes, the rest as text."""
    found = []
    for service in SERVICES:
        connection = await asyncpg.connect(system.environment(service)["ATELIER_DATABASE_URL"])
        try:
            for (table,) in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
                for row in await connection.fetch(f'SELECT * FROM "{table}"'):  # noqa: S608 - names from the catalogue
                    for column, value in row.items():
                        content = value if isinstance(value, bytes) else str(value).encode()
                        found += [f"{service}.{table}.{column}, {form}" for word in words for form in find_in(content, word)]
        finally:
            await connection.close()
    return sorted(set(found))


def in_files(folder: Path, pattern: str, words: list[str]) -> list[str]:
    """Each file below the folder in which one of the words stands."""
    return sorted(
        {
            f"{file.relative_to(folder)}, {form}"
            for file in _files(folder, pattern)
            for word in words
            for form in find_in(_content(file), word)
        }
    )


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    return (file for file in folder.glob(pattern) if file.is_file())


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:  # Kafka took it away meanwhile
        return b""


def _capital_escapes(escaped: bytes) -> bytes:
    parts = escaped.split(b"\\u")
    return parts[0] + b"".join(b"\\u" + part[:4].upper() + part[4:] for part in parts[1:])
