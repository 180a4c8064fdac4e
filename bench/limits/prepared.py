"""Mails that were composed before, in a file: for each a line with its length and its recipient, and the mail itself."""

from collections.abc import Iterable, Iterator


def write(path: str, mails: Iterable[tuple[str, bytes]]) -> None:
    """In place of what is there."""
    with open(path, "wb") as file:  # noqa: PTH123 - nothing is measured meanwhile
        for recipient, content in mails:
            file.write(f"{len(content)} {recipient}\n".encode())
            file.write(content)


def read(path: str) -> Iterator[tuple[str, bytes]]:
    """Recipient and content of each, in order."""
    with open(path, "rb") as file:  # noqa: PTH123 - nothing is measured meanwhile
        while line := file.readline():
            length, _, recipient = line.decode().rstrip("\n").partition(" ")
            yield recipient, file.read(int(length))
