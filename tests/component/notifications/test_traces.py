"""Sending a message continues the trace of the fact that caused it, also when the fact is about a whole workshop."""

import json
from pathlib import Path

from shared.contracts.notifications import NotificationSent
from shared.runtime.tracing import recording
from tests.component.notifications.conftest import World
from tests.component.notifications.story import Story


async def test_a_mail_is_a_child_of_what_caused_it(world: World, story: Story, tmp_path: Path) -> None:
    ana = story.person("Ana")
    file = tmp_path / "spans"
    async with recording(world.settings.model_copy(update={"traces_file": file}), "notifications", process="worker"):
        heard = await world.live(story)
        story.announce()
        await world.live(story, heard=heard)
    spans = [json.loads(line) for line in _content(file).splitlines()]
    sent = {one["attributes"]["atelier.purpose"]: one for one in spans if one["name"] == "send mail"}
    for purpose, cause in {"confirmation": "registration.confirmed.v1", "announcement": "workshop.announced.v1"}.items():
        [heard_of] = [one for one in spans if one["name"] == f"process {cause}"]
        assert (sent[purpose]["trace_id"], sent[purpose]["parent_id"]) == (heard_of["trace_id"], heard_of["span_id"]), purpose
        assert sent[purpose]["attributes"]["atelier.outcome"] == "sent"
        assert sent[purpose]["attributes"]["atelier.key"] == str(ana)
    rows = await world.pool.fetch("SELECT traceparent FROM outbox WHERE type = $1", NotificationSent.type)
    assert {row["traceparent"].split("-")[2] for row in rows} == {one["span_id"] for one in sent.values()}
    assert not any(secret in _content(file) for secret in ("Ana", "example.org", "/my/"))


def _content(file: Path) -> str:
    return file.read_text()
