"""A certificate was issued."""

from services.notifications.compose.letter import Action, Detail, Letter
from services.notifications.compose.scene import Scene


def compose_certificate(scene: Scene) -> Letter:
    """With the way to its public page, from which it can be had as PDF, and with what it replaces of that the reader was sent."""
    serial = scene.message.occurrence.rpartition(":")[0]
    token = scene.message.certificate_token or ""
    replaced = scene.message.situation.certificate_replaces
    return Letter(
        subject=scene.say("Your new certificate: {title}", title=scene.title)
        if replaced
        else scene.say("Your certificate: {title}", title=scene.title),
        state=scene.say("Your new certificate is ready") if replaced else scene.say("Your certificate is ready"),
        title=scene.title,
        lead=(
            *(_in_place_of(scene, replaced) if replaced else ()),
            scene.say("Open it, save it, and print it if you like."),
            scene.say("Whoever scans the code on it, or opens its page, sees that it is genuine."),
        ),
        action=Action(scene.say("Open your certificate"), scene.link(f"/certificates/{token}.pdf")),
        details=scene.details(
            Detail(scene.say("Certificate"), serial),
            Detail(scene.say("Its page"), scene.link(f"/verify/{token}")),
        ),
        footnotes=scene.footnotes(),
        shared=False,
    )


def _in_place_of(scene: Scene, serial: str) -> tuple[str, str]:
    return (
        scene.say("This certificate replaces {serial}, which is not valid any more.", serial=serial),
        scene.say("If you gave the old one to somebody, please give them the new one."),
    )
