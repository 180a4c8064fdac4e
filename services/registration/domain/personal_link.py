"""Personal links: a signed registration id with an expiry. Whoever holds one acts for that registration."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

LIFETIME_AFTER_END = timedelta(days=365)
"""Long enough for a certificate's questions, short enough that an old mailbox is no key for ever."""


class InvalidLinkError(ValueError):
    """Forged, damaged or expired. The pages say so and reveal nothing else."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("the link has expired" if expired else "the link is not valid")
        self.expired = expired


class PersonalLinks:
    """Issues and reads the links; `secret` signs them, `public_url` is where people reach the pages."""

    def __init__(self, secret: str, public_url: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt="personal-page")
        self._public_url = public_url.rstrip("/")

    def issue(self, registration_id: UUID, workshop_ends_at: datetime) -> str:
        """The address of the personal page, valid for a year after the workshop's end as it stands now."""
        return f"{self._public_url}/my/{self.token(registration_id, workshop_ends_at)}"

    def token(self, registration_id: UUID, workshop_ends_at: datetime) -> str:
        """The part of the link that proves who comes."""
        expires = int((workshop_ends_at + LIFETIME_AFTER_END).timestamp())
        token = self._serializer.dumps([registration_id.hex, expires])
        return token if isinstance(token, str) else token.decode()

    def read(self, token: str, now: datetime) -> UUID:
        """Whose link it is. `now` is business time.

        Raises:
            InvalidLinkError: forged, damaged or expired.
        """
        try:
            identity, expires = self._serializer.loads(token)
            registration_id = UUID(hex=identity)
            expired = now >= datetime.fromtimestamp(expires, UTC)
        except (BadData, ValueError, TypeError, AttributeError, OverflowError):
            raise InvalidLinkError(expired=False) from None
        if expired:
            raise InvalidLinkError(expired=True)
        return registration_id
