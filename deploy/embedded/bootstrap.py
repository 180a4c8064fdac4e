"""Prepare this checkout and then run a command in it: `bootstrap.py <lock> <command> …`, where lock is embedded or development.

Run by the machine's own Python 3.11, before anything is installed, so it uses the standard library only and is written such that
older versions of Python can read it far enough to say that they are too old.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).resolve().parents[2]
TOOLS = CHECKOUT / ".tools"
ENVIRONMENT = CHECKOUT / ".venv"
MARKER = ENVIRONMENT / "installed-lock"
REQUIREMENTS = CHECKOUT / "requirements"
NEEDED_BYTES = 1_500_000_000


class BootstrapError(Exception):
    """What is wrong, and what to do about it."""

    def __init__(self, problem: str, way_out: str, detail: str = "") -> None:
        super().__init__(problem)
        self.text = "\n".join(filter(None, ["", problem, "  What to do: " + way_out, *("    | " + line for line in detail.splitlines())]))


def check_python() -> None:
    """Python 3.11 with venv and ensurepip, on a system that PostgreSQL and Kafka run on."""
    if os.name != "posix":
        raise BootstrapError("Atelier runs on Linux and macOS.", "on Windows, use it inside WSL")
    if sys.version_info[:2] != (3, 11):
        found = ".".join(map(str, sys.version_info[:2]))
        raise BootstrapError(
            "Atelier needs Python 3.11, and this is Python " + found + ".",
            "install it (Debian 12: apt-get install python3.11 python3.11-venv), or name it: make PYTHON=/path/to/python3.11 …",
        )
    try:
        import ensurepip  # noqa: F401, PLC0415 - whether they are there is the question
        import venv  # noqa: F401, PLC0415
    except ImportError as error:
        raise BootstrapError(
            "This Python lacks the module " + str(error.name) + ".",
            "Debian and Ubuntu keep it in a package of its own: apt-get install python3.11-venv",
        ) from None


def check_disk() -> None:
    """The checkout can be written to, and has room."""
    try:
        TOOLS.mkdir(exist_ok=True)
        (TOOLS / ".writable").write_bytes(b"")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise BootstrapError(
                "The disk that holds " + str(CHECKOUT) + " is full.", "free 1.5 GB there, or clone to another disk"
            ) from None
        raise BootstrapError(
            "Cannot write to " + str(CHECKOUT) + ": " + str(error.strerror) + ".", "make the folder yours, or clone again into one that is"
        ) from None
    if not ENVIRONMENT.exists() and shutil.disk_usage(CHECKOUT).free < NEEDED_BYTES:
        raise BootstrapError("The disk that holds " + str(CHECKOUT) + " is nearly full.", "free 1.5 GB there, or clone to another disk")


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Two starts at once wait for each other instead of installing into the same folder."""
    import fcntl  # noqa: PLC0415 - missing where check_python has not yet said so

    with (TOOLS / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another start prepares this folder; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """To the person, at once, and apart from the output of the command that follows."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


@contextlib.contextmanager
def working_on(what: str) -> Iterator[None]:
    """A bar that moves while a step of unknown length runs; a plain line where nobody watches."""
    if not sys.stderr.isatty():
        say(what + " …")
        yield
        return
    done = threading.Event()
    started = time.monotonic()

    def draw() -> None:
        step = 0
        while not done.wait(0.1):
            place = abs(step % 34 - 17)
            bar = "━" * place + "━━━" + " " * (17 - place)
            sys.stderr.write("\r  " + what.ljust(34) + "[" + bar + "] " + format(time.monotonic() - started, ".0f") + " s ")
            sys.stderr.flush()
            step += 1

    drawing = threading.Thread(target=draw, daemon=True)
    drawing.start()
    try:
        yield
    finally:
        done.set()
        drawing.join()
        sys.stderr.write("\r" + " " * 78 + "\r")
        sys.stderr.flush()


def digest(path: Path) -> str:
    """Of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def install_uv() -> Path:
    """The pinned uv in a folder of its own, by the machine's own pip."""
    lock = REQUIREMENTS / "uv.txt"
    home = TOOLS / ("uv-" + digest(lock)[:16])
    uv = home / "bin" / "uv"
    if uv.exists():
        return uv
    building = TOOLS / "uv-building"
    shutil.rmtree(building, ignore_errors=True)
    with working_on("Getting uv, which installs the rest"):
        run([sys.executable, "-m", "venv", str(building)], "A virtual environment could not be made.")
        pip = [str(building / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "--retries", "2"]
        # No script of the folder's names its path but pip's own, which is not needed again: it may be renamed.
        run([*pip, "install", "--quiet", "--only-binary", ":all:", "--require-hashes", "-r", str(lock)], "uv could not be installed.")
    shutil.rmtree(home, ignore_errors=True)
    building.rename(home)
    return uv


def run(command: list[str], problem: str) -> None:
    """Run quietly; what it said is shown only if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=CHECKOUT)
    if done.returncode:
        output = (done.stdout + done.stderr).strip()
        raise BootstrapError(problem, way_out_of(output), "\n".join(output.splitlines()[-8:]))


def way_out_of(output: str) -> str:
    """What usually helps against what a tool complained about."""
    lowered = output.lower()
    if "no space left" in lowered or "disk quota" in lowered:
        return "free some disk space, then try again"
    if any(
        sign in lowered
        for sign in ("connection", "resol", "network", "timed out", "dns", "retrying", "no matching distribution", "request")
    ):
        return "check the network: PyPI must be reachable (behind a proxy: HTTPS_PROXY; with a mirror: pip's index-url); then try again"
    if "hash" in lowered and "match" in lowered:
        return "do not go on: what came is not what was pinned. A proxy that alters downloads is the usual reason"
    return "read the lines below; then try again"


def environment_for_uv(uv: Path) -> dict[str, str]:
    """A mirror that a person has told pip holds for uv too, which does not read pip's settings."""
    environment = {**os.environ, "UV_NO_CONFIG": "1", "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    if not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & environment.keys():
        pip = [str(uv.with_name("python")), "-m", "pip", "config", "list"]
        listed = subprocess.run(pip, capture_output=True, text=True, check=False).stdout
        for line in listed.splitlines():
            name, _, value = line.partition("=")
            if name in {"global.index-url", "user.index-url", ":env:.index-url"}:
                environment["UV_DEFAULT_INDEX"] = value.strip("'\"")
    cache = Path(os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~")) / ".cache")  # noqa: PTH111 - never fails
    while not cache.exists():
        cache = cache.parent
    if not os.access(cache, os.W_OK):
        environment["UV_CACHE_DIR"] = str(TOOLS / "uv-cache")
    return environment


def is_installed(lock: str) -> bool:
    """Whether the environment holds this lock as it is now, or the one for development, which holds all of it."""
    if not MARKER.exists() or not (ENVIRONMENT / "bin" / "python").exists():
        return False
    current = {name: digest(REQUIREMENTS / (name + ".txt")) for name in {lock, "development"}}
    return MARKER.read_text().split() in [[name, value, str(CHECKOUT)] for name, value in current.items()]


def install(lock: str) -> None:
    """Make the environment hold exactly what the lock says, and the checkout itself."""
    if is_installed(lock):
        return
    uv = install_uv()
    say("Installing the locked packages (once; kept for the next start)")
    environment = environment_for_uv(uv)
    MARKER.unlink(missing_ok=True)
    pip = [str(uv), "pip", "--quiet"] if not sys.stderr.isatty() else [str(uv), "pip"]
    python = ["--python", str(ENVIRONMENT)]
    for command in (
        [str(uv), "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(ENVIRONMENT)],
        # Compiled once, for the dozen processes that start with every system; Python would not keep it where it is told to write none.
        [*pip, "sync", *python, "--compile-bytecode", "--require-hashes", str(REQUIREMENTS / (lock + ".txt"))],
        [str(uv), "pip", "--quiet", "install", *python, "--offline", "--no-deps", "--no-build-isolation", "--editable", str(CHECKOUT)],
    ):
        if subprocess.run(command, env=environment, check=False, cwd=CHECKOUT).returncode:
            raise BootstrapError(
                "The packages could not be installed: see above.",
                "check that PyPI can be reached (behind a proxy: HTTPS_PROXY) and the disk has room, then try again; what came is kept",
            )
    MARKER.write_text("\n".join([lock, digest(REQUIREMENTS / (lock + ".txt")), str(CHECKOUT)]))


def trust_what_the_machine_trusts() -> None:
    """Behind a proxy that opens TLS, people set SSL_CERT_FILE; pip and the library that fetches jars have names of their own for it."""
    if "SSL_CERT_FILE" in os.environ:
        for name in ("PIP_CERT", "REQUESTS_CA_BUNDLE"):
            os.environ.setdefault(name, os.environ["SSL_CERT_FILE"])


def main() -> None:
    """Prepare, then become the command."""
    lock, program, *arguments = sys.argv[1:]
    trust_what_the_machine_trusts()
    try:
        check_python()
        check_disk()
        with only_one_at_a_time():
            install(lock)
    except BootstrapError as error:
        say(error.text)
        sys.exit(1)
    except KeyboardInterrupt:
        say("\nStopped. What was fetched is kept.")
        sys.exit(130)
    os.chdir(CHECKOUT)
    path = str(ENVIRONMENT / "bin")
    os.environ["PATH"] = path + os.pathsep + os.environ.get("PATH", os.defpath)
    os.environ["VIRTUAL_ENV"] = str(ENVIRONMENT)
    os.execv(os.path.join(path, program), [program, *arguments])  # noqa: PTH118, S606 - no shell is wanted


if __name__ == "__main__":
    main()
