"""A reminder that an organiser asked for just now."""

from services.notifications.compose.letter import Letter
from services.notifications.compose.reminder import compose_notice
from services.notifications.compose.scene import Scene


def compose_reminder_now(scene: Scene) -> Letter:
    """The same notice as a planned one, whatever the day."""
    return compose_notice(scene, scene.say("Reminder"))
