"""A planned reminder of what is to come, or thanks for what has been."""

from zoneinfo import ZoneInfo

from services.notifications.compose.letter import Action, Letter
from services.notifications.compose.scene import Scene
from services.notifications.domain.reminder_plan import anchor_date
from shared.contracts.workshops import ReminderRule

_WEEK = 7


def compose_reminder(scene: Scene) -> Letter:
    """A reminder before the workshop, or a follow-up after it, as its rule has it."""
    rule = next((rule for rule in scene.message.workshop.reminders if rule.id == scene.message.rule_id), None)
    if rule is not None and (rule.audience == "attended" or rule.anchor == "end"):
        return _follow_up(scene)
    return compose_notice(scene, _how_soon(scene, rule))


def compose_notice(scene: Scene, how_soon: str) -> Letter:
    """What is to come; `how_soon` begins the subject."""
    return Letter(
        subject=scene.say("{how_soon}: {title}, {days}", how_soon=how_soon, title=scene.title, days=scene.days),
        state=how_soon,
        title=scene.title,
        lead=(
            scene.say("We look forward to seeing you in {city}. The times below are those of {city}.", city=scene.city),
            scene.say("If you cannot come, please withdraw on your page today, so that the next in line can have the place."),
        ),
        action=scene.personal_page(),
        details=scene.details(),
        sessions=scene.sessions(),
        footnotes=scene.footnotes(),
    )


def _how_soon(scene: Scene, rule: ReminderRule | None) -> str:
    if rule is None:
        return scene.say("Reminder")
    # From the day on which it is read, not from the rule: a message that is late by its grace may leave after midnight.
    today = scene.now.astimezone(ZoneInfo(scene.message.workshop.time_zone)).date()
    days = (anchor_date(rule, scene.message.workshop.sessions) - today).days
    if days < 0:
        return scene.say("Reminder")
    if days == 0:
        return scene.say("Today")
    if days == 1:
        return scene.say("Tomorrow")
    if days == _WEEK:
        return scene.say("In one week")
    return scene.say("In {days} days", days=days)


def _follow_up(scene: Scene) -> Letter:
    workshop = scene.message.workshop
    lead = [scene.say("Thank you for taking part in {city}, and for what you brought to the workshop.", city=scene.city)]
    if workshop.certificate is not None:
        lead.append(scene.say("If you have earned a certificate, it comes in a message of its own; you find it on your page too."))
    return Letter(
        subject=scene.say("Thank you: {title}", title=scene.title),
        state=scene.say("Thank you"),
        title=scene.title,
        lead=tuple(lead),
        action=Action(scene.say("Open your page"), scene.link(scene.message.recipient.personal_page)),
        details=scene.details(),
        footnotes=scene.footnotes(),
    )
