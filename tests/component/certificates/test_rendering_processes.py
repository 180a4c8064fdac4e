"""Rendering in child processes: killed, resumed, never twice."""

import asyncio
import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from services.certificates.document.keys import KeysUnusableError
from services.certificates.document.pool import RenderingPool
from services.certificates.document.produce import Produced
from services.certificates.issuing import Issuing
from services.certificates.storage import rendering
from services.certificates.storage.rendering import Commission
from services.certificates.use_cases.store_certificate import store_certificate
from shared.contracts.certificates import CertificateIssued
from tests.component.certificates.story import NOW, Service, Story, workshop_record
from tests.component.certificates.wordings import order
from tests.waiting import eventually


async def make_eligible(service: Service, story: Story, people: int) -> None:
    for number in range(people):
        story.person(number + 1, f"Person {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number]}", attended=("day-1", "day-2"))
    story.completed()
    await service.read_all(story)
    await service.apply_rule()


async def claim(service: Service, *, limit: int = 10, seconds: float = 60) -> list[Commission]:
    async with service.pool.acquire() as connection, connection.transaction():
        return await rendering.claim(connection, limit=limit, seconds=seconds)


async def store(service: Service, commission: Commission, *, issued_at: datetime = NOW) -> bool:
    async with service.pool.acquire() as connection, connection.transaction():
        return await store_certificate(connection, commission, Produced(b"%PDF-", "{}", ""), issued_at=issued_at, now=NOW)


async def test_work_goes_on_after_a_child_was_killed(service: Service, story: Story, fonts: Path, keys: Path) -> None:
    await make_eligible(service, story, 20)
    renderer = RenderingPool(processes=1, font_directory=fonts, keys_directory=keys)
    try:
        issuing = Issuing(service.settings, pool=service.pool, clock=service.clock, renderer=renderer)
        running = asyncio.create_task(issuing.run())
        await eventually(lambda: issued_count(service), within=60, what="the first certificate")
        [child] = renderer.children
        os.kill(child, signal.SIGKILL)
        await running
        broken_off = await service.pool.fetchval("SELECT count(*) FROM certificates WHERE attempts > 0")
        assert broken_off > 0, "the child was killed in the middle of its work"
        while await issuing.run():
            pass
    finally:
        renderer.close()
    certificates = await service.certificates()
    assert [row["state"] for row in certificates] == ["issued"] * 20
    issued = [event.serial for event in await service.published() if isinstance(event, CertificateIssued)]
    assert sorted(issued) == sorted(row["serial"] for row in certificates)


async def test_keys_that_are_not_there_are_no_fault_of_a_certificate(
    service: Service, story: Story, fonts: Path, keys: Path, tmp_path: Path
) -> None:
    folder, away = tmp_path / "keys", tmp_path / "away"
    shutil.copytree(keys, folder)
    await make_eligible(service, story, 2)
    renderer = RenderingPool(processes=1, font_directory=fonts, keys_directory=folder)
    (folder / "seal-1.key").rename(away)
    try:
        issuing = Issuing(service.settings, pool=service.pool, clock=service.clock, renderer=renderer)
        for _ in range(4):
            with pytest.raises(KeysUnusableError, match=r"seal-1\.key"):
                await issuing.run()
        waiting = await service.pool.fetch("SELECT state, attempts, error, lease FROM certificates")
        assert [tuple(row) for row in waiting] == [("eligible", 0, None, None)] * 2
        away.rename(folder / "seal-1.key")
        while await issuing.run():
            pass
    finally:
        renderer.close()
    assert [row["state"] for row in await service.certificates()] == ["issued"] * 2


async def issued_count(service: Service) -> int:
    return int(await service.pool.fetchval("SELECT count(*) FROM certificates WHERE state = 'issued'"))


async def test_two_workers_never_hold_the_same_certificate(service: Service, story: Story) -> None:
    await make_eligible(service, story, 10)
    first, second = await asyncio.gather(claim(service, limit=6), claim(service, limit=6))
    held = [commission.registration_id for commission in first + second]
    assert len(held) == len(set(held)) == 10
    assert await claim(service) == []


