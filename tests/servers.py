"""Real servers for tests: given addresses, else containers when an engine answers, else servers from packages."""

import contextlib
import gc
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil

from deploy.embedded.jars import VERSION, ensure_jars
from deploy.embedded.kafka import KafkaServer
from deploy.embedded.postgres import PostgresServer
from deploy.embedded.processes import MARK, stop_leftovers

DATABASE_VARIABLE = "ATELIER_TEST_DATABASE_URL"
KAFKA_VARIABLE = "ATELIER_TEST_KAFKA"
POSTGRES_IMAGE = "postgres:18"
KAFKA_IMAGE = f"apache/kafka:{VERSION}"
PREFIX = "atelier-test-servers-"
LABEL = "atelier.test-run"
OUR_LABEL = {LABEL: str(os.getpid())}
"""On every container: the process id of the run that it belongs to."""


def engine_answers() -> bool:
    """Whether a container engine is there. `ATELIER_TEST_CONTAINERS=0` says not to look."""
    if os.environ.get("ATELIER_TEST_CONTAINERS") == "0":
        return False
    import docker  # noqa: PLC0415 - only where it may be needed: slow to load

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the client leaves its socket open when nobody answers
        try:
            client = docker.from_env(timeout=3)
            with contextlib.closing(client):
                return bool(client.ping())
        except (docker.errors.DockerException, OSError):
            return False
        finally:
            gc.collect()


@contextlib.asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    """The administrator's address of a PostgreSQL 18, as postgresql://…/postgres."""
    if given := os.environ.get(DATABASE_VARIABLE):
        yield given
    elif engine_answers():
        from testcontainers.postgres import PostgresContainer  # noqa: PLC0415 - its import starts looking for an engine

        container = PostgresContainer(POSTGRES_IMAGE, driver=None).with_command("-c fsync=off -c max_connections=200")
        remove_abandoned_containers()
        with _quiet(), container.with_kwargs(labels=OUR_LABEL):
            yield container.get_connection_url()
    else:
        async with _directory("postgres") as directory:
            server = PostgresServer(directory, password=secrets.token_urlsafe(12), durable=False)
            try:
                await server.start()
                yield server.url()
            finally:
                await server.stop()


@contextlib.asynccontextmanager
async def kafka() -> AsyncIterator[str]:
    """The bootstrap address, host:port, of an Apache Kafka 4.3.1 in KRaft mode."""
    if given := os.environ.get(KAFKA_VARIABLE):
        yield given
    elif engine_answers():
        from tests.kafka_container import ApacheKafkaContainer  # noqa: PLC0415 - its import starts looking for an engine

        remove_abandoned_containers()
        with _quiet(), ApacheKafkaContainer(KAFKA_IMAGE).with_kwargs(labels=OUR_LABEL) as container:
            yield container.bootstrap
    else:
        async with _directory("kafka") as directory:
            server = KafkaServer(directory, jars=ensure_jars(), heap_megabytes=512)
            try:
                await server.start()
                yield server.bootstrap
            finally:
                # Nothing of it is kept, so nothing needs to be flushed.
                server.process.kill()
                await server.stop()


@contextlib.asynccontextmanager
async def _directory(name: str) -> AsyncIterator[Path]:
    _stop_orphans()
    # The process id in the name lets a later run see that this one is gone.
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-{name}-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


def _stop_orphans() -> None:
    """Stop servers of test runs that were killed before they could."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            directory = Path(process.environ().get(MARK, ""))
            if directory.name.startswith(PREFIX) and not psutil.pid_exists(int(directory.name.removeprefix(PREFIX).split("-")[0])):
                stop_leftovers(directory)
                shutil.rmtree(directory, ignore_errors=True)


def remove_abandoned_containers() -> None:
    """Remove containers of test runs that were killed, which nobody else does where Ryuk is switched off."""
    import docker  # noqa: PLC0415 - as above

    with contextlib.closing(docker.from_env()) as client:
        for container in client.containers.list(all=True, filters={"label": LABEL}):
            if not psutil.pid_exists(int(container.labels[LABEL])):
                container.remove(force=True, v=True)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Containers' own client warns about its coming renames; they are not ours to fix."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
