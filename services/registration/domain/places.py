"""Who gets a place: pure decisions. The caller holds the workshop's lock and has removed nobody's turn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.contracts.workshops import WorkshopState

ANSWERS_AFTER_END = timedelta(days=1)
"""How long after a workshop's end a form that is sent again is told the same: long enough for whoever sent it at the last moment."""


class Outcome(StrEnum):
    """What a person who submits the form is told at once."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    FULL = "full"
    CLOSED = "closed"
    PENDING = "pending"
    """The outcome could not be learned in time: it may or may not be recorded; sending the same form again does no harm."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person is told. `position` counts the line from 1 and is set for WAITING only.

    It names no registration on purpose: for an address that was registered already it must look like any other.
    """

    outcome: Outcome
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one workshop under its lock."""

    capacity: int
    confirmed: int
    waiting: int
    last_number: int
    waiting_list: bool
    state: WorkshopState
    ends_at: datetime

    def takes_registrations(self, now: datetime) -> bool:
        """Open and not over."""
        return self.state is WorkshopState.OPEN and now < self.ends_at

    def answers_again(self, now: datetime) -> bool:
        """Whether a form that was answered is still told the same; later every form is told that the workshop is over."""
        return now < self.ends_at + ANSWERS_AFTER_END

    @property
    def free(self) -> int:
        """Places that nobody holds."""
        return self.capacity - self.confirmed


@dataclass(frozen=True, slots=True)
class Candidate:
    """One submission as the decision sees it: a form token and an address, nothing else about the person."""

    form_token: UUID
    address_key: str


@dataclass(frozen=True, slots=True)
class Known:
    """The live registrations of the group's addresses: the answers once given, by (form token, address), and the ids by address.

    `answers` are those of the forms that made the registrations and of those that came for them later.
    """

    answers: dict[Candidate, Answer]
    live: dict[str, UUID]


@dataclass(frozen=True, slots=True)
class Admission:
    """A place or a turn in the line, for the submission at `index` of the group."""

    index: int
    number: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Decisions:
    """The outcome of one group.

    `answers` has one entry per candidate, in order. `admissions` are the new registrations. `links` are live registrations
    whose address was submitted again from elsewhere, with the index of the first such submission. `places` is what remains.
    `duplicates` are the indexes of submissions that were told of a place or a turn which their address holds from elsewhere:
    told so once, they must be told so again, or else they could tell that they are not the ones who hold it.
    """

    answers: tuple[Answer, ...]
    admissions: tuple[Admission, ...]
    links: dict[UUID, int]
    places: Places
    duplicates: tuple[int, ...] = ()


def admit(places: Places, candidates: Sequence[Candidate], known: Known, now: datetime) -> Decisions:
    """Decide a group in the order of its candidates. Duplicates take no place, wherever in the group they stand."""
    answers: list[Answer] = []
    admissions: list[Admission] = []
    links: dict[UUID, int] = {}
    duplicates: list[int] = []
    given = dict(known.answers) if places.answers_again(now) else {}
    live: dict[str, UUID | None] = dict(known.live)
    for index, candidate in enumerate(candidates):
        earlier = given.get(candidate)
        if earlier is not None:
            answers.append(earlier)
            continue
        fresh = answer_fresh(places, now)
        answers.append(fresh)
        promised = fresh.outcome in {Outcome.CONFIRMED, Outcome.WAITING}
        if promised:
            given[candidate] = fresh
        if candidate.address_key in live:
            if promised:
                duplicates.append(index)
            registration_id = live[candidate.address_key]
            if registration_id is not None:
                links.setdefault(registration_id, index)
            continue
        if not promised:
            continue
        places = _take(places, fresh)
        admissions.append(Admission(index, places.last_number, fresh))
        live[candidate.address_key] = None
    return Decisions(tuple(answers), tuple(admissions), links, places, tuple(duplicates))


def answer_fresh(places: Places, now: datetime) -> Answer:
    """What an address that is not registered would be told right now. Nobody overtakes those who wait."""
    if not places.takes_registrations(now):
        return Answer(Outcome.CLOSED)
    if places.free > 0 and places.waiting == 0:
        return Answer(Outcome.CONFIRMED)
    if places.waiting_list:
        return Answer(Outcome.WAITING, places.waiting + 1)
    return Answer(Outcome.FULL)


def count_promotions(places: Places, now: datetime) -> int:
    """How many of those who wait move up now: the first in line, as long as there are places and the workshop is not over."""
    if not places.takes_registrations(now):
        return 0
    return max(0, min(places.free, places.waiting))


def promote(places: Places, line: Iterable[UUID]) -> Places:
    """The places after those in `line` moved up."""
    moved = len(tuple(line))
    return replace(places, confirmed=places.confirmed + moved, waiting=places.waiting - moved)


def _take(places: Places, answer: Answer) -> Places:
    if answer.outcome is Outcome.CONFIRMED:
        return replace(places, confirmed=places.confirmed + 1, last_number=places.last_number + 1)
    return replace(places, waiting=places.waiting + 1, last_number=places.last_number + 1)
