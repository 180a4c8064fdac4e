"""What a kill point is, and the four shapes that they have."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from tests.faults.matrix.kill_points.control import Control, Order
from tests.faults.matrix.patching import Arguments, Undo, watch


@dataclass(frozen=True, slots=True)
class Here:
    """A point, in the process that has it."""

    control: Control
    name: str

    @property
    def order(self) -> Order | None:
        """What is to be done here next time, if anything."""
        return self.control.order(self.name)

    def reached(self, in_hand: str) -> None:
        """The process is here, with this in hand."""
        self.control.reached(self.name, in_hand)


@dataclass(frozen=True, slots=True)
class Point:
    """A moment between two steps at which a process can be made to fall.

    Args:
        name: for files and orders.
        between: the steps, for people.
        processes: which processes pass it.
        install: patches the product so that the moment is noticed.
    """

    name: str
    between: str
    processes: Sequence[str]
    install: Callable[[Here], Sequence[Undo]]


def on_entry(where: str, say: Callable[[Arguments], str | None], *, needs: Sequence[str]) -> Callable[[Here], Sequence[Undo]]:
    """Right before a function begins. `say` returns None where this call is not worth it."""

    def install(here: Here) -> Sequence[Undo]:
        def before(arguments: Arguments) -> None:
            in_hand = say(arguments)
            if in_hand is not None:
                here.reached(in_hand)

        return [watch(where, needs=needs, before=before)]

    return install


def on_return(where: str, say: Callable[[Arguments, Any], str | None], *, needs: Sequence[str] = ()) -> Callable[[Here], Sequence[Undo]]:
    """Right after a function has returned. `say` returns None where this call was not worth it."""

    def install(here: Here) -> Sequence[Undo]:
        def after(arguments: Arguments, result: Any) -> None:
            in_hand = say(arguments, result)
            if in_hand is not None:
                here.reached(in_hand)

        return [watch(where, needs=needs, after=after)]

    return install


def after_commit(functions: Mapping[str, Callable[[Arguments, Any], str | None]]) -> Callable[[Here], Sequence[Undo]]:
    """Right after the commit of the transaction in which one of the functions was called, before anything else is done.

    `functions` are by where they are; each says what was in hand, or None where this call was not worth it.
    """

    def install(here: Here) -> Sequence[Undo]:
        pending: ContextVar[str | None] = ContextVar(f"kill point {here.name}", default=None)

        def noting(say: Callable[[Arguments, Any], str | None]) -> Callable[[Arguments, Any], None]:
            def note(arguments: Arguments, result: Any) -> None:
                pending.set(say(arguments, result) or pending.get())

            return note

        def committed(arguments: Arguments, _result: Any) -> None:
            in_hand = pending.get()
            pending.set(None)
            if in_hand is not None and arguments["extype"] is None:
                here.reached(in_hand)

        undoes = [watch(where, after=noting(say)) for where, say in functions.items()]
        return [*undoes, watch("asyncpg.transaction:Transaction.__aexit__", needs=("extype",), after=committed)]

    return install
