"""A workshop as pages show it."""

import unicodedata
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from babel import Locale

from services.registration.domain.places import Outcome, answer_fresh
from services.registration.domain.workshop import Workshop, WorkshopDefinition
from shared.contracts.workshops import WorkshopState
from shared.web.languages import choose_text, country_name
from shared.web.times import locale_of


class Admission(StrEnum):
    """What somebody who comes now can do, and where nothing, why not."""

    PLACES = "places"
    WAITING_LIST = "waiting_list"
    FULL = "full"
    OVER = "over"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class WorkshopView:
    """What templates read of a workshop, at one moment."""

    workshop: Workshop
    admission: Admission

    @property
    def definition(self) -> WorkshopDefinition:
        """Everything the organiser decided."""
        return self.workshop.definition

    @property
    def wording(self) -> Hashable:
        """Equal where all that pages say of a workshop, but the numbers of people, is the same."""
        return self.workshop.id, self.workshop.version, self.workshop.updated_at, self.admission

    @property
    def confirmed(self) -> int:
        """People who have a place."""
        return self.workshop.confirmed

    @property
    def waiting(self) -> int:
        """People in the line."""
        return self.workshop.waiting

    @property
    def first_day(self) -> date:
        """The first session's day in the workshop's zone."""
        return min(session.starts for session in self.definition.sessions).date()

    @property
    def last_day(self) -> date:
        """The last session's last day in the workshop's zone."""
        return max(session.ends for session in self.definition.sessions).date()

    @property
    def moments(self) -> list[datetime]:
        """All wall-clock times of the timetable, to name its clock by."""
        return [moment for session in self.definition.sessions for moment in (session.starts, session.ends)]

    @property
    def takes_registrations(self) -> bool:
        """Whether the form is open."""
        return self.admission in {Admission.PLACES, Admission.WAITING_LIST}

    def country_names(self, language: str) -> list[str]:
        """The countries it is for, as it writes them, in the order of the page's language."""
        return [name for _, name in list_countries(self.definition, language)] if self.definition.countries else []

    def title(self, language: str) -> str:
        """The title alone, for where markup cannot stand."""
        return choose_text(self.definition.title, language)[0]


def view(workshop: Workshop, now: datetime) -> WorkshopView:
    """The workshop as it stands at `now`, business time."""
    if workshop.state is WorkshopState.CANCELLED:
        return WorkshopView(workshop, Admission.CANCELLED)
    if workshop.state is WorkshopState.COMPLETED:
        return WorkshopView(workshop, Admission.COMPLETED)
    outcomes = {Outcome.CONFIRMED: Admission.PLACES, Outcome.WAITING: Admission.WAITING_LIST, Outcome.FULL: Admission.FULL}
    return WorkshopView(workshop, outcomes.get(answer_fresh(workshop.places, now).outcome, Admission.OVER))


def list_countries(definition: WorkshopDefinition, language: str) -> list[tuple[str, str]]:
    """What the form offers, as (code, name): the workshop's countries, else all there are, sorted by name in the page's language."""
    if not definition.countries:
        return list_all_countries(language, definition.country_labels)
    return _sorted([(code, country_name(code, language, definition.country_labels)) for code in definition.countries])


def list_all_countries(language: str, labels: Mapping[str, Mapping[str, str]] | None = None) -> list[tuple[str, str]]:
    """Every country as (code, name), sorted by name in the page's language."""
    # Two letters are countries, three digits are regions of the world
    codes = [str(code) for code in Locale.parse(locale_of(language)).territories if str(code).isalpha() and code not in _NO_COUNTRIES]
    return _sorted([(code, country_name(code, language, labels)) for code in codes])


_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
"""Codes in CLDR that are groups of countries or stand for none."""


def _sorted(countries: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # Readers look for Éthiopie under E
    def key(pair: tuple[str, str]) -> str:
        decomposed = unicodedata.normalize("NFKD", pair[1].casefold())
        return "".join(character for character in decomposed if not unicodedata.combining(character))

    return sorted(countries, key=key)
