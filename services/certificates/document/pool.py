"""Rendering in processes of its own, so that a worker's loop keeps turning. A child that dies is noticed and replaced."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path

from services.certificates.document.keys import KeysUnusableError, Newest, find_newest
from services.certificates.document.produce import Order, Produced, Producer
from services.certificates.document.typeface import TypefaceMissingError

_DOCUMENTS_PER_CHILD = 2_000
"""A compiler remembers what it has set; a fresh child gives the memory back."""


class RendererDiedError(RuntimeError):
    """The process that rendered was killed or crashed. Other renderings of that moment may have gone with it."""


class RenderingPool:
    """Child processes that each keep a compiler and keys. They are started by `warm`, or else by the first rendering.

    Args:
        processes: how many.
        font_directory: where the typeface's files are.
        keys_directory: where the keys' files are.
    """

    def __init__(self, *, processes: int, font_directory: Path, keys_directory: Path) -> None:
        self._processes = processes
        # A child that is started later uses the keys that its parent found: the web process knows the public halves of these
        self._prepared_with = (font_directory, keys_directory, find_newest(keys_directory))
        self._executor: ProcessPoolExecutor | None = None

    async def produce(self, order: Order) -> Produced:
        """The certificate, sealed. Raises UnsettableError for this one, RendererDiedError when the process is gone.

        For all: SealUnavailableError, KeysUnusableError or TypefaceMissingError, while what is needed is not there.
        """
        executor = self._executor or self._start()
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, _produce, order)
        except BrokenProcessPool as error:
            if self._executor is executor:
                self._executor = None
                executor.shutdown(wait=False, cancel_futures=True)
            raise RendererDiedError("a rendering process ended in the middle of its work") from error

    def warm(self) -> None:
        """Begin to start the children, so that the first certificate does not wait for them. Returns at once."""
        executor = self._executor or self._start()
        for _ in range(self._processes):
            executor.submit(_nothing)  # a child is started for each task that finds none idle

    @property
    def children(self) -> list[int]:
        """The ids of the child processes that are running now."""
        # The executor has no public way to ask
        return list(self._executor._processes or {}) if self._executor else []  # noqa: SLF001

    def close(self) -> None:
        """End the children once they have finished what they have begun."""
        if self._executor:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def _start(self) -> ProcessPoolExecutor:
        # Spawned, not forked: a fork of a process in which the compiler has run hangs
        self._executor = ProcessPoolExecutor(
            self._processes,
            mp_context=get_context("spawn"),
            initializer=_prepare,
            initargs=self._prepared_with,
            max_tasks_per_child=_DOCUMENTS_PER_CHILD,
        )
        return self._executor


_producer: Producer | None = None
_make: Callable[[], Producer]


def _prepare(font_directory: Path, keys_directory: Path, names: Newest) -> None:
    global _make  # noqa: PLW0603 - a child's own, kept from one rendering to the next
    begin_child()
    _make = partial(Producer, font_directory, keys_directory, names)
    with suppress(KeysUnusableError, TypefaceMissingError):
        # Said when something is to be rendered: a child that ends here would look as if it had died of a certificate
        _ready()


def _ready() -> Producer:
    global _producer  # noqa: PLW0603 - as above
    _producer = _producer or _make()
    return _producer


def begin_child() -> None:
    """What every child does first: it ends when its parent says so, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent decides when its children end
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """A parent that is killed cannot tell its children; without this they would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def _nothing() -> None:
    """What a child does only in order to be there."""


def _produce(order: Order) -> Produced:
    return _ready().produce(order)
