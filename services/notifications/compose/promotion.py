"""First in line when a place became free: confirmed from now on."""

from services.notifications.compose.letter import CalendarFile, Letter
from services.notifications.compose.scene import Scene


def compose_promotion(scene: Scene) -> Letter:
    """With the timetable as a calendar file."""
    return Letter(
        subject=scene.say("You have a place: {title}, {days}", title=scene.title, days=scene.days),
        state=scene.say("A place has become free, and it is yours"),
        title=scene.title,
        lead=(
            scene.say("Put the dates into your calendar with the file attached to this message."),
            scene.say("If you can no longer come, please withdraw on your page today, so that the next in line can have the place."),
        ),
        action=scene.personal_page(),
        details=scene.details(),
        sessions=scene.sessions(),
        closing=(scene.say("The link to your page is meant for you alone: whoever has it can change your registration."),),
        footnotes=scene.footnotes(),
        calendar=CalendarFile.PUBLISH,
    )
