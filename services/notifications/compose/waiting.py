"""No place was free: the registration waits in the line."""

from services.notifications.compose.letter import Letter
from services.notifications.compose.scene import Scene


def compose_waiting(scene: Scene) -> Letter:
    """Without a calendar file: there is nothing to be held free for certain."""
    return Letter(
        subject=scene.say("On the waiting list: {title}, {days}", title=scene.title, days=scene.days),
        state=scene.say("You are on the waiting list"),
        title=scene.title,
        lead=(
            scene.say("All places are taken for now. There is nothing you need to do."),
            scene.say("As soon as a place becomes free and you are first in line, it is yours and we write to you at once."),
        ),
        action=scene.personal_page(),
        more=(scene.say("If you no longer want a place, please withdraw on your page, so that others move up."),),
        details=scene.details(),
        sessions=scene.sessions(),
        closing=(scene.say("The link to your page is meant for you alone: whoever has it can change your registration."),),
        footnotes=scene.footnotes(),
    )
