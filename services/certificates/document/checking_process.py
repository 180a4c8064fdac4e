"""`python -m services.certificates.document.checking_process FOLDER`: looks at the file that comes in, and says in JSON what it proves.

In a process of its own, with little time and memory: the canonical form of a hostile credential can take for ever to find, and a small file
can grow to anything when it is read.
"""

import asyncio
import json
import resource
import sys
from pathlib import Path

from services.certificates.document.check import Checked, Credential, Seal, check
from services.certificates.document.keys import read_public
from shared.runtime.telemetry import get_logger

log = get_logger(__name__)

_SECONDS, _BYTES = 5, 1_500_000_000
_PATIENCE = 30.0
"""Seconds of real time, on a machine that has other work too."""


async def check_apart(pdf: bytes, keys_directory: Path) -> Checked:
    """As `check`, from outside. What takes too much of anything cannot be read."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, str(keys_directory)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(pdf), _PATIENCE)
        found = json.loads(said)
        return Checked(Seal(found["seal"]), Credential(found["credential"]), found["token"])
    except (TimeoutError, ValueError):
        log.warning("file_not_checked", exit_status=process.returncode, bytes=len(pdf))
        return Checked(Seal.UNREADABLE, Credential.NONE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def main() -> None:
    """Read, look, say."""
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    keys = read_public(Path(sys.argv[1]))
    checked = check(sys.stdin.buffer.read(), keys)
    sys.stdout.write(json.dumps({"seal": checked.seal, "credential": checked.credential, "token": checked.token}))


if __name__ == "__main__":
    main()
