"""The control folder of a process: there it is told at which point to fall, and there it says what it had in hand when it fell."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ARMED = "armed"
STRUCK = "struck"
KILL, PAUSE = "kill", "pause"
_SIGNALS = {KILL: signal.SIGKILL, PAUSE: signal.SIGSTOP}


@dataclass(frozen=True, slots=True)
class Order:
    """What a process is to do when it next reaches a point, as one line of the file `armed`: `<point> [<draw> [<action>]]`.

    Args:
        point: the point's name.
        draw: between 0 and 1; decides what a point leaves to chance, such as after how many records of a batch.
        action: KILL ends the process as `kill -9` does; PAUSE stops it where it is, until somebody sends SIGCONT.
    """

    point: str
    draw: float = 0.5
    action: str = KILL

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises ValueError for a line that is none."""
        match text.split():
            case [point]:
                return cls(point)
            case [point, draw]:
                return cls(point, float(draw))
            case [point, draw, action] if action in _SIGNALS:
                return cls(point, float(draw), action)
        raise ValueError(f"not an order: {text!r}")

    def __str__(self) -> str:
        return f"{self.point} {self.draw:.6f} {self.action}"

    def pick(self, of: int) -> int:
        """A number from 1 to `of`."""
        return min(of, 1 + int(self.draw * of))


def _end(action: str) -> None:
    sys.stdout.flush()
    os.kill(os.getpid(), _SIGNALS[action])


class Control:
    """A process's side of its control folder. `end` carries an order out; tests look on instead."""

    def __init__(self, folder: Path, *, end: Callable[[str], None] = _end) -> None:
        self._armed, self._struck = folder / ARMED, folder / STRUCK
        self._end = end

    def order(self, point: str) -> Order | None:
        """The order, if this point is the one that it names."""
        try:
            found = Order.read(self._armed.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return found if found.point == point else None

    def reached(self, point: str, in_hand: str) -> None:
        """Called at a point: if it is armed, say what was in hand, and fall. The order is taken away first, so that it strikes once."""
        order = self.order(point)
        if order is None:
            return
        try:
            self._armed.unlink()
        except FileNotFoundError:  # disarmed at this moment
            return
        with self._struck.open("a", encoding="utf-8") as file:
            file.write(f"{point}: {in_hand}\n")
        self._end(order.action)


def strikes(folder: Path) -> list[str]:
    """What the process had in hand each time it fell, as `<point>: <words>`, oldest first."""
    try:
        return (folder / STRUCK).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
