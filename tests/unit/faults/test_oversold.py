"""The fullest moment of a workshop, out of what was told in order."""

from uuid import UUID

from tests.faults.matrix.oversold import most_at_once

FULL, QUIET = UUID(int=1), UUID(int=2)
ANA, BEKA, CIRO = (UUID(int=number) for number in (11, 12, 13))


def told(workshop: UUID, *facts: tuple[UUID, str]) -> list[tuple[UUID, UUID, str]]:
    return [(workshop, person, f"registration.{fact}.v1") for person, fact in facts]


def test_a_place_is_counted_until_it_is_given_back() -> None:
    facts = told(FULL, (ANA, "confirmed"), (BEKA, "waitlisted"), (ANA, "withdrawn"), (BEKA, "promoted"))
    assert most_at_once([*facts, *told(QUIET, (CIRO, "waitlisted"))]) == {FULL: 1, QUIET: 0}


def test_one_too_many_for_a_moment_is_seen_although_the_end_is_innocent() -> None:
    assert most_at_once(told(FULL, (ANA, "confirmed"), (BEKA, "confirmed"), (ANA, "withdrawn"))) == {FULL: 2}


def test_who_waits_and_withdraws_gives_no_place_back() -> None:
    facts = told(FULL, (ANA, "confirmed"), (BEKA, "waitlisted"), (BEKA, "withdrawn"), (CIRO, "confirmed"))
    assert most_at_once(facts) == {FULL: 2}
