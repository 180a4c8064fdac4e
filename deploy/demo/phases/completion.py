"""The organiser completes the workshop, and certificates are made and mailed."""

from datetime import timedelta

from deploy.demo.stage import Stage, Story

AFTER_END = timedelta(minutes=30)


async def complete(stage: Stage, story: Story) -> None:
    """Half an hour after the last session."""
    await stage.clock.advance_to(story.at(story.announcement["sessions"][-1]["ends"]) + AFTER_END)
    await stage.organiser.command(story.workshop_id, "complete")
    await stage.settle()
