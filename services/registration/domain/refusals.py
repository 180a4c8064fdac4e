"""Why a command is refused. Codes are for programs and translations, the text is for callers of the API; neither names a person."""

from collections.abc import Mapping
from typing import Any


class RefusedError(Exception):
    """A command that the rules do not allow; nothing was changed."""

    code: str = "refused"


class NotFoundError(RefusedError):
    """There is no such thing."""

    code = "not_found"


class ConflictError(RefusedError):
    """It exists, but not in a state that allows this. `values` are what a translation fills in."""

    def __init__(self, code: str, message: str, *, values: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.values = dict(values or {})


class InvalidFieldError(RefusedError):
    """A field's value is not acceptable; `field` is its path, such as `sessions.0.starts`.

    `reason` is a code that pages translate; `limit` the number that was passed, where there is one.
    """

    code = "invalid_field"

    def __init__(self, field: str, message: str, *, reason: str = "", limit: int | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.reason = reason
        self.limit = limit
