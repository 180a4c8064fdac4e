"""Parts of the product on real servers, small enough to see one mechanism work or fail within a second."""

import asyncio
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from deploy.embedded.fonts import ensure_fonts
from deploy.embedded.ports import free_ports
from services.certificates.document.pool import RenderingPool
from services.notifications.settings import NotificationsSettings
from services.registration.settings import RegistrationSettings
from services.registration.use_cases.create_api_token import create_api_token
from services.registration.use_cases.create_organiser import create_organiser
from services.registration.web_app import create_app
from shared.runtime.database import Pool, create_pool
from tests.component.certificates.story import Service, serving, trial_keys
from tests.component.notifications.conftest import World
from tests.component.notifications.mail_server import mail_server
from tests.component.registration.material import settings_for
from tests.faults.matrix import defects, kill_points
from tests.faults.matrix.host import CONTROL, DEFECT
from tests.faults.matrix.kill_points.control import ARMED, Control, Order
from tests.faults.matrix.patching import undo_all

NewDatabase = Callable[[str], Awaitable[str]]


class Fell(BaseException):
    """The part has died, as far as it can while its process lives on. No Exception: nothing in the product may catch it."""


class Passing(Control):
    """Notes every point that is passed, with what was in hand; nothing falls. Every draw is the lowest."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"))
        self.points: dict[str, list[str]] = defaultdict(list)

    def order(self, point: str) -> Order:
        return Order(point, 0.0)

    def reached(self, point: str, in_hand: str) -> None:
        self.points[point].append(in_hand)


@contextmanager
def passing(process: str) -> Iterator[dict[str, list[str]]]:
    """The points of a process as they are passed, with what was in hand."""
    control = Passing()
    undoes = kill_points.install(process, control)
    try:
        yield control.points
    finally:
        undo_all(undoes)


@contextmanager
def falling(process: str, order: Order, folder: Path) -> Iterator[None]:
    """The next time the point is reached, Fell is raised there."""

    def fall(_action: str) -> None:
        raise Fell

    undoes = kill_points.install(process, Control(folder, end=fall))
    arm(folder, order)
    try:
        yield
    finally:
        undo_all(undoes)


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    """A defect, or none to compare with."""
    undoes = defects.plant(name, defects.named(name).process) if name else ()
    try:
        yield
    finally:
        undo_all(undoes)


def arm(folder: Path, order: Order) -> None:
    """Tell the process whose control folder it is."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "part"
    part.write_text(str(order), encoding="utf-8")
    part.rename(folder / ARMED)


@asynccontextmanager
async def notifications(database: NewDatabase) -> AsyncIterator[World]:
    """The consumers, the planner and the senders of notifications, with a mail server."""
    async with mail_server() as mail:
        settings = NotificationsSettings(
            environment="development",
            database_url=await database("notifications"),
            smtp_host="127.0.0.1",
            smtp_port=mail.port,
            smtp_timeout=5,
            mail_from="atelier@example.org",
            public_url="https://atelier.example.org",
        )
        world = World(settings, await create_pool(settings, application_name="test"), mail)
        try:
            yield world
        finally:
            world.close()
            await world.pool.close()


@asynccontextmanager
async def certificates(database: NewDatabase) -> AsyncIterator[Service]:
    """The consumers and jobs of certificates, with one rendering process."""
    fonts = ensure_fonts()
    with TemporaryDirectory() as folder:
        keys = trial_keys(Path(folder) / "keys")
        renderer = RenderingPool(processes=1, font_directory=fonts, keys_directory=keys)
        try:
            async with serving(await database("certificates"), keys, renderer) as service:
                yield service
        finally:
            renderer.close()


@dataclass
class Registration:
    """Registration's web process within this one. `browser` is anybody's, `organiser` calls the API with a token."""

    settings: RegistrationSettings
    pool: Pool
    browser: httpx.AsyncClient
    organiser: httpx.AsyncClient


@asynccontextmanager
async def registration(database: NewDatabase, folder: Path) -> AsyncIterator[Registration]:
    """The web process of registration."""
    settings = settings_for(await database("registration"), folder)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        pool: Pool = app.state.pool
        async with pool.acquire() as connection, connection.transaction():
            await create_organiser(connection, "organiser@example.org", "Olga Organiser", "correct horse battery", now=datetime.now(UTC))
            token = await create_api_token(connection, "organiser@example.org", "tests", now=datetime.now(UTC))
        transport = httpx.ASGITransport(app=app)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://atelier.example") as browser,
            httpx.AsyncClient(
                transport=transport, base_url="http://atelier.example/api/v1", headers={"Authorization": f"Bearer {token}"}
            ) as organiser,
        ):
            yield Registration(settings, pool, browser, organiser)


async def let_leases_expire(world: World) -> None:
    """What a worker claimed before it fell silent is given up, without waiting."""
    await world.pool.execute("UPDATE messages SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_until IS NOT NULL")
    await world.planner.recover()


@dataclass
class Hosted:
    """A process of the product with kill points; `folder` is its control folder, and has its log."""

    process: subprocess.Popen[bytes]
    url: str
    folder: Path

    async def ready(self) -> bool:
        """Whether it says so. AssertionError with its log where it has ended."""
        assert self.process.poll() is None, (self.folder / "log").read_text()
        answer = await self._get("/health/ready")
        return answer is not None and answer.is_success

    async def at_rest(self) -> bool:
        """Of a worker: whether there is nothing to publish, to read or to do."""
        answer = await self._get("/status")
        return answer is not None and [answer.json().get(name) for name in ("outbox", "lag", "due")] == [0, 0, 0]

    async def fell(self) -> int:
        """Wait until it has ended; the exit status, negative where a signal ended it."""
        return await asyncio.to_thread(self.process.wait, 30)

    async def _get(self, path: str) -> httpx.Response | None:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            try:
                return await client.get(f"{self.url}{path}")
            except httpx.TransportError:
                return None


@asynccontextmanager
async def hosted(module: str, environment: Mapping[str, object], folder: Path, *, defect: str | None = None) -> AsyncIterator[Hosted]:
    """Start a process of the product; it is killed at the end, if it still runs."""
    (port,) = free_ports(1)
    own = {f"ATELIER_{name.upper()}": str(value) for name, value in environment.items()}
    own |= {CONTROL: str(folder), "ATELIER_PORT": str(port)} | ({DEFECT: defect} if defect else {})
    made = Hosted(_start(module, os.environ | own, folder), f"http://127.0.0.1:{port}", folder)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()


def _start(module: str, environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", "tests.faults.matrix.host", module], env=environment, stdout=log, stderr=log)
