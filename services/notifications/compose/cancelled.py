"""The workshop does not take place."""

from services.notifications.compose.letter import CalendarFile, Letter
from services.notifications.compose.scene import Scene
from services.notifications.domain.message import Standing
from shared.contracts.workshop_events import WorkshopCancelled


def compose_cancelled(scene: Scene) -> Letter:
    """With the organiser's reason, and a calendar file that takes the dates away."""
    fact = scene.message.fact
    reason = scene.text(fact.reason) if isinstance(fact, WorkshopCancelled) else ""
    confirmed = scene.message.situation.standing is Standing.CONFIRMED
    more = [*reason.split("\n\n")] if reason else []
    if confirmed:
        more.append(scene.say("The file attached takes the dates out of your calendar."))
    return Letter(
        subject=scene.say("Cancelled: {title}, {days}", title=scene.title, days=scene.days),
        state=scene.say("The workshop is cancelled"),
        title=scene.title,
        lead=(
            scene.say("Please cancel your travel, and whatever else you have booked for {days}.", days=scene.days)
            if confirmed
            else scene.say("The workshop on {days} does not take place, and the waiting list is closed.", days=scene.days),
            scene.say("We are sorry. There is nothing you need to do with your registration."),
        ),
        more=tuple(more),
        details=scene.details(),
        footnotes=scene.footnotes(),
        calendar=CalendarFile.CANCEL if confirmed else CalendarFile.NONE,
    )
