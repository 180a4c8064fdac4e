"""The certificates' font files, taken out of a pinned Maven artifact and kept in the cache between runs."""

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

from deploy.embedded.errors import LaunchError
from deploy.embedded.jars import Jar, Progress, fetch_jar
from deploy.embedded.locations import cache_directory, make_writable
from deploy.embedded.remote_archive import RangesRefusedError, read_members
from services.certificates.document.typeface import FILES, SOURCE


def ensure_fonts(progress: Progress = lambda _there, _wanted: None) -> Path:
    """The folder that holds the pinned font files; fetches what is missing or altered. Progress counts files.

    Raises LaunchError when the network, the disk or a checksum fails.
    """
    folder = make_writable(cache_directory() / f"fonts-{SOURCE.version}")
    missing = [name for name, checksum in FILES.items() if not _is_good(folder / name, checksum)]
    there = len(FILES) - len(missing)
    progress(there, len(FILES))
    if not missing:
        return folder

    def count_one() -> None:
        nonlocal there
        there += 1
        progress(there, len(FILES))

    with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as scratch:
        for name, content in _fetch(missing, Path(scratch), count_one).items():
            taken = Path(scratch) / name
            taken.write_bytes(content)
            if not _is_good(taken, FILES[name]):
                raise LaunchError(
                    f"{name} is not the file that was pinned: its checksum differs.",
                    way_out="do not use it. A proxy that alters downloads is the usual reason; try from another network",
                )
            taken.replace(folder / name)
    progress(len(FILES), len(FILES))
    return folder


def _fetch(names: list[str], scratch: Path, count_one: Callable[[], None]) -> Mapping[str, bytes]:
    """Ten files of 0.9 MB lie in an artifact of 158 MB: only their ranges are read, or the whole where a proxy refuses ranges."""
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415 - late: a machine whose fonts are in place needs no resolver

    path = f"{SOURCE.group.replace('.', '/')}/{SOURCE.artifact}/{SOURCE.version}/{SOURCE.artifact}-{SOURCE.version}.jar"
    members = {f"{SOURCE.folder}/{name}": name for name in names}
    try:
        found = read_members(f"{MAVEN_CENTRAL_URL}/{path}", members, count_one)
    except RangesRefusedError:
        found = _fetch_whole(members, scratch)
    except (httpx.HTTPError, zipfile.BadZipFile, KeyError) as error:
        raise LaunchError(
            f"Could not fetch the certificates' fonts from Maven Central: {error!r}.",
            way_out="check the network (and HTTPS_PROXY behind a proxy), then try again; what is there already is kept",
        ) from error
    return {members[member]: content for member, content in found.items()}


def _fetch_whole(members: Mapping[str, str], scratch: Path) -> dict[str, bytes]:
    if shutil.disk_usage(scratch).free < 2 * SOURCE.size:
        raise LaunchError(f"The disk that holds {scratch} is full.", way_out="free 350 MB there, or set ATELIER_CACHE to another folder")
    jar = Jar(SOURCE.group, SOURCE.artifact, SOURCE.version, SOURCE.size, SOURCE.sha256)
    fetch_jar(jar, scratch, scratch)
    with zipfile.ZipFile(scratch / jar.file_name) as archive:
        return {member: archive.read(member) for member in members}


def _is_good(path: Path, checksum: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == checksum
