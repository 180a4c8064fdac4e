"""The workshop has other dates."""

from services.notifications.compose.letter import CalendarFile, Detail, Letter
from services.notifications.compose.scene import Scene
from services.notifications.domain.message import Standing
from shared.contracts.workshop_events import WorkshopRescheduled


def compose_rescheduled(scene: Scene) -> Letter:
    """Names the dates until now beside the new ones; the calendar file moves what is in the calendar."""
    fact = scene.message.fact
    if not isinstance(fact, WorkshopRescheduled):
        raise TypeError("a message about new dates needs the fact that tells of them")
    confirmed = scene.message.situation.standing is Standing.CONFIRMED
    previous, current = scene.days_of(fact.previous), scene.days
    moved = scene.say("The workshop now takes place on {days}: please check that you can come.", days=current)
    if previous == current:
        moved = scene.say("The hours of the workshop have changed: please look at the timetable below.")
    return Letter(
        subject=scene.say("New dates: {title}, {days}", title=scene.title, days=current),
        state=scene.say("The dates have changed"),
        title=scene.title,
        lead=(
            moved,
            scene.say("You keep your place. If you cannot come, please withdraw on your page, so that the next in line can have it.")
            if confirmed
            else scene.say("You keep your place in the waiting list. If the new dates do not suit you, please withdraw on your page."),
        ),
        action=scene.personal_page(),
        more=(scene.say("The file attached changes the dates in your calendar."),) if confirmed else (),
        details=scene.details(Detail(scene.say("Until now"), previous)),
        sessions=scene.sessions(),
        footnotes=scene.footnotes(),
        calendar=CalendarFile.PUBLISH if confirmed else CalendarFile.NONE,
    )
