"""The registration was withdrawn."""

from services.notifications.compose.letter import CalendarFile, Letter
from services.notifications.compose.scene import Scene


def compose_withdrawal(scene: Scene) -> Letter:
    """With a calendar file that takes the dates away again, for those who had a place and so got the dates."""
    had_place = scene.message.situation.ever_confirmed
    return Letter(
        subject=scene.say("Withdrawn: {title}, {days}", title=scene.title, days=scene.days),
        state=scene.say("Your registration is withdrawn"),
        title=scene.title,
        lead=(
            scene.say("You get no further reminders, and there is nothing you need to do."),
            scene.say("If this was a mistake, please register again: you join at the end of the line."),
        ),
        more=(scene.say("The file attached takes the dates out of your calendar."),) if had_place else (),
        details=scene.details(),
        footnotes=scene.footnotes(),
        calendar=CalendarFile.CANCEL if had_place else CalendarFile.NONE,
    )
