"""Why a command of an organiser is not carried out."""


class RefusedError(ValueError):
    """`code` is one of `reason_missing`, `reason_too_long`, `not_valid`, `not_earned`; pages have words for each."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
