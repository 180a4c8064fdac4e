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
    """Whether a container engine is there. `ATELIER_TEST_CONTAINERS=0` says not to look, `1` that there has to be one.

    Raises RuntimeError where there has to be one and none answers.
    """
    wanted = os.environ.get("ATELIER_TEST_CONTAINERS")
    found = wanted != "0" and _ping()
    if wanted == "1" and not found:
        raise RuntimeError("ATELIER_TEST_CONTAINERS=1 asks for containers, and no container engine answers")
    return found


def _ping() -> bool:
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
        with _library():
            from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415 - its import starts looking for an engine

            from tests.kafka_container import host_of  # noqa: PLC0415 - as above

            container = PostgresContainer(POSTGRES_IMAGE, username="postgres", password=secrets.token_urlsafe(12), dbname="postgres")
        container.with_command("-c fsync=off -c max_connections=200").with_kwargs(labels=OUR_LABEL, shm_size="256m")
        remove_abandoned_containers()
        with container:
            yield container.get_connection_url(host=host_of(container), driver=None)
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
        with _library():
            from tests.kafka_container import ApacheKafkaContainer  # noqa: PLC0415 - its import starts looking for an engine

            container = ApacheKafkaContainer(KAFKA_IMAGE).with_kwargs(labels=OUR_LABEL)
        remove_abandoned_containers()
        with container:
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
    """Remove containers of test runs that were killed before they could."""
    import docker  # noqa: PLC0415 - as above

    with contextlib.closing(docker.from_env()) as client:
        for container in client.containers.list(all=True, filters={"label": LABEL}):
            if not psutil.pid_exists(int(container.labels[LABEL])):
                container.remove(force=True, v=True)


@contextlib.contextmanager
def _library() -> Iterator[None]:
    """The containers' library warns about its own coming renames; and what it leaves behind is found by our label, not by its reaper."""
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
