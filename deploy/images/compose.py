"""`docker compose`, spoken to from here: one project of its own, with files and variables of its own."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.embedded.errors import LaunchError
from deploy.embedded.locations import CHECKOUT

TAIL = 15
"""Lines of what a command said that are worth showing when it fails."""


@dataclass(frozen=True, slots=True)
class Container:
    """One container of the project. `exit_status` is worth reading where `state` is "exited"."""

    service: str
    state: str
    exit_status: int


@dataclass(frozen=True, kw_only=True)
class Compose:
    """Runs its commands. `files` are relative to the checkout; `environment` is what they interpolate, and all that the commands get."""

    project: str
    files: Sequence[str]
    environment: Mapping[str, str]

    async def run(self, *arguments: str) -> str:
        """Run one command and return what it printed.

        Raises LaunchError when there is no Docker with Compose, or when the command fails. One that is cancelled is told to stop and
        waited for.
        """
        named = [option for file in self.files for option in ("--file", file)]
        command = ["docker", "compose", "--ansi", "never", "--project-name", self.project, *named, *arguments]
        try:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=CHECKOUT, env=dict(self.environment), stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # Ctrl-C in the terminal is for the one who waits; it decides what becomes of this
            )  # fmt: skip
        except FileNotFoundError:
            raise LaunchError("There is no command `docker` here.", way_out=WITHOUT_DOCKER) from None
        try:
            output, errors = await process.communicate()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        if process.returncode:
            said = errors.decode(errors="replace").strip() or output.decode(errors="replace").strip()
            raise LaunchError(
                f"`docker compose {arguments[0]}` failed (exit status {process.returncode}).",
                way_out=way_out_of(said),
                detail="\n".join(said.splitlines()[-TAIL:]),
            )
        return output.decode(errors="replace")

    async def containers(self) -> list[Container]:
        """Those that there are, running or not."""
        return read_containers(await self.run("ps", "--all", "--format", "json"))


WITHOUT_DOCKER = "install Docker with its plugins Compose (2.20 or newer) and Buildx, or do it without containers: leave TARGET out"


def way_out_of(said: str) -> str:
    """What usually helps against what Docker complained about."""
    lowered = said.lower()
    if "cannot connect to the docker daemon" in lowered or "is not a docker command" in lowered or "unknown flag" in lowered:
        return WITHOUT_DOCKER
    if "permission denied" in lowered and "docker" in lowered and "sock" in lowered:
        return "become a member of the group `docker`, or run it as root"
    if "no space left" in lowered:
        return "free some disk space (`docker system prune` removes what no container uses), then try again"
    if "pull access denied" in lowered or "failed to resolve" in lowered or "registry" in lowered:
        return "check that the container registry can be reached, then try again"
    return "read the lines below; then try again"


def read_containers(printed: str) -> list[Container]:
    """From `docker compose ps --format json`: one object a line, or, from some versions, a list."""
    entries = (
        json.loads(printed) if printed.lstrip().startswith("[") else [json.loads(line) for line in printed.splitlines() if line.strip()]
    )
    return sorted((Container(entry["Service"], entry["State"], entry["ExitCode"]) for entry in entries), key=lambda one: one.service)
