"""Who does what in the story: a seeded choice among people who, by then, are where the story needs them."""

from collections.abc import Mapping, Sequence
from random import Random

Attendance = Mapping[str, tuple[str, ...]]
"""Session codes at which a person is present, by address; empty for those who never come."""


def choose_withdrawing(confirmed: Sequence[str], how_many: int, chance: Random) -> list[str]:
    """Addresses of the confirmed people who withdraw next. The order of `confirmed` does not matter."""
    return chance.sample(sorted(confirmed), how_many)


def choose_attendance(
    confirmed: Sequence[str], sessions: Sequence[str], *, at_least_one: int, enough: int, minimum_sessions: int, chance: Random
) -> Attendance:
    """Who comes to what: `at_least_one` people come at all, `enough` of them to `minimum_sessions` or more sessions.

    Of those who come often enough, four in five come to everything; the rest miss as many sessions as the rule forgives.
    """
    people = chance.sample(sorted(confirmed), len(confirmed))
    every_session = enough * 4 // 5
    return {
        address: tuple(
            sorted(
                chance.sample(sorted(sessions), _sessions_attended(rank, every_session, enough, at_least_one, minimum_sessions, sessions))
            )
        )
        for rank, address in enumerate(people)
    }


def choose_erased(eligible: Sequence[str], chance: Random) -> str:
    """Address of the one person who asks to be erased, among those who hold a certificate: there is most to erase."""
    return chance.choice(sorted(eligible))


def _sessions_attended(
    rank: int, every_session: int, enough: int, at_least_one: int, minimum_sessions: int, sessions: Sequence[str]
) -> int:
    if rank < every_session:
        return len(sessions)
    if rank < enough:
        return minimum_sessions
    if rank < at_least_one:
        return minimum_sessions - 1
    return 0
