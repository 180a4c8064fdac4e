"""`python -m bench.load.visitors`: people who register, so many at a time or so many a second, over HTTP as browsers do.

Each visit is: the form, the form sent, the page that answers; with `--from-page` the workshop's own page first. With `--posts` only the
form is sent, with a token of its own. With
`--ahead` nobody comes while so many have been answered and wait for their mail: then what is measured is what the whole chain carries, with
no backlog that grows. It says nothing while it runs; at the end it writes what it saw.
"""

import argparse
import asyncio
import itertools
import re
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

from bench.load.arrivals import Arrivals
from bench.load.form import bodies, with_token
from bench.load.http import Answer, Connection, get, post
from bench.load.tally import Tally

TOKEN = re.compile(rb'name="form_token" value="([^"]+)"')
SEE_OTHER, OK = 303, 200
LANGUAGES = ("en", "fr")
MOST_IDLE = 2.0
"""Seconds. The servers that are measured close a connection after five."""


class Visitors:
    """All visitors of one process."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self._sites = [urlsplit(site) for site in asked.site]
        self._origin: str = asked.origin
        self._slugs: list[str] = asked.slugs.read_text(encoding="utf-8").split()
        self._connections: int = asked.connections
        self._rate: float = asked.rate
        self._seconds: float = asked.seconds
        self._count: int = asked.count
        self._posts_only: bool = asked.posts
        self._from_page: bool = asked.from_page
        self._ahead: int = asked.ahead
        self._arrivals = Arrivals(asked.mails, asked.mark) if asked.ahead else None
        self._forms: Iterator[tuple[str, str]] = bodies(asked.mark)
        self._numbers = itertools.count()
        self._idle: dict[int, deque[tuple[Connection, float]]] = {number: deque() for number in range(len(self._sites))}
        self.tally = Tally()

    async def run(self) -> None:
        """Come until the time is over or enough have come, and wait for the last."""
        self.tally.began = time.time()
        if self._rate:
            await self._by_the_clock()
        else:
            await asyncio.gather(*(self._one_after_another() for _ in range(self._connections)))
        self.tally.ended = time.time()
        self.tally.cpu = time.process_time()

    async def _one_after_another(self) -> None:
        deadline = time.monotonic() + self._seconds
        while time.monotonic() < deadline:
            if self._arrivals is not None and len(self.tally.accepted) - self._arrivals.count() >= self._ahead:
                await asyncio.sleep(0.005)
                continue
            number = next(self._numbers)
            if self._count and number >= self._count:
                return
            await self._visit(number, due=time.monotonic())

    async def _by_the_clock(self) -> None:
        """One each 1/rate seconds, whether or not earlier ones have been answered; a visitor's time counts from when it was due."""
        began = time.monotonic()
        visits = []
        for number in range(int(self._rate * self._seconds)):
            due = began + number / self._rate
            if (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early)
            visits.append(asyncio.create_task(self._visit(number, due=due)))
        await asyncio.gather(*visits)

    async def _visit(self, number: int, *, due: float) -> None:
        site = number % len(self._sites)
        host, port = self._sites[site].hostname or "", self._sites[site].port or 80
        slug, language = self._slugs[number % len(self._slugs)], LANGUAGES[number % len(LANGUAGES)]
        address, body = next(self._forms)
        try:
            connection = self._idle_one(site) or await Connection.open(host, port)
            try:
                await self._register(connection, f"{host}:{port}", slug, language, address, body, due)
            except BaseException:
                connection.close()
                raise
            self._idle[site].append((connection, time.monotonic()))
        except OSError:
            self.tally.broken += 1

    def _idle_one(self, site: int) -> Connection | None:
        """The one that was idle for the shortest time; none that the server may be about to close, since it was silent for seconds."""
        while self._idle[site]:
            connection, since = self._idle[site].pop()
            if not connection.closed and time.monotonic() - since < MOST_IDLE:
                return connection
            connection.close()
        return None

    async def _register(self, connection: Connection, host: str, slug: str, language: str, address: str, body: str, due: float) -> None:
        path = f"/workshops/{slug}/register"
        token = None
        if self._from_page:
            await connection.ask(get(host, f"/workshops/{slug}", language=language))
        if not self._posts_only:
            form = await connection.ask(get(host, path, language=language))
            found = TOKEN.search(form.body)
            if found is None:
                self._refused("form", form)
                return
            token = found[1].decode("ascii")
        sent = time.monotonic()
        answer = await connection.ask(post(host, path, with_token(body, token), origin=self._origin, language=language))
        if answer.status != SEE_OTHER:
            self._refused("post", answer)
            return
        self.tally.accepted[address] = time.time()
        self.tally.posts.append(time.monotonic() - (due if self._posts_only else sent))
        if not self._posts_only:
            page = await connection.ask(get(host, answer.headers["location"], language=language))
            if page.status != OK:
                self._refused("answer", page)
        self.tally.flows.append(time.monotonic() - due)

    def _refused(self, what: str, answer: Answer) -> None:
        self.tally.refused[f"{what} {answer.status}"] += 1


def main() -> None:
    """Read what is asked, run, and write the tally."""
    parser = argparse.ArgumentParser(prog="python -m bench.load.visitors", description=__doc__)
    parser.add_argument("--site", action="append", required=True, help="a web process's address; several share the visitors")
    parser.add_argument("--origin", required=True, help="the address that people see")
    parser.add_argument("--slugs", type=Path, required=True, help="file with the workshops, a slug a line; visitors take them in turn")
    parser.add_argument("--mark", required=True, help="part of every address")
    parser.add_argument("--connections", type=int, default=64, help="visitors at a time, where no rate is asked for")
    parser.add_argument("--rate", type=float, default=0.0, help="visitors a second")
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--count", type=int, default=0, help="visitors in all")
    parser.add_argument("--posts", action="store_true", help="send the form without reading any page")
    parser.add_argument("--from-page", action="store_true", help="open the workshop's page before the form")
    parser.add_argument("--ahead", type=int, default=0, help="most visitors who were answered and have no mail yet")
    parser.add_argument("--mails", type=Path, help="the sink's log, for --ahead")
    parser.add_argument("--tally", type=Path, required=True, help="file for what was seen")
    visitors = Visitors(parser.parse_args())
    uvloop.run(visitors.run())
    visitors.tally.write(parser.parse_args().tally)


if __name__ == "__main__":
    main()
