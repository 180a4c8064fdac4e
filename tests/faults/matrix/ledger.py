"""What the public interface has acknowledged, and nothing else: the side of the comparison that no service can write to."""

from dataclasses import dataclass, field
from uuid import UUID

SESSIONS = ("day-1", "day-2")
"""Those that a workshop of the load has. A certificate that names one of them only was issued before all was known."""


@dataclass
class Person:
    """One acknowledged registration.

    `answered` is what the person was told. `registration_id` is what the organiser's list has for the address, read at rest.
    `withdrawn`, `sessions` (checked in) and `erased` are set once the interface has said that it is done.
    """

    address: str
    language: str
    form_token: str
    answered: str = ""
    registration_id: UUID | None = None
    withdrawn: bool = False
    sessions: set[str] = field(default_factory=set)
    erased: bool = False

    @property
    def present(self) -> bool:
        """Whether they were checked in at all."""
        return bool(self.sessions)


@dataclass
class Course:
    """One workshop. `reminded` has, for each acknowledged reminder to all, the addresses that were confirmed when it was asked for."""

    slug: str
    capacity: int
    workshop_id: UUID | None = None
    people: dict[str, Person] = field(default_factory=dict)
    reminded: list[frozenset[str]] = field(default_factory=list)
    completed: bool = False

    @property
    def acknowledged(self) -> list[Person]:
        """Those who have an answer."""
        return [person for person in self.people.values() if person.answered]

    @property
    def name(self) -> str:
        """For people who look for it."""
        return f"{self.slug} ({self.workshop_id})"


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How much was acknowledged. `reminders` counts the people of reminders to all."""

    workshops: int
    registrations: int
    withdrawals: int
    check_ins: int
    reminders: int
    completions: int
    erasures: int


@dataclass
class Ledger:
    """All courses of a stage."""

    courses: list[Course] = field(default_factory=list)

    def totals(self) -> Totals:
        """What was acknowledged so far."""
        people = [person for course in self.courses for person in course.acknowledged]
        return Totals(
            workshops=len(self.courses),
            registrations=len(people),
            withdrawals=sum(person.withdrawn for person in people),
            check_ins=sum(len(person.sessions) for person in people),
            reminders=sum(len(addresses) for course in self.courses for addresses in course.reminded),
            completions=sum(course.completed for course in self.courses),
            erasures=sum(person.erased for person in people),
        )
