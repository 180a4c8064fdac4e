"""Augmenting in a process of its own: it waits for an authority, for which no certificate that is to be rendered shall wait."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from services.certificates.document.augment import Augmenter, Authority
from services.certificates.document.pool import begin_child


class AugmentingProcess:
    """It is started by the first document, and anew after it died.

    Args:
        authority: gives the time-stamps.
        keys_directory: where the keys' files are.
    """

    def __init__(self, authority: Authority, keys_directory: Path) -> None:
        self._prepared_with = (authority, keys_directory)
        self._executor: ProcessPoolExecutor | None = None

    async def augment(self, pdfs: Sequence[bytes]) -> list[bytes | str]:
        """What an authority's time-stamp adds to each, or why there is nothing.

        Raises AuthorityUnavailableError, BrokenProcessPool when the process is gone.
        """
        if self._executor is None:
            self._executor = ProcessPoolExecutor(
                1, mp_context=get_context("spawn"), initializer=_prepare, initargs=self._prepared_with, max_tasks_per_child=500
            )
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, _augment, pdfs)
        except BrokenProcessPool:
            self.close()
            raise

    def close(self) -> None:
        """Leave it to its end: what it has begun is asked for again by whoever comes next."""
        if self._executor:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None


_augmenter: Augmenter | None = None


def _prepare(authority: Authority, keys_directory: Path) -> None:
    global _augmenter  # noqa: PLW0603 - the child's own: it knows how long the authority's answers are
    begin_child()
    _augmenter = Augmenter(authority, keys_directory)


def _augment(pdfs: Sequence[bytes]) -> list[bytes | str]:
    if _augmenter is None:
        raise RuntimeError("the child was not prepared")
    return _augmenter.augment(pdfs)
