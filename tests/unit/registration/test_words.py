"""What pages call the codes that are stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.registration.storage.reports import MailReport
from services.registration.web.words import words

ENDS = datetime(2023, 10, 26, 15, 0, tzinfo=UTC)


def test_what_a_reminders_rule_sends_when_the_workshop_is_over_is_no_reminder() -> None:
    mail = MailReport("reminder", "eve:2023-10-24", "sent", "en", ENDS - timedelta(days=3), ENDS, ENDS, None, None)
    vocabulary = words(str)
    assert vocabulary.purpose(mail, ENDS) == "Reminder"
    assert vocabulary.purpose(replace(mail, due_at=ENDS + timedelta(days=3)), ENDS) == "After the workshop"
    assert vocabulary.purpose(replace(mail, purpose="certificate", due_at=ENDS + timedelta(hours=1)), ENDS) == "Certificate"
