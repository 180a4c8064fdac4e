"""Reminders go out at their wall-clock times in Strasbourg."""

from deploy.demo.stage import Stage, Story


async def first_reminder(stage: Stage, story: Story) -> None:
    """A week before, in the morning."""
    await _wait_for_reminder(stage, story, "week-before")


async def second_reminder(stage: Stage, story: Story) -> None:
    """On the eve."""
    await _wait_for_reminder(stage, story, "eve")


async def follow_up(stage: Stage, story: Story) -> None:
    """On the day on which the clocks changed: five in the afternoon is an hour later than it was the day before."""
    await _wait_for_reminder(stage, story, "follow-up")


async def _wait_for_reminder(stage: Stage, story: Story, rule_id: str) -> None:
    moment = story.reminder_moment(rule_id)
    await stage.clock.advance_to(moment)
    await stage.settle()
