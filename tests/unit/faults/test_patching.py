"""Patches fit the product or are refused."""

import inspect
from typing import Any

import pytest

from tests.faults.matrix import defects, kill_points
from tests.faults.matrix.defects.defect import Defect
from tests.faults.matrix.kill_points.control import Control
from tests.faults.matrix.patching import PatchError, undo_all, watch, wrap


def _same(original: Any) -> Any:
    return original


@pytest.mark.parametrize(
    ("where", "needs", "words"),
    [
        ("shared.runtime.no_such_module:send", (), "does not exist"),
        ("shared.runtime.relay:Relay._no_such_method", (), "does not exist"),
        ("shared.runtime.relay:NoSuchClass._send", (), "does not exist"),
        ("shared.runtime.relay:Relay.__init__", (), "is not an async function"),
        ("shared.runtime.relay:Relay._send", ("rows", "no_such_parameter"), "has no parameter no_such_parameter"),
    ],
)
def test_a_patch_that_does_not_fit_is_refused(where: str, needs: tuple[str, ...], words: str) -> None:
    with pytest.raises(PatchError, match=words):
        wrap(where, _same, needs=needs)


@pytest.mark.parametrize("process", ["registration-web", "registration-worker", "notifications-worker", "certificates-worker"])
def test_every_point_fits_the_product_and_leaves_nothing_behind(process: str, tmp_path: Any) -> None:
    from asyncpg.transaction import Transaction  # noqa: PLC0415  # looked at before and after

    before = inspect.getattr_static(Transaction, "__aexit__")
    undo_all(kill_points.install(process, Control(tmp_path)))
    assert inspect.getattr_static(Transaction, "__aexit__") is before


@pytest.mark.parametrize("defect", defects.DEFECTS, ids=lambda defect: defect.name)
def test_every_defect_fits_the_product(defect: Defect) -> None:
    undo_all(defects.plant(defect.name, defect.process))


def test_a_defect_does_not_go_into_another_process() -> None:
    with pytest.raises(PatchError, match="goes into registration-worker"):
        defects.plant("relay-without-leader", "registration-web")


async def test_a_watched_call_is_seen_before_and_after_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    async def double(number: int, *, plus: int = 0) -> int:
        seen.append("called")
        return 2 * number + plus

    module = inspect.getmodule(test_a_watched_call_is_seen_before_and_after_and_changes_nothing)
    assert module is not None
    monkeypatch.setattr(module, "double", double, raising=False)
    undo = watch(
        f"{module.__name__}:double",
        needs=("number",),
        before=lambda call: seen.append(dict(call)),
        after=lambda call, result: seen.append((call["number"], result)),
    )
    assert await module.double(4, plus=1) == 9
    assert seen == [{"number": 4, "plus": 1}, "called", (4, 9)]
    undo()
    assert module.double is double
