"""What a process under the matrix is told, and what it says when it falls."""

import random
from pathlib import Path

import pytest

from tests.faults.matrix.kill_points import POINTS, of_process
from tests.faults.matrix.kill_points.control import ARMED, KILL, PAUSE, Control, Order, strikes

PROCESSES = ("registration-web", "registration-worker", "notifications-worker", "certificates-worker")


def test_an_order_is_read_as_it_was_written() -> None:
    order = Order("relay-read", 0.25, PAUSE)
    assert Order.read(str(order)) == order
    assert Order.read("relay-read\n") == Order("relay-read", 0.5, KILL)


@pytest.mark.parametrize("text", ["", "a b", "a 0.5 dance", "a 0.5 kill twice"])
def test_what_is_no_order_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an order|could not convert"):
        Order.read(text)


def test_a_draw_picks_every_number_and_no_other() -> None:
    chance = random.Random(7)  # noqa: S311  # draws of a test
    assert {Order("batch-middle", chance.random()).pick(5) for _ in range(200)} == {1, 2, 3, 4, 5}
    assert Order("batch-middle", 0.0).pick(5) == 1
    assert Order("batch-middle", 1.0).pick(5) == 5


def test_only_the_point_that_is_armed_strikes_and_only_once(tmp_path: Path) -> None:
    ended: list[str] = []
    control = Control(tmp_path, end=ended.append)
    control.reached("relay-read", "nobody asked")
    (tmp_path / ARMED).write_text(str(Order("relay-read", action=PAUSE)))
    control.reached("mail-claimed", "another point")
    assert (ended, strikes(tmp_path)) == ([], [])
    control.reached("relay-read", "3 rows")
    control.reached("relay-read", "4 rows")
    assert (ended, strikes(tmp_path)) == ([PAUSE], ["relay-read: 3 rows"])


def test_points_have_names_of_their_own_and_processes_that_exist() -> None:
    assert len({point.name for point in POINTS}) == len({point.between for point in POINTS}) == len(POINTS)
    assert {process for point in POINTS for process in point.processes} == set(PROCESSES)
    assert all(of_process(process) for process in PROCESSES)
