"""Programs that come as jars, Kafka first: pinned versions and checksums, fetched by Maven coordinates, kept in the cache between runs."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.errors import LaunchError
from deploy.embedded.locations import cache_directory, make_writable

VERSION = "4.3.1"

Progress = Callable[[int, int], None]
"""Called with (bytes there, bytes wanted)."""


@dataclass(frozen=True)
class Jar:
    """One line of the manifest."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def file_name(self) -> str:
        """Unique within the set: no two artifacts of a program's share a name."""
        return f"{self.artifact}-{self.version}.jar"


@dataclass(frozen=True)
class JarSet:
    """What one program runs with: the artifacts that are asked for, each as group:artifact:version, and where all they need is pinned."""

    name: str
    version: str
    coordinates: tuple[str, ...]
    manifest: Path

    def read(self) -> list[Jar]:
        """What the lock says."""
        return [Jar(**entry) for entry in json.loads(self.manifest.read_text())]


KAFKA = JarSet(
    "kafka",
    VERSION,
    (
        f"org.apache.kafka:kafka_2.13:{VERSION}",
        "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",  # without it the broker is silent about its own errors
    ),
    Path(__file__).with_name("kafka_jars.json"),
)


def ensure_jars(progress: Progress = lambda _there, _wanted: None, *, of: JarSet = KAFKA) -> Path:
    """The folder that holds exactly the pinned jars; fetches what is missing or altered.

    Raises LaunchError when the network, the disk or a checksum fails.
    """
    manifest = of.read()
    folder = make_writable(cache_directory() / f"{of.name}-{of.version}")
    wanted = sum(jar.size for jar in manifest)
    missing = [jar for jar in manifest if not _is_good(folder / jar.file_name, jar)]
    for stranger in set(folder.glob("*.jar")) - {folder / jar.file_name for jar in manifest}:
        stranger.unlink()  # everything in the folder is on the program's class path
    there = wanted - sum(jar.size for jar in missing)
    progress(there, wanted)
    if not missing:
        return folder
    if shutil.disk_usage(folder).free < 2 * (wanted - there):
        raise LaunchError(f"The disk that holds {folder} is full.", way_out="free 100 MB there, or set ATELIER_CACHE to another folder")
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as scratch, ThreadPoolExecutor(8) as threads:
        fetching = {threads.submit(fetch_jar, jar, Path(scratch), folder): jar for jar in missing}
        for done in as_completed(fetching):
            done.result()
            there += fetching[done].size
            progress(there, wanted)
    return folder


def _is_good(path: Path, jar: Jar) -> bool:
    try:
        with path.open("rb") as file:
            return path.stat().st_size == jar.size and hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256
    except FileNotFoundError:
        return False


def fetch_jar(jar: Jar, scratch: Path, folder: Path) -> None:
    """Fetch one pinned jar into `scratch`, then move it into `folder`; LaunchError when the network or its checksum fails."""
    # Late: a machine whose jars are in place needs no resolver, and loading it takes half a second.
    from jgo.maven import MavenContext  # noqa: PLC0415

    context = MavenContext(repo_cache=scratch, timeout=60)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    try:
        path = Path(artifact.resolve())
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors; jgo raises RuntimeError for «not found»
        raise LaunchError(
            f"Could not fetch {jar.file_name} from Maven Central: {error}.",
            way_out="check the network (and HTTPS_PROXY behind a proxy), then try again; what is there already is kept",
        ) from error
    if not _is_good(path, jar):
        raise LaunchError(
            f"{jar.file_name} is not the file that was pinned: its checksum differs.",
            way_out="do not use it. A proxy that alters downloads is the usual reason; try from another network",
        )
    os.replace(path, folder / jar.file_name)  # noqa: PTH105 - atomic, also over a broken earlier copy
