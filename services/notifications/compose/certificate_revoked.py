"""A certificate is no longer valid."""

from services.notifications.compose.letter import Detail, Letter
from services.notifications.compose.scene import Scene


def compose_certificate_revoked(scene: Scene) -> Letter:
    """Says which one, and whom to ask."""
    serial = scene.message.occurrence.rpartition(":")[0]
    contact = scene.message.workshop.contact
    return Letter(
        subject=scene.say("Certificate withdrawn: {title}", title=scene.title),
        state=scene.say("Your certificate is no longer valid"),
        title=scene.title,
        lead=(
            scene.say("Please do not use the certificate {serial} any more. Its page says that it is not valid.", serial=serial),
            scene.say("If you think that this is a mistake, please write to {contact}.", contact=contact)
            if contact
            else scene.say("If you think that this is a mistake, please ask the organisers."),
        ),
        details=scene.details(Detail(scene.say("Certificate"), serial)),
        footnotes=scene.footnotes(),
    )
