"""Letting visitors come: a process of their own."""

import asyncio
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from bench.load.tally import Tally


class VisitorsFailedError(RuntimeError):
    """They could not do what they came for; the text is what they said."""


class Visitors:
    """`async with Visitors(…) as visitors: tally = await visitors.gone()`. `mark` is part of all their addresses."""

    def __init__(self, directory: Path, *, sites: Sequence[str], origin: str, slugs: Sequence[str], options: Sequence[str]) -> None:
        self.mark = uuid.uuid4().hex[:8]
        self._tally = directory / f"visitors-{self.mark}.json"
        slug_file = directory / f"visitors-{self.mark}.slugs"
        slug_file.write_text("\n".join(slugs), encoding="utf-8")
        where = [word for site in sites for word in ("--site", site)]
        own = ["--origin", origin, "--slugs", str(slug_file), "--mark", self.mark, "--tally", str(self._tally)]
        self._command = [sys.executable, "-m", "bench.load.visitors", *where, *own, *options]
        self._process: asyncio.subprocess.Process

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(*self._command, stderr=asyncio.subprocess.PIPE)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def gone(self) -> Tally:
        """Wait until the last has left. Raises VisitorsFailedError where their process failed."""
        _, words = await self._process.communicate()
        if self._process.returncode:
            raise VisitorsFailedError(words.decode(errors="replace")[-2000:])
        return Tally.read(self._tally)
