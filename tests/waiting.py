"""Waiting for a state with a deadline, which is the only way a test may wait."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")

PAUSE = 0.05
"""Seconds between two looks."""


@overload
async def eventually(check: Callable[[], Awaitable[T]], *, within: float = 10, what: str) -> T: ...


@overload
async def eventually(check: Callable[[], T], *, within: float = 10, what: str) -> T: ...


async def eventually(check: Callable[[], Awaitable[T] | T], *, within: float = 10, what: str) -> T:
    """Look until `check` returns something true, and return that.

    A check that raises AssertionError is looked at again. After `within` seconds: AssertionError that says `what` was waited
    for and what was seen last.
    """
    deadline = time.monotonic() + within
    while True:
        seen: object
        try:
            result = check()
            if inspect.isawaitable(result):
                result = await result
            if result:
                return result
            seen = result
        except AssertionError as error:
            seen = error
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within:g} s in vain: {what}. Last seen: {seen!r}")
        await asyncio.sleep(PAUSE)
