"""Words for the codes that messages carry, so that no page shows a code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Word = tuple[str, str]
"""The word itself, and the tone it is shown in: good, waiting, wrong or soft."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words by code, in one language."""

    states: Mapping[str, Word]
    workshop_states: Mapping[str, Word]
    purposes: Mapping[str, str]
    reasons: Mapping[str, str]
    facts: Mapping[str, str]
    audiences: Mapping[str, str]


def words(_: Callable[..., str]) -> Words:
    """All of them; `_` translates."""
    return Words(
        states={
            "planned": (_("planned"), "soft"),
            "claimed": (_("about to leave"), "waiting"),
            "sending": (_("being sent"), "waiting"),
            "sent": (_("sent"), "good"),
            "skipped": (_("skipped"), "soft"),
            "uncertain": (_("uncertain"), "waiting"),
            "failed": (_("failed"), "wrong"),
        },
        workshop_states={
            "draft": (_("draft"), "waiting"),
            "open": (_("open"), "good"),
            "cancelled": (_("cancelled"), "wrong"),
            "completed": (_("completed"), "soft"),
        },
        purposes={
            "confirmation": _("Confirmation"),
            "waiting": _("Waiting list"),
            "promotion": _("Moved up"),
            "withdrawal": _("Withdrawal"),
            "link": _("Personal link"),
            "reminder": _("Reminder"),
            "reminder_now": _("Reminder on request"),
            "rescheduled": _("New dates"),
            "cancelled": _("Cancellation"),
            "announcement": _("Announcement"),
            "certificate": _("Certificate"),
            "certificate_revoked": _("Certificate withdrawn"),
        },
        reasons={
            "past": _("its time was past"),
            "withdrawn": _("the registration was withdrawn"),
            "superseded": _("overtaken"),
            "cancelled": _("the workshop was cancelled"),
            "completed": _("the workshop was completed"),
            "not_attended": _("the person was at no session"),
            "not_announced": _("the certificate had never been mailed"),
            "erased": _("the person was erased"),
        },
        facts={
            "workshop.rescheduled.v1": _("by new dates"),
            "workshop.cancelled.v1": _("by the cancellation"),
            "workshop.completed.v1": _("by the completion"),
            "registration.withdrawn.v1": _("by the withdrawal"),
            "registration.erased.v1": _("by the erasure"),
        },
        audiences={"confirmed": _("to all confirmed"), "attended": _("to those who attended")},
    )
