"""What the mail server's answers mean for a message, in our own words: a server's text may repeat the address."""

import random
from dataclasses import dataclass

from services.notifications.settings import NotificationsSettings

_SERVICE_NOT_AVAILABLE = 421
_PERMANENT = 500


class ServerAwayError(Exception):
    """The mail server could not be reached, fell silent, or is closing; nothing was handed over."""


class NoAnswerError(Exception):
    """The text was handed over, or may have been, and no answer came."""


@dataclass
class RefusedError(Exception):
    """The server answered, and did not take the message. `code` is its reply code, `step` what it refused."""

    code: int
    step: str

    @property
    def permanent(self) -> bool:
        """Whether trying again would lead to the same answer."""
        return self.code >= _PERMANENT

    @property
    def reason(self) -> str:
        """For people: the code and what was refused."""
        return f"{self.code}: the mail server refused {self.step}"


def check(code: int, expected: tuple[int, ...], step: str) -> None:
    """Raise unless the server answered as expected.

    Raises:
        ServerAwayError: it is closing the connection.
        RefusedError: it refused this step.
    """
    if code in expected:
        return
    if code == _SERVICE_NOT_AVAILABLE:
        raise ServerAwayError
    raise RefusedError(code, step)


def retry_wait(settings: NotificationsSettings, attempts: int) -> float | None:
    """Seconds of real time until the next attempt after `attempts` that were refused for now; None when it is time to give up.

    The random part keeps messages that were refused together from coming back together.
    """
    if attempts >= settings.retry_attempts:
        return None
    wait = min(settings.retry_longest_seconds, settings.retry_first_seconds * 2.0 ** min(attempts - 1, 30))
    return wait * random.uniform(0.8, 1.2)  # noqa: S311  # spreads load, guards nothing
