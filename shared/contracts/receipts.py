"""A receipt says that a service has acted on another service's fact, when, and to what effect. Published on its own topic."""

from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.envelope import Event


class Receipt(Event):
    """Keyed by the registration the fact was about, or by the workshop where it was about a whole workshop."""

    workshop_id: UUID
    registration_id: UUID | None = None
    fact_id: UUID
    fact_type: str
    acted_at: AwareDatetime
    effects: dict[str, int] = Field(default_factory=dict)
    """How many of what, such as `{"messages_planned": 66}`."""

    @property
    def key(self) -> UUID:
        """Keyed by registration, else by workshop."""
        return self.registration_id or self.workshop_id
