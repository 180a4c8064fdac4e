"""Who acts: recorded with every change."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """`organiser_id` is set for organisers only; visitors and participants are not named, so that the audit log outlives erasure."""

    kind: Literal["organiser", "participant", "visitor", "operator"]
    organiser_id: UUID | None = None


VISITOR = Actor("visitor")
PARTICIPANT = Actor("participant")
OPERATOR = Actor("operator")
"""Somebody at the command line of the machine."""


def organiser(organiser_id: UUID) -> Actor:
    """A signed-in organiser or one of their tokens."""
    return Actor("organiser", organiser_id)
