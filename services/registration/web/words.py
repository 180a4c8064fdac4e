"""Words for the codes that this service stores and hears, so that no page shows a code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.registration.storage.reports import MailReport
from services.registration.web.public_form_errors import labels

Word = tuple[str, str]
"""The word itself, and the tone it is shown in: good, waiting, wrong or soft."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words by code, in one language."""

    registration_states: Mapping[str, Word]
    workshop_states: Mapping[str, Word]
    mail_states: Mapping[str, Word]
    certificate_states: Mapping[str, Word]
    purposes: Mapping[str, str]
    reasons: Mapping[str, str]
    actions: Mapping[str, str]
    fields: Mapping[str, str]
    effects: Mapping[str, str]
    actors: Mapping[str, str]
    withdrawers: Mapping[str, str]
    commands: Mapping[str, str]
    follow_up: str

    def purpose(self, mail: MailReport, ends_at: datetime) -> str:
        """What a mail is for. What a reminder's rule sends when the workshop is over (`ends_at`, UTC) reminds of nothing any more."""
        if mail.purpose == "reminder" and mail.due_at >= ends_at:
            return self.follow_up
        return self.purposes.get(mail.purpose, mail.purpose)


def words(_: Callable[..., str]) -> Words:
    """All of them; `_` translates."""
    return Words(
        registration_states={
            "confirmed": (_("confirmed"), "good"),
            "waiting": (_("waiting"), "waiting"),
            "withdrawn": (_("withdrawn"), "soft"),
            "erased": (_("erased"), "soft"),
        },
        workshop_states={
            "draft": (_("draft"), "waiting"),
            "open": (_("open"), "good"),
            "cancelled": (_("cancelled"), "wrong"),
            "completed": (_("completed"), "soft"),
        },
        mail_states={
            "sent": (_("sent"), "good"),
            "skipped": (_("skipped"), "soft"),
            "uncertain": (_("uncertain"), "waiting"),
            "failed": (_("failed"), "wrong"),
        },
        certificate_states={
            "issued": (_("issued"), "good"),
            "superseded": (_("superseded"), "soft"),
            "revoked": (_("revoked"), "wrong"),
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
            "certificate_revoked": _("Certificate revoked"),
        },
        reasons={
            "past": _("its time had passed"),
            "withdrawn": _("the person has withdrawn"),
            "superseded": _("a newer mail took its place"),
            "not_attended": _("the person was at no session"),
            "cancelled": _("the workshop was cancelled"),
            "completed": _("the workshop was completed"),
            "erased": _("the person was erased"),
            "not_announced": _("nobody had been told of it"),
            "attendance_corrected": _("the attendance was corrected"),
            "organiser": _("by an organiser"),
            "no_trainer": _("the person is no trainer"),
        },
        actions=_actions(_),
        fields=labels(_),
        effects={
            "messages_planned": _("mails planned"),
            "messages_skipped": _("mails skipped"),
            "records_deleted": _("records deleted"),
            "eligible": _("certificates earned"),
            "issued": _("certificates issued"),
            "certificates_awarded": _("certificates earned"),
            "certificates_superseded": _("certificates replaced"),
            "certificates_revoked": _("certificates revoked"),
            "certificates_withheld": _("certificates withheld"),
            "documents_deleted": _("documents deleted"),
            "errors": _("not done: see the certificates"),
        },
        actors={
            "organiser": _("an organiser"),
            "participant": _("the participant"),
            "visitor": _("the form"),
            "operator": _("the operator"),
        },
        withdrawers={
            "participant": _("the participant"),
            "organiser": _("an organiser"),
            "erasure": _("the erasure"),
        },
        commands={
            "open": _("Open registration"),
            "remind": _("Remind now"),
            "announce": _("Announce something"),
            "capacity": _("Change the number of places"),
            "reschedule": _("Reschedule"),
            "complete": _("Complete"),
            "cancel": _("Cancel the workshop"),
        },
        follow_up=_("After the workshop"),
    )


def _actions(_: Callable[..., str]) -> Mapping[str, str]:
    return {
        "workshop.create": _("Created"),
        "workshop.edit": _("Edited"),
        "workshop.open": _("Opened"),
        "workshop.reschedule": _("Rescheduled"),
        "workshop.cancel": _("Cancelled"),
        "workshop.complete": _("Completed"),
        "workshop.remind": _("Reminder asked for"),
        "workshop.announce": _("Announcement"),
        "registration.confirm": _("Registered: confirmed"),
        "registration.wait": _("Registered: waiting"),
        "registration.promote": _("Moved up"),
        "registration.request_link": _("Link asked for"),
        "registration.withdraw": _("Withdrawn"),
        "registration.attendance": _("Attendance recorded"),
        "registration.share_certificate": _("Share page switched on"),
        "registration.stop_sharing_certificate": _("Share page switched off"),
        "registration.correct": _("Details corrected"),
        "registration.erase": _("Erased"),
    }
