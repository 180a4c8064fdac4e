"""People are checked in at the door, day by day."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from deploy.demo.cast import choose_attendance
from deploy.demo.promised import PROMISED
from deploy.demo.stage import Stage, Story

DOORS = 4
"""So many people are checked in at the same time."""
AFTER_START = timedelta(minutes=5)


async def check_in(stage: Stage, story: Story) -> None:
    """For each session, shortly after it began, everyone who came."""
    sessions = story.announcement["sessions"]
    story.attendance = choose_attendance(
        await story.confirmed(stage),
        [session["code"] for session in sessions],
        at_least_one=PROMISED.attended,
        enough=PROMISED.attended_enough,
        minimum_sessions=story.announcement["certificate"]["minimum_sessions"],
        chance=stage.chance,
    )
    for session in sessions:
        await stage.clock.advance_to(story.at(session["starts"]) + AFTER_START)
        await _admit(stage, story, session)
        await stage.settle()


async def _admit(stage: Stage, story: Story, session: Mapping[str, Any]) -> None:
    doors = asyncio.Semaphore(DOORS)

    async def admit(address: str) -> None:
        async with doors:
            await stage.organiser.check_in(story.registration_ids[address], session["code"])

    async with asyncio.TaskGroup() as group:
        for address, codes in story.attendance.items():
            if session["code"] in codes:
                group.create_task(admit(address))
