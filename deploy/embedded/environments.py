"""What each process is told through its environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.databases import SERVICES, Databases
from deploy.embedded.locations import CHECKOUT
from deploy.embedded.ports import LOOPBACK, free_ports
from deploy.embedded.secret_files import SecretFiles

KINDS = ("web", "worker")


@dataclass(frozen=True)
class Ports:
    """One for each process, chosen when the system starts and kept until it stops."""

    front_door: int
    mailbox: int
    smtp: int
    services: Mapping[str, int]

    @classmethod
    def choose(cls, front_door: int | None) -> "Ports":
        """Free ones; the front door's may be asked for."""
        names = [f"{service}-{kind}" for service in SERVICES for kind in KINDS]
        door, mailbox, smtp, *rest = free_ports(3 + len(names))
        return cls(front_door or door, mailbox, smtp, dict(zip(names, rest, strict=True)))


@dataclass(frozen=True, kw_only=True)
class Environments:
    """Composes them from what the system knows."""

    directory: Path
    ports: Ports
    public_url: str
    databases: Databases
    kafka: str
    topic_prefix: str
    secrets: SecretFiles
    clock_file: Path | None
    erasure_bound_seconds: int
    fonts: Path | None
    organiser_command: str
    extra: Mapping[str, str]

    def service(self, service: str, kind: str = "web") -> dict[str, str]:
        """For a service's process, or for a command that speaks for the service."""
        own = {
            "ENVIRONMENT": "development",
            "DATABASE_URL": self.databases.url(service),
            "KAFKA_BOOTSTRAP": self.kafka,
            "TOPIC_PREFIX": self.topic_prefix,
            "ERASURE_BOUND_SECONDS": str(self.erasure_bound_seconds),
            "PORT": str(self.ports.services[f"{service}-{kind}"]),
            "SESSION_PUBLIC_KEY_FILE": str(self.secrets.session_public_key),
        }
        if self.clock_file:
            own["TEST_CLOCK_FILE"] = str(self.clock_file)
        if service == "registration":
            own["SESSION_PRIVATE_KEY_FILE"] = str(self.secrets.session_private_key)
            own["LINK_SECRET"] = self.secrets.passwords["link_secret"]
        if service == "notifications":
            own |= {"SMTP_HOST": LOOPBACK, "SMTP_PORT": str(self.ports.smtp)}
        if service == "certificates":
            own["KEYS_DIRECTORY"] = str(self.secrets.certificate_keys)
            if self.fonts:
                own["FONT_DIRECTORY"] = str(self.fonts)
        return self._with_common(own)

    def mailbox(self) -> dict[str, str]:
        """For the mailbox."""
        return self._with_common(
            {"MAILBOX_DIRECTORY": str(self.directory / "mailbox"), "SMTP_PORT": str(self.ports.smtp), "PORT": str(self.ports.mailbox)}
        )

    def front_door(self) -> dict[str, str]:
        """For the front door."""
        own = {"PORT": str(self.ports.front_door), "MAILBOX_WEB": self.url("mailbox"), "ORGANISER_COMMAND": self.organiser_command}
        for service in SERVICES:
            for kind in KINDS:
                own[f"{service}_{kind}".upper()] = self.url(f"{service}-{kind}")
        return self._with_common(own)

    def url(self, process: str) -> str:
        """Where a process answers HTTP."""
        fixed = {"mailbox": self.ports.mailbox, "front-door": self.ports.front_door}
        return f"http://{LOOPBACK}:{fixed.get(process) or self.ports.services[process]}"

    def _with_common(self, own: Mapping[str, str]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ATELIER_")}
        common = {"HOST": LOOPBACK, "PUBLIC_URL": self.public_url}
        settings = {f"ATELIER_{name}": value for name, value in (common | dict(own)).items()}
        python_path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
        return {**inherited, **settings, **self.extra, "PYTHONPATH": python_path, "PYTHONUNBUFFERED": "1"}


def python_command(module: str) -> list[str]:
    """Run a module with the interpreter that runs this one."""
    return [sys.executable, "-m", module]
