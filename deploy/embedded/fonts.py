"""The certificates' font files, taken out of a pinned Maven artifact and kept in the cache between runs."""

import hashlib
import shutil
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from deploy.embedded.errors import LaunchError
from deploy.embedded.jars import Jar, Progress, fetch_jar
from deploy.embedded.locations import cache_directory, make_writable
from services.certificates.document.typeface import FILES, SOURCE


def ensure_fonts(progress: Progress = lambda _there, _wanted: None) -> Path:
    """The folder that holds the pinned font files; fetches what is missing or altered.

    Raises LaunchError when the network, the disk or a checksum fails.
    """
    folder = make_writable(cache_directory() / f"fonts-{SOURCE.version}")
    if all(_is_good(folder / name, checksum) for name, checksum in FILES.items()):
        progress(SOURCE.size, SOURCE.size)
        return folder
    if shutil.disk_usage(folder).free < 2 * SOURCE.size:
        raise LaunchError(f"The disk that holds {folder} is full.", way_out="free 350 MB there, or set ATELIER_CACHE to another folder")
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetch-") as scratch, ThreadPoolExecutor(1) as thread:
        jar = Jar(SOURCE.group, SOURCE.artifact, SOURCE.version, SOURCE.size, SOURCE.sha256)
        fetching = thread.submit(fetch_jar, jar, Path(scratch), Path(scratch))
        while wait([fetching], timeout=0.2).not_done:
            progress(min(SOURCE.size, sum(file.stat().st_size for file in Path(scratch).rglob("*") if file.is_file())), SOURCE.size)
        fetching.result()
        with zipfile.ZipFile(Path(scratch) / jar.file_name) as archive:
            for name in FILES:
                taken = Path(scratch) / name
                taken.write_bytes(archive.read(f"{SOURCE.folder}/{name}"))
                taken.replace(folder / name)
    progress(SOURCE.size, SOURCE.size)
    return folder


def _is_good(path: Path, checksum: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == checksum
