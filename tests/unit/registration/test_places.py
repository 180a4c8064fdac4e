"""The decisions about places, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.domain.places import Answer, Candidate, Decisions, Known, Outcome, Places, admit, answer_fresh, count_promotions
from shared.contracts.workshops import WorkshopState

END = datetime(2023, 10, 26, 15, tzinfo=UTC)
NOW = END - timedelta(days=30)
PLACES = Places(capacity=3, confirmed=0, waiting=0, last_number=0, waiting_list=True, state=WorkshopState.OPEN, ends_at=END)
NOBODY = Known({}, {})
SPACE = UUID(int=7)

candidates = st.lists(
    st.builds(Candidate, st.sampled_from([uuid5(SPACE, f"form {number}") for number in range(4)]), st.sampled_from("abcdef")), max_size=15
)
places = st.builds(
    lambda capacity, confirmed, waiting, listed: Places(
        capacity=capacity + confirmed,
        confirmed=confirmed,
        waiting=waiting,
        last_number=confirmed + waiting,
        waiting_list=listed,
        state=WorkshopState.OPEN,
        ends_at=END,
    ),
    st.integers(0, 6),
    st.integers(0, 6),
    st.integers(0, 3),
    st.booleans(),
)


def learned(known: Known, group: list[Candidate], decided: Decisions) -> Known:
    """What the tables would say after the group."""
    answers, live = dict(known.answers), dict(known.live)
    for admission in decided.admissions:
        answers[group[admission.index]] = admission.answer
        live[group[admission.index].address_key] = UUID(int=admission.number)
    for index in decided.duplicates:
        answers[group[index]] = decided.answers[index]
    return Known(answers, live)


@given(places, candidates)
def test_a_group_is_decided_as_if_they_had_come_one_by_one(before: Places, group: list[Candidate]) -> None:
    together = admit(before, group, NOBODY, NOW)
    known, now_places, answers = NOBODY, before, []
    for candidate in group:
        alone = admit(now_places, [candidate], known, NOW)
        answers += alone.answers
        known, now_places = learned(known, [candidate], alone), alone.places
    assert list(together.answers) == answers
    assert together.places == now_places


@given(places, candidates)
def test_never_above_capacity_and_numbers_without_a_gap(before: Places, group: list[Candidate]) -> None:
    decided = admit(before, group, NOBODY, NOW)
    assert decided.places.confirmed <= before.capacity
    assert [admission.number for admission in decided.admissions] == list(range(before.last_number + 1, decided.places.last_number + 1))
    addresses = [group[admission.index].address_key for admission in decided.admissions]
    assert len(addresses) == len(set(addresses))


def test_nobody_overtakes_those_who_wait_even_beside_a_free_place() -> None:
    assert answer_fresh(replace(PLACES, waiting=2), NOW) == Answer(Outcome.WAITING, 3)
    assert answer_fresh(replace(PLACES, waiting=2, waiting_list=False), NOW) == Answer(Outcome.FULL)


@pytest.mark.parametrize("state", [WorkshopState.DRAFT, WorkshopState.CANCELLED, WorkshopState.COMPLETED])
def test_only_an_open_workshop_takes_people_and_moves_them_up(state: WorkshopState) -> None:
    closed = replace(PLACES, state=state, waiting=1)
    assert answer_fresh(closed, NOW) == Answer(Outcome.CLOSED)
    assert count_promotions(closed, NOW) == 0


def test_the_end_is_exact() -> None:
    assert answer_fresh(PLACES, END - timedelta(microseconds=1)).outcome is Outcome.CONFIRMED
    assert answer_fresh(PLACES, END).outcome is Outcome.CLOSED
    assert count_promotions(replace(PLACES, waiting=1), END) == 0


@pytest.mark.parametrize(("confirmed", "waiting", "moved"), [(3, 5, 0), (2, 5, 1), (0, 2, 2), (0, 0, 0)])
def test_as_many_move_up_as_there_are_places(confirmed: int, waiting: int, moved: int) -> None:
    assert count_promotions(replace(PLACES, confirmed=confirmed, waiting=waiting), NOW) == moved


def test_an_owner_is_mailed_once_however_often_the_address_is_in_the_group() -> None:
    owner = UUID(int=1)
    form, other = uuid5(SPACE, "x"), uuid5(SPACE, "y")
    known = Known({Candidate(form, "a"): Answer(Outcome.CONFIRMED)}, {"a": owner})
    decided = admit(PLACES, [Candidate(other, "a"), Candidate(other, "a"), Candidate(form, "a")], known, NOW)
    assert decided.links == {owner: 0}
    assert decided.places == PLACES
