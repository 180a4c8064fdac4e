"""Accepted mails on disk: one .eml file each, and an index with the envelopes."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from deploy.embedded.mailbox.message import read_mail


@dataclass(frozen=True)
class Entry:
    """One line of the index. `received_at` is real time (UTC, ISO 8601 with microseconds)."""

    number: int
    received_at: str
    mail_from: str
    recipients: tuple[str, ...]
    to: str
    subject: str
    message_id: str
    language: str
    purpose: str
    occurrence: str
    registration: str
    size: int
    attachments: tuple[str, ...] = field(default=())

    @property
    def file_name(self) -> str:
        """The mail's file, in the mailbox's folder."""
        return _file_name(self.number)

    def matches(self, words: str) -> bool:
        """Whether each of the words is in the address, the purpose or the subject."""
        where = " ".join((*self.recipients, self.to, self.purpose, self.subject)).casefold()
        return all(word in where for word in words.casefold().split())


class Mailbox:
    """The folder. One process writes; a mail is on disk before the sender is told that it was accepted."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._index = directory / "index.jsonl"
        self._entries: dict[int, Entry] = {}
        self._recover()

    def keep(self, source: bytes, *, mail_from: str, recipients: Sequence[str]) -> Entry:
        """Write one mail to the disk and to the index."""
        number = max(self._entries, default=0) + 1
        _write(self.directory / _file_name(number), source)
        # The time is taken when the mail is safe on the disk: only then it has been accepted.
        entry = _describe(number, source, mail_from, recipients, datetime.now(UTC))
        self._append(entry)
        return entry

    def entries(self, *, words: str = "", after: int = 0, purpose: str = "") -> list[Entry]:
        """Newest first; a mail whose file was taken away is not there any more."""
        there = {entry.name for entry in os.scandir(self.directory)}
        return [
            entry
            for number, entry in sorted(self._entries.items(), reverse=True)
            if number > after and entry.file_name in there and entry.matches(words) and purpose in {"", entry.purpose}
        ]

    def entry(self, number: int) -> Entry | None:
        """One line of the index."""
        entry = self._entries.get(number)
        return entry if entry and (self.directory / entry.file_name).exists() else None

    def source(self, entry: Entry) -> bytes:
        """The mail exactly as it came."""
        return (self.directory / entry.file_name).read_bytes()

    def _append(self, entry: Entry) -> None:
        with self._index.open("a", encoding="utf-8") as index:
            index.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
        self._entries[entry.number] = entry

    def _recover(self) -> None:
        """Read the index; a crash may have left a half line at its end, or a mail that it does not know yet."""
        if self._index.exists():
            lines = self._index.read_text(encoding="utf-8", errors="replace").split("\n")
            if lines[-1]:
                self._index.write_text("\n".join(lines[:-1]) + "\n" if lines[:-1] else "", encoding="utf-8")
            for line in lines[:-1]:
                values = json.loads(line)
                entry = Entry(**values | {"recipients": tuple(values["recipients"]), "attachments": tuple(values["attachments"])})
                self._entries[entry.number] = entry
        for file in sorted(self.directory.glob("*.eml")):
            if file.stem.isdecimal() and int(file.stem) not in self._entries:
                received = datetime.fromtimestamp(file.stat().st_mtime, UTC)
                self._append(_describe(int(file.stem), file.read_bytes(), "", (), received))


def _file_name(number: int) -> str:
    return f"{number:06}.eml"


def _describe(number: int, source: bytes, mail_from: str, recipients: Sequence[str], received: datetime) -> Entry:
    mail = read_mail(source)
    return Entry(
        number=number,
        received_at=received.isoformat(timespec="microseconds"),
        mail_from=mail_from,
        recipients=tuple(recipients),
        to=mail.header("To"),
        subject=mail.header("Subject"),
        message_id=mail.header("Message-ID"),
        language=mail.header("Content-Language"),
        purpose=mail.header("X-Atelier-Purpose"),
        occurrence=mail.header("X-Atelier-Occurrence"),
        registration=mail.header("X-Atelier-Registration"),
        size=len(source),
        attachments=tuple(attachment.name for attachment in mail.attachments),
    )


def _write(path: Path, content: bytes) -> None:
    with path.with_suffix(".part").open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.with_suffix(".part").rename(path)
