"""Why a command is refused. `code` is for programs and translations, the text for organisers; neither names a person."""


class RefusedError(Exception):
    """A command that the rules do not allow; nothing was changed."""

    code: str = "refused"


class NotFoundError(RefusedError):
    """There is no such thing."""

    code = "not_found"


class ConflictError(RefusedError):
    """It exists, but not in a state that allows this."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class InvalidFieldError(RefusedError):
    """A field's value is not acceptable; `field` is its path, such as `sessions.0.starts`."""

    code = "invalid_field"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
