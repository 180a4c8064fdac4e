"""One person asks to be erased."""

from deploy.demo.cast import choose_erased
from deploy.demo.phases.certificates import keep_status_list
from deploy.demo.phases.personal_page import find_personal_page
from deploy.demo.stage import Stage, Story
from deploy.demo.visitor import Visitor

MOMENT = "2023-11-02T11:00"


async def erase(stage: Stage, story: Story) -> None:
    """A holder of a certificate presses the button on the personal page."""
    await stage.clock.advance_to(story.at(MOMENT))
    story.erased_address = choose_erased(list(story.certificate_pages), stage.chance)
    page = await find_personal_page(stage.inbox, story.erased_address)
    async with Visitor(stage.front_door, story.applicants[story.erased_address].language) as visitor:
        await visitor.press(page, "/erase")
    await stage.settle()
    await keep_status_list(stage, story, "status-list-after-erasure.json")
