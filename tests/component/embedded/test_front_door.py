import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from deploy.embedded.front_door.app import create_app
from deploy.embedded.front_door.settings import FrontDoorSettings
from deploy.embedded.ports import free_ports
from shared.web.pages import STYLESHEET_PATH
from tests.waiting import eventually

Serve = Callable[[ASGIApp, int], Awaitable[uvicorn.Server]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    running: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []

    async def start(app: ASGIApp, port: int) -> uvicorn.Server:
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", proxy_headers=False, timeout_graceful_shutdown=1))
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        running.append((server, asyncio.create_task(server.serve())))
        await eventually(lambda: server.started, what="server started")
        return server

    yield start
    for server, _ in running:
        server.should_exit = True
    await asyncio.gather(*(task for _, task in running))


def echo(name: str) -> Starlette:
    async def answer(request: Request) -> Response:
        body = await request.body()
        answer = JSONResponse(
            {"name": name, "target": request.scope["raw_path"].decode(), "query": request.scope["query_string"].decode(),
             "headers": [[key, value] for key, value in request.headers.items()], "body": body.decode()},
            status_code=418,
        )  # fmt: skip
        answer.raw_headers += [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"connection", b"x-inner"), (b"x-inner", b"1")]
        return answer

    async def stream(_request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first"
            await released.wait()
            yield b"second"

        return StreamingResponse(parts())

    released = asyncio.Event()
    methods = ["GET", "POST", "PUT", "DELETE"]
    app = Starlette(routes=[Route("/workshops/stream", stream), Route("/{path:path}", answer, methods=methods)])
    app.state.released = released
    return app


@pytest.fixture
async def system(serve: Serve) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, Starlette]]]:
    names = ["registration", "notifications", "certificates", "mailbox"]
    *ports, door, closed = free_ports(6)
    apps = {name: echo(name) for name in names}
    for port, app in zip(ports, apps.values(), strict=True):
        await serve(app, port)
    webs = {f"{name}_web": f"http://127.0.0.1:{port}" for name, port in zip(names, ports, strict=True)}
    workers = {f"{name}_worker": f"http://127.0.0.1:{closed}" for name in names[:3]}
    await serve(create_app(FrontDoorSettings(**webs, **workers)), door)  # type: ignore[arg-type]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{door}", trust_env=False) as client:
        yield client, apps


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/workshops/x", "registration"),
        ("/my/token", "registration"),
        ("/console", "registration"),
        ("/api/v1/workshops", "registration"),
        ("/static/abc/other.css", "registration"),
        ("/notifications", "notifications"),
        ("/notifications/plan", "notifications"),
        ("/certificates/t.pdf", "certificates"),
        ("/certificates/shared/t", "certificates"),
        ("/verify/t", "certificates"),
        ("/mailbox", "mailbox"),
        ("/mailbox/api/messages", "mailbox"),
        ("/mailboxes", "registration"),
        ("/verify-me", "registration"),
    ],
)
async def test_each_path_reaches_its_service(system: tuple[httpx.AsyncClient, object], path: str, name: str) -> None:
    assert (await system[0].get(path)).json()["name"] == name


async def test_a_request_arrives_as_it_was_sent(system: tuple[httpx.AsyncClient, object]) -> None:
    client, _ = system
    answer = await client.post(
        "/my/a%2Fb%20c?q=%C5%A1&q=2",
        content="naïve",
        headers={
            "X-Forwarded-For": "6.6.6.6",
            "Forwarded": "for=6.6.6.6",
            "Connection": "X-Private",
            "X-Private": "1",
            "Host": "atelier.example",
        },
    )
    assert answer.status_code == 418
    seen = answer.json()
    headers = dict(seen["headers"])
    assert (seen["target"], seen["query"], seen["body"]) == ("/my/a%2Fb%20c", "q=%C5%A1&q=2", "naïve")
    assert headers["host"] == headers["x-forwarded-host"] == "atelier.example"
    assert (headers["x-forwarded-for"], headers["x-forwarded-proto"]) == ("127.0.0.1", "http")
    assert not {"x-private", "forwarded"} & headers.keys()
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "x-inner" not in answer.headers


@pytest.mark.parametrize(
    ("target", "status"),
    [(b"/workshops/..%2f..", 418), (b"/workshops/%00", 418), (b"//x", 418), (b"/workshops/../x", 418), (b"/a%", 418),
     (b"http://elsewhere.example/x", 418),
     (b"/a\x7fb", 400), (b"/\xe9", 400), (b"*", 400), (b"/" + b"a" * 70_000, 400)],
)  # fmt: skip
async def test_a_path_that_cannot_be_passed_on_is_no_outage(system: tuple[httpx.AsyncClient, object], target: bytes, status: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", system[0].base_url.port)
    writer.write(b"GET " + target + b" HTTP/1.1\r\nHost: atelier.example\r\nConnection: close\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.split()[1] == str(status).encode()
    if status == 418:
        seen = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert seen["target"] == target.removeprefix(b"http://elsewhere.example").decode(), "byte by byte"


async def test_nothing_of_one_visitor_is_kept_for_the_next(system: tuple[httpx.AsyncClient, object]) -> None:
    client, _ = system
    await client.get("/console")  # its answer sets cookies
    client.cookies.clear()
    assert "cookie" not in dict((await client.get("/console")).json()["headers"])


async def test_an_answer_is_passed_on_while_it_is_made(system: tuple[httpx.AsyncClient, dict[str, Starlette]]) -> None:
    client, apps = system
    async with client.stream("GET", "/workshops/stream") as answer:
        parts = answer.aiter_raw()
        assert await asyncio.wait_for(anext(parts), 10) == b"first"
        apps["registration"].state.released.set()
        assert await asyncio.wait_for(anext(parts), 10) == b"second"


@pytest.mark.parametrize("path", ["/metrics", "/status", "/health"])
async def test_what_is_for_the_inside_is_not_shown(system: tuple[httpx.AsyncClient, object], path: str) -> None:
    assert (await system[0].get(path)).status_code == 404


async def test_while_everything_is_down_pages_say_so(serve: Serve) -> None:
    door, closed = free_ports(2)
    names = [f"{name}_{kind}" for name in ("registration", "notifications", "certificates") for kind in ("web", "worker")]
    down = dict.fromkeys([*names, "mailbox_web"], f"http://127.0.0.1:{closed}")
    await serve(create_app(FrontDoorSettings(**down, organiser_command="make organiser")), door)  # type: ignore[arg-type]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{door}", trust_env=False) as client:
        start = await client.get("/")
        assert start.status_code == 200
        assert start.text.count("does not answer") == 7
        assert "make organiser" in start.text
        assert (await client.get(STYLESHEET_PATH)).status_code == 200
        page = await client.get("/workshops/x")
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert "Registration does not answer" in page.text
        assert "send it again" in (await client.post("/workshops/x/register", data={"a": "b"})).text
        problem = await client.get("/api/v1/workshops")
        assert problem.headers["content-type"] == "application/problem+json"
        assert (await client.get("/health/ready")).status_code == 503
