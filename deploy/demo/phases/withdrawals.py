"""Confirmed people withdraw on their personal pages, and the first in line move up."""

from deploy.demo.cast import choose_withdrawing
from deploy.demo.phases.personal_page import find_personal_page
from deploy.demo.promised import PROMISED
from deploy.demo.stage import Stage, Story
from deploy.demo.visitor import Visitor

EARLY = "2023-09-20T10:00"
LATE = "2023-10-19T10:00"


async def withdraw_early(stage: Stage, story: Story) -> None:
    """Before the first reminder."""
    await _withdraw(stage, story, EARLY, PROMISED.withdrawn_before_first_reminder)


async def withdraw_late(stage: Stage, story: Story) -> None:
    """Between the first reminder and the second."""
    await _withdraw(stage, story, LATE, PROMISED.withdrawn_between_reminders)


async def _withdraw(stage: Stage, story: Story, moment: str, how_many: int) -> None:
    await stage.clock.advance_to(story.at(moment))
    leaving = choose_withdrawing(await story.confirmed(stage), how_many, stage.chance)
    for address in stage.show.each(leaving, len(leaving)):
        page = await find_personal_page(stage.inbox, address)
        async with Visitor(stage.front_door, story.applicants[address].language) as visitor:
            await visitor.press(page, "/withdraw")
        await stage.settle()
