"""Resolve all dependencies and write the locks: `python -m deploy.checks.lock [--upgrade]`.

The lock for development comes first and constrains the others, so that a service is deployed with the versions it was tested with.
"""

import re
import subprocess
import sys
from pathlib import Path

from deploy.embedded.locations import CHECKOUT

FOLDER = Path("requirements")
LOCKS = {
    "development": ["--all-extras", "--group", "tools", "--group", "embedded", "--group", "development"],
    "embedded": ["--all-extras", "--group", "tools", "--group", "embedded"],
    "tools": ["--all-extras", "--group", "tools"],
    "registration": ["--extra", "registration", "--extra", "traces"],
    "notifications": ["--extra", "notifications", "--extra", "traces"],
    "certificates": ["--extra", "certificates", "--extra", "pkcs11", "--extra", "traces"],
}
COMPILE = [
    "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version", "3.11",
    "--custom-compile-command", "make lock", "--no-emit-package", "atelier",
]  # fmt: skip


def main() -> None:
    """Write every lock; the bootstrap's own holds nothing but uv."""
    for name, what in LOCKS.items():
        constraints = [] if name == "development" else ["--constraints", str(FOLDER / "development.txt")]
        _compile([*what, *constraints, *sys.argv[1:], "pyproject.toml"], name)
    version = re.search(r"^uv==\S+", (CHECKOUT / FOLDER / "development.txt").read_text(), re.MULTILINE)
    if version is None:
        raise RuntimeError("development.txt holds no uv")
    _compile(["-"], "uv", version[0])


def _compile(arguments: list[str], name: str, requirements: str | None = None) -> None:
    command = [*COMPILE, *arguments, "--output-file", str(FOLDER / f"{name}.txt")]
    subprocess.run(command, check=True, cwd=CHECKOUT, input=requirements, text=True)


if __name__ == "__main__":
    main()