async def test_only_the_holder_of_the_lease_may_store(service: Service, story: Story) -> None:
    await make_eligible(service, story, 1)
    [slow] = await claim(service, seconds=0)
    [quick] = await claim(service)
    assert quick.lease != slow.lease
    assert await store(service, quick)
    assert not await store(service, slow)
    [certificate] = await service.certificates()
    assert certificate["state"] == "issued"
    assert await service.pool.fetchval("SELECT count(*) FROM documents") == 1


async def test_what_was_broken_off_comes_alone(service: Service, story: Story) -> None:
    await make_eligible(service, story, 4)
    taken = await claim(service, limit=2, seconds=0)
    assert len(taken) == 2
    assert [commission.attempts for commission in await claim(service)] == [0, 0]
    for _ in taken:
        [alone] = await claim(service)
        assert alone.attempts == 1


async def test_a_name_corrected_while_rendering_is_rendered_anew(service: Service, story: Story) -> None:
    await make_eligible(service, story, 1)
    [commission] = await claim(service)
    story.named(commission.registration_id, "Person Ž")
    await service.read_all(story)
    assert not await store(service, commission)
    await service.work()
    [certificate] = await service.certificates()
    assert (certificate["name"], certificate["edition"]) == ("Person Ž", 1)


async def test_a_newer_record_of_the_workshop_that_changes_nothing_printed_discards_nothing(service: Service, story: Story) -> None:
    await make_eligible(service, story, 1)
    [commission] = await claim(service)
    story.workshop(workshop_record(version=2, state="completed", summary={"en": "Another summary"}, capacity=70))
    await service.read_all(story)
    assert await store(service, commission)
    await service.work()
    assert [(row["state"], row["edition"]) for row in await service.certificates()] == [("issued", 1)]


@pytest.mark.parametrize("change", [{"title": {"en": "Another title"}}, {"time_zone": "Asia/Tbilisi"}])
async def test_a_workshop_that_prints_otherwise_while_rendering_is_rendered_anew(
    service: Service, story: Story, change: dict[str, Any]
) -> None:
    await make_eligible(service, story, 1)
    [commission] = await claim(service)
    story.workshop(workshop_record(version=2, **change))
    await service.read_all(story)
    assert not await store(service, commission, issued_at=datetime(2023, 10, 26, 21, 0, tzinfo=UTC))
    await service.work()
    [certificate] = await service.certificates()
    assert (certificate["state"], certificate["edition"]) == ("issued", 1)


async def test_a_warm_pool_has_its_children_before_the_first_rendering(fonts: Path, keys: Path) -> None:
    renderer = RenderingPool(processes=2, font_directory=fonts, keys_directory=keys)
    try:
        renderer.warm()
        warmed = renderer.children
        assert len(warmed) == 2
        assert (await renderer.produce(order("Ana"))).pdf.startswith(b"%PDF-")
        assert renderer.children == warmed
    finally:
        renderer.close()


async def test_an_erasure_while_rendering_leaves_nothing_to_store(service: Service, story: Story) -> None:
    await make_eligible(service, story, 1)
    [commission] = await claim(service)
    story.erased(commission.registration_id)
    await service.read_all(story)
    assert not await store(service, commission)
    assert await service.pool.fetchval("SELECT count(*) FROM documents") == 0


async def test_children_leave_when_their_parent_is_killed(fonts: Path, keys: Path, tmp_path: Path) -> None:
    program = f"""
import asyncio
from pathlib import Path
from typing import Any
from services.certificates.document.pool import RenderingPool
from tests.component.certificates.wordings import order
async def main():
    pool = RenderingPool(processes=1, font_directory=Path({str(fonts)!r}), keys_directory=Path({str(keys)!r}))
    await pool.produce(order("Ana"))
    print(*pool.children, flush=True)
    await asyncio.sleep(600)
if __name__ == "__main__":
    asyncio.run(main())
"""
    script = tmp_path / "parent.py"
    script.write_text(program)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    parent = await asyncio.create_subprocess_exec(sys.executable, str(script), stdout=asyncio.subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    child = int(await asyncio.wait_for(parent.stdout.readline(), 60))
    parent.kill()
    await parent.wait()
    await eventually(lambda: not psutil.pid_exists(child), within=10, what="the orphan to leave")
