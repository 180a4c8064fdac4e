"""A certificate is no longer valid."""

from services.notifications.compose.letter import Detail, Letter
from services.notifications.compose.scene import Scene


def compose_certificate_revoked(scene: Scene) -> Letter:
    """Says which one, why, where that can be read, and whom to ask."""
    serial = scene.message.occurrence.rpartition(":")[0]
    token = scene.message.certificate_token
    contact = scene.message.workshop.contact
    return Letter(
        subject=scene.say("Certificate withdrawn: {title}", title=scene.title),
        state=scene.say("Your certificate is no longer valid"),
        title=scene.title,
        lead=(
            scene.say("Please do not use the certificate {serial} any more. Its page says that it is not valid.", serial=serial),
            *_not_yet_told(scene),
            *_reason(scene),
            scene.say("If you think that this is a mistake, please write to {contact}.", contact=contact)
            if contact
            else scene.say("If you think that this is a mistake, please ask the organisers."),
        ),
        details=scene.details(
            Detail(scene.say("Certificate"), serial),
            *([Detail(scene.say("Its page"), scene.link(f"/verify/{token}"))] if token else []),
        ),
        footnotes=scene.footnotes(),
        shared=False,
    )


def _not_yet_told(scene: Scene) -> list[str]:
    """The one they hold, where it was replaced by one that was never mailed: nobody has told them."""
    situation = scene.message.situation
    if situation.certificate_announced or situation.certificate_replaces is None:
        return []
    return [scene.say("The same is true of {serial}, which it had replaced.", serial=situation.certificate_replaces)]


def _reason(scene: Scene) -> list[str]:
    """The organisers' own words are on the page alone, where they want everybody to read them."""
    match scene.message.revocation_reason:
        case "attendance_corrected":
            return [scene.say("The record of your attendance was corrected, and is no longer enough for a certificate.")]
        case "withdrawn":
            return [scene.say("Your registration was withdrawn.")]
        case "no_trainer":
            return [scene.say("The organisers corrected who taught at the workshop.")]
        case "organiser":
            return [scene.say("The organisers have revoked it. If they say publicly why, you read it on its page.")]
        case _:
            return []
