"""`python -m bench.limits.handler`: takes forms and commits them in groups under one row lock, and does nothing else.

What registration's form cannot do without: HTTP, reading the form, and a commit that everybody in the group waits for. No page, no checks,
no events. The same server, driver and database as registration's.
"""

import argparse
import asyncio
import uuid
from collections import deque
from urllib.parse import parse_qsl

import asyncpg
import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from deploy.embedded.ports import LOOPBACK

GROUP = 256
TABLES = """
CREATE TABLE IF NOT EXISTS workshops (slug text PRIMARY KEY, taken bigint NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS forms (id uuid PRIMARY KEY, slug text NOT NULL, token text NOT NULL, address text NOT NULL, form text NOT NULL);
"""


class Handler:
    """The application. `/workshops/<slug>/register` is all it knows."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._pool: asyncpg.Pool
        self._lines: dict[str, deque[tuple[dict[str, str], str, asyncio.Future[None]]]] = {}
        self._known: set[str] = set()

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """ASGI's."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            body = b""
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return
                body += message["body"]
                if not message["more_body"]:
                    break
            form = body.decode("ascii")
            await self._take(scope["path"].split("/")[2], dict(parse_qsl(form, keep_blank_values=True)), form)
            headers = [(b"location", b"/"), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 303, "headers": headers, "trailers": False})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _live(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        await receive()
        self._pool = await asyncpg.create_pool(self._database, min_size=2, max_size=10)
        await self._pool.execute(TABLES)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _take(self, slug: str, fields: dict[str, str], form: str) -> None:
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line = self._lines.get(slug)
        if line is None:
            self._lines[slug] = line = deque([(fields, form, taken)])
            await self._serve(slug, line)
        else:
            line.append((fields, form, taken))
        await taken

    async def _serve(self, slug: str, line: deque[tuple[dict[str, str], str, asyncio.Future[None]]]) -> None:
        while line:
            group = [line.popleft() for _ in range(min(len(line), GROUP))]
            async with self._pool.acquire() as connection, connection.transaction():
                if slug not in self._known:
                    await connection.execute("INSERT INTO workshops (slug) VALUES ($1) ON CONFLICT DO NOTHING", slug)
                await connection.fetchval("SELECT taken FROM workshops WHERE slug = $1 FOR UPDATE", slug)
                await connection.execute(
                    "INSERT INTO forms SELECT n.id, $1, n.token, n.address, n.form "
                    "FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS n (id, token, address, form)",
                    slug,
                    [uuid.uuid4() for _ in group],
                    [fields["form_token"] for fields, _, _ in group],
                    [fields["address"] for fields, _, _ in group],
                    [form for _, form, _ in group],
                )
                await connection.execute("UPDATE workshops SET taken = taken + $2 WHERE slug = $1", slug, len(group))
            self._known.add(slug)
            for _, _, taken in group:
                taken.set_result(None)
        del self._lines[slug]


def main() -> None:
    """Read what is asked and serve."""
    parser = argparse.ArgumentParser(prog="python -m bench.limits.handler", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", required=True)
    asked = parser.parse_args()
    uvicorn.run(Handler(asked.database), host=LOOPBACK, port=asked.port, access_log=False, log_level="warning", lifespan="on")


if __name__ == "__main__":
    main()
