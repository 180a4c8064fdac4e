"""An organiser who signs in at the console, as people do."""

import asyncio
import os
import sys
import tempfile
import uuid
from dataclasses import dataclass
from typing import Self

from bench.load.reader import Reader
from bench.stand import Stand

LOGIN = "/console/login"


@dataclass(frozen=True)
class Account:
    """What it takes to sign in."""

    address: str
    password: str

    @classmethod
    async def create(cls, stand: Stand) -> Self:
        """A new one, made on the command line as an operator does."""
        account = cls(f"{uuid.uuid4().hex[:8]}@office.example", uuid.uuid4().hex)
        with tempfile.NamedTemporaryFile("w", dir=stand.directory) as file:
            file.write(account.password)
            file.flush()
            options = ["--address", account.address, "--name", "Bench", "--password-file", file.name]
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "deploy.command_line.main", "organiser", "create", *options),
                env={**os.environ, **stand.system.environment("registration")},
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            _, words = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"the account could not be made: {words.decode(errors='replace')}")
        return account

    async def sign_in(self, reader: Reader) -> None:
        """From now on the reader is the organiser."""
        await reader.open(LOGIN)
        await reader.send(LOGIN, {"address": self.address, "password": self.password, "next": "/console"})
