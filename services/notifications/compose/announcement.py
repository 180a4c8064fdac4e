"""The organiser's own words to all confirmed participants."""

from services.notifications.compose.letter import Letter
from services.notifications.compose.scene import Scene
from shared.contracts.workshop_events import WorkshopAnnounced


def compose_announcement(scene: Scene) -> Letter:
    """Subject and body as the organiser wrote them, in one piece; an empty line begins a new paragraph."""
    fact = scene.message.fact
    if not isinstance(fact, WorkshopAnnounced):
        raise TypeError("an announcement needs the fact with its words")
    paragraphs = [paragraph.strip() for paragraph in scene.text(fact.body).replace("\r\n", "\n").split("\n\n") if paragraph.strip()]
    return Letter(
        subject=f"{scene.text(fact.subject)} \u2013 {scene.title}",
        state=" \u00b7 ".join((scene.say("A message from the organisers"), scene.title)),
        title=scene.text(fact.subject),
        lead=("\n\n".join(paragraphs),),
        action=scene.personal_page(),
        details=scene.details(),
        footnotes=scene.footnotes(),
    )
