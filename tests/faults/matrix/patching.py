"""Patches on the product's own functions. One that no longer fits the product refuses to be installed, so that it cannot rot unseen."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

Arguments = Mapping[str, Any]
Undo = Callable[[], None]


class PatchError(Exception):
    """The product has changed: the patch names something that is not there, or not so, any more."""


def wrap(where: str, make: Callable[[Callable[..., Any]], Callable[..., Any]], *, needs: Sequence[str] = ()) -> Undo:
    """Put what `make` makes of a coroutine function in its place.

    Args:
        where: `package.module:function` or `package.module:Class.method`. A function that is imported by name is patched where it is used.
        make: takes the function that is there and returns the one to be there.
        needs: names of parameters that the patch relies on.

    Returns:
        What takes the patch away again.

    Raises:
        PatchError: there is no such function, it is none that is awaited, or it has no such parameters.
    """
    module, _, path = where.partition(":")
    *classes, name = path.split(".")
    try:
        owner: Any = import_module(module)
        for part in classes:
            owner = getattr(owner, part)
        original = vars(owner)[name]
    except (ImportError, AttributeError, KeyError) as error:
        raise PatchError(f"{where} does not exist") from error
    if not inspect.iscoroutinefunction(original):
        raise PatchError(f"{where} is not an async function")
    if missing := [parameter for parameter in needs if parameter not in inspect.signature(original).parameters]:
        raise PatchError(f"{where} has no parameter {', '.join(missing)}")
    setattr(owner, name, functools.wraps(original)(make(original)))
    return lambda: setattr(owner, name, original)


def watch(
    where: str,
    *,
    needs: Sequence[str] = (),
    before: Callable[[Arguments], None] | None = None,
    after: Callable[[Arguments, Any], None] | None = None,
) -> Undo:
    """Look at each call of a coroutine function: at its arguments by name before it begins, and at its result when it has returned."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(original)

        async def watched(*args: Any, **more: Any) -> Any:
            arguments = signature.bind(*args, **more).arguments
            if before is not None:
                before(arguments)
            result = await original(*args, **more)
            if after is not None:
                after(arguments, result)
            return result

        return watched

    return wrap(where, make, needs=needs)


def undo_all(undoes: Sequence[Undo]) -> None:
    """Take patches away, the last first."""
    for undo in reversed(undoes):
        undo()
