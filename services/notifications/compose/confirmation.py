"""A place was free: it is confirmed."""

from services.notifications.compose.letter import CalendarFile, Letter
from services.notifications.compose.scene import Scene


def compose_confirmation(scene: Scene) -> Letter:
    """With the timetable as a calendar file."""
    return Letter(
        subject=scene.say("Confirmed: {title}, {days}", title=scene.title, days=scene.days),
        state=scene.say("Your place is confirmed"),
        title=scene.title,
        lead=(
            scene.say("Put the dates into your calendar with the file attached to this message."),
            scene.say("If you cannot come after all, please withdraw on your page, so that somebody else can have the place."),
        ),
        action=scene.personal_page(),
        details=scene.details(),
        sessions=scene.sessions(),
        closing=(scene.say("The link to your page is meant for you alone: whoever has it can change your registration."),),
        footnotes=scene.footnotes(),
        calendar=CalendarFile.PUBLISH,
    )
