"""What every container of ours has in common, read from the file that starts them."""

from typing import Any

import pytest
import yaml

from deploy.embedded.jars import VERSION
from deploy.embedded.locations import CHECKOUT
from shared.runtime.settings import ServiceSettings

FILE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
DOCKERFILE = (CHECKOUT / "deploy" / "images" / "Dockerfile").read_text()
OURS = {name: service for name, service in FILE["services"].items() if "build" in service}
PROCESSES = {name: service for name, service in OURS.items() if "healthcheck" in service}


def test_there_is_a_container_for_every_process() -> None:
    services = {f"{service}-{kind}" for service in ("registration", "notifications", "certificates") for kind in ("web", "worker")}
    assert set(PROCESSES) == services | {"mailbox", "front-door"}
    assert FILE["services"]["kafka"]["image"] == f"apache/kafka:{VERSION}"
    assert FILE["services"]["postgres"]["image"] == "postgres:18"


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_ours_may_write_nowhere_and_become_nobody(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    stage = DOCKERFILE.split(f" AS {service['build']['target']}\n")[1].split("\nFROM ")[0]
    assert stage.rstrip().endswith("USER atelier") or "\nUSER atelier\n" in stage


@pytest.mark.parametrize("service", PROCESSES.values(), ids=PROCESSES)
def test_a_stop_leaves_time_to_drain(service: dict[str, Any]) -> None:
    # Requests first, then what is in flight behind them: each may take the grace.
    assert int(service["stop_grace_period"].removesuffix("s")) > 2 * ServiceSettings.model_fields["grace_seconds"].default
    assert service["init"] is True


def test_nothing_is_reachable_from_other_machines() -> None:
    ports = [port for service in FILE["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
