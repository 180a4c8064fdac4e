"""Somebody submitted this address again: its owner gets the personal link."""

from services.notifications.compose.letter import Letter
from services.notifications.compose.scene import Scene


def compose_link(scene: Scene) -> Letter:
    """Says that nothing has changed."""
    return Letter(
        subject=scene.say("Your registration: {title}", title=scene.title),
        state=scene.say("You are registered already"),
        title=scene.title,
        lead=(
            scene.say("Somebody, most likely you, registered with this address again. Nothing has changed."),
            scene.say("Your page shows your registration and lets you withdraw it."),
        ),
        action=scene.personal_page(),
        more=(scene.say("If it was not you, there is nothing you need to do: nobody else was told that you are registered."),),
        details=scene.details(),
        closing=(scene.say("The link to your page is meant for you alone: whoever has it can change your registration."),),
        footnotes=scene.footnotes(),
    )
