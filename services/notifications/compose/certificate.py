"""A certificate was issued."""

from services.notifications.compose.letter import Action, Detail, Letter
from services.notifications.compose.scene import Scene


def compose_certificate(scene: Scene) -> Letter:
    """With the way to its public page, from which it can be had as PDF."""
    serial = scene.message.occurrence.rpartition(":")[0]
    token = scene.message.certificate_token or ""
    return Letter(
        subject=scene.say("Your certificate: {title}", title=scene.title),
        state=scene.say("Your certificate is ready"),
        title=scene.title,
        lead=(
            scene.say("Open it, save it, and print it if you like."),
            scene.say("Whoever scans the code on it, or opens its page, sees that it is genuine."),
        ),
        action=Action(scene.say("Open your certificate"), scene.link(f"/certificates/{token}.pdf")),
        details=scene.details(
            Detail(scene.say("Certificate"), serial),
            Detail(scene.say("Its page"), scene.link(f"/verify/{token}")),
        ),
        footnotes=scene.footnotes(),
    )
