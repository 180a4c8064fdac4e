"""What opens the page by which a holder shares a certificate."""

import secrets

_BYTES = 16


def new_share_token() -> str:
    """128 random bits, as 22 characters that a path can carry: whoever was not given the address cannot guess it."""
    return secrets.token_urlsafe(_BYTES)
