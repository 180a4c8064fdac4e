"""Play the story on a running system, and keep what it leaves: mails, certificates, report."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.demo.inbox import Inbox
from deploy.demo.organiser import Organiser
from deploy.demo.play import Ending, begin, play
from deploy.demo.promised import seeded
from deploy.demo.running import RunningSystem
from deploy.demo.show import Show
from deploy.demo.stage import Stage, Story
from deploy.demo.summary import show_summary
from deploy.embedded.databases import SERVICES
from deploy.reconcile.read_world import Addresses

ORGANISER = "organiser@atelier.example"


class CommandError(RuntimeError):
    """A command of the command line failed; the text is what it said."""


async def perform(system: RunningSystem, output: Path, console: Console) -> tuple[Ending, Story]:
    """Play it; afterwards `output` holds `report.json`, `certificates/` and `mails/`, and the summary has been printed."""
    story = begin()
    async with Organiser(system.front_door, await make_token(system)) as organiser, Inbox(system.front_door) as inbox:
        stage = Stage(
            front_door=system.front_door,
            organiser=organiser,
            inbox=inbox,
            clock=system.clock,
            settle=lambda: _settle(system),
            show=Show(console),
            output=output,
            chance=seeded(),
        )
        ending = await play(stage, story, addresses_of(system))
        sources = {_file_name(entry): await inbox.source(entry["number"]) for entry in await inbox.entries()}
    _keep(output / "mails", sources)
    ending.report.write(output / "report.json")
    example = next(iter(story.certificate_pages.values()), "")
    show_summary(console, ending.report, ending.disagreements, output=output, workshop=f"/workshops/{story.slug}", example=example)
    return ending, story


def addresses_of(system: RunningSystem) -> Addresses:
    """Where reconciliation asks, from this machine."""
    databases = {service: system.environment(service)["ATELIER_DATABASE_URL"] for service in SERVICES}
    prefix = system.environment("registration")["ATELIER_TOPIC_PREFIX"]
    return Addresses(**databases, kafka=system.kafka, topic_prefix=prefix, mailbox=system.front_door)


async def make_token(system: RunningSystem) -> str:
    """Create the organiser and a token on the command line, as an operator does; the token is printed once."""
    environment = system.environment("registration")
    await _command(["organiser", "create", "--address", ORGANISER, "--name", "Organiser"], environment)
    printed = await _command(["organiser", "token", "--address", ORGANISER, "--name", "demonstration"], environment)
    return printed.split()[-1]


async def _command(arguments: Sequence[str], environment: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.command_line.main",
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode != 0:
        raise CommandError(f"atelier {' '.join(arguments)}: {errors.decode().strip() or output.decode().strip()}")
    return output.decode()


async def _settle(system: RunningSystem) -> None:
    await system.clock.settle()


def _file_name(entry: Mapping[str, Any]) -> str:
    return f"{entry['number']:04}-{entry['purpose'] or 'unknown'}-{entry['language'] or 'xx'}.eml"


def _keep(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
