"""What can go wrong in a conversation with a mail server, and what is to be known of it afterwards."""

from dataclasses import dataclass
from enum import Enum

_PERMANENT = 500


class At(Enum):
    """The moments of a conversation at which something can go wrong."""

    GREETING = "the greeting"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "the final dot"


class Harm(Enum):
    """What goes wrong."""

    HANG = "hangs"
    ANSWER = "answers"
    DIE = "dies"


@dataclass
class Blow:
    """What the front does at a moment of a conversation, and how often still (None: until it is healed).

    `taking`: the mailbox takes the mail nevertheless, before the blow falls. `code`: the reply code of an answer.
    """

    harm: Harm
    at: At
    taking: bool = False
    code: int = 0
    left: int | None = None


@dataclass
class Handed:
    """A text that a client was asked for.

    `message_id` is None while nothing of the text has arrived. `taken`: the mailbox has accepted it. `heard`: the client has gone on
    after its answer, so it knows the answer; until then the client may be in doubt. `stayed`: it was still there a moment later.
    """

    recipients: tuple[str, ...]
    message_id: str | None = None
    taken: bool = False
    heard: bool = False
    stayed: bool = False


@dataclass(frozen=True)
class Refusal:
    """An answer of 4xx or 5xx by the front itself. What had not been said yet is not known: no recipient at MAIL, no id before the text."""

    code: int
    at: At
    recipients: tuple[str, ...]
    message_id: str | None

    @property
    def for_good(self) -> bool:
        """Whether it says that the message must not be tried again."""
        return self.code >= _PERMANENT
