from deploy.demo.cast import choose_attendance, choose_erased, choose_withdrawing
from deploy.demo.promised import PROMISED, seeded

PEOPLE = [f"person-{number}" for number in range(PROMISED.confirmed)]
DAYS = ("day-1", "day-2", "day-3")


def test_attendance_is_what_was_asked_for() -> None:
    attendance = choose_attendance(
        PEOPLE, DAYS, at_least_one=PROMISED.attended, enough=PROMISED.attended_enough, minimum_sessions=2, chance=seeded(1)
    )
    assert set(attendance) == set(PEOPLE)
    assert sum(1 for days in attendance.values() if days) == PROMISED.attended
    assert sum(1 for days in attendance.values() if len(days) >= 2) == PROMISED.attended_enough
    assert sum(1 for days in attendance.values() if not days) == PROMISED.never_attended
    assert {len(days) for days in attendance.values()} == {0, 1, 2, 3}


def test_the_choice_depends_on_the_seed_and_not_on_the_order_of_what_is_given() -> None:
    backwards = list(reversed(PEOPLE))
    assert choose_withdrawing(PEOPLE, 2, seeded(3)) == choose_withdrawing(backwards, 2, seeded(3))
    assert choose_erased(PEOPLE, seeded(3)) == choose_erased(backwards, seeded(3))
    assert len({choose_erased(PEOPLE, seeded(seed)) for seed in range(20)}) > 5
