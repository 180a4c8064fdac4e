"""An organiser enters the announcement and opens the registration."""

from deploy.demo.stage import Stage, Story

OPENS = "2023-09-04T09:00"
STARTS = "2023-09-03T09:00"
"""A day before: business time goes on while everything starts, however slow the machine."""
NOT_FOR_THE_ORGANISER = {"applicants", "_notes"}
"""Parts of the announcement's file that belong to the story, not to the workshop."""

CONTACT = "training@atelier.example"
PRIVACY = {
    "controller": {
        "en": "Atelier demonstration office, 1 Example Quay, Strasbourg",
        "fr": "Bureau de démonstration d'Atelier, 1 quai de l'Exemple, Strasbourg",
    },
    "purpose": {
        "en": "Organising this training course: places, mails, attendance and certificates.",
        "fr": "Organiser cette formation : places, courriels, présence et attestations.",
    },
    "retention": {
        "en": "One year after the last day; certificates can be verified for as long as you do not ask for erasure.",
        "fr": "Un an après le dernier jour ; les attestations restent vérifiables tant que vous n\u2019en demandez pas l\u2019effacement.",
    },
}


async def open_registration(stage: Stage, story: Story) -> None:
    """Create the workshop as a draft and open it, on the morning of 4 September 2023 in Strasbourg."""
    await stage.clock.advance_to(story.at(OPENS))
    described = {name: value for name, value in story.announcement.items() if name not in NOT_FOR_THE_ORGANISER}
    created = await stage.organiser.create_workshop(described | {"slug": story.slug, "contact": CONTACT, "privacy": PRIVACY})
    story.workshop_id = created["id"]
    await stage.organiser.command(story.workshop_id, "open")
    await stage.settle()
