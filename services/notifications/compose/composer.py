"""From a message that is to leave to the mail that carries it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from services.notifications.compose.announcement import compose_announcement
from services.notifications.compose.calendar import Versioned, make_calendar
from services.notifications.compose.cancelled import compose_cancelled
from services.notifications.compose.certificate import compose_certificate
from services.notifications.compose.certificate_revoked import compose_certificate_revoked
from services.notifications.compose.confirmation import compose_confirmation
from services.notifications.compose.letter import CalendarFile, Letter
from services.notifications.compose.link import compose_link
from services.notifications.compose.mime import Calendar, Headers, Mailbox, UnsendableAddressError, build_mail, parse_mailbox
from services.notifications.compose.promotion import compose_promotion
from services.notifications.compose.reminder import compose_reminder
from services.notifications.compose.reminder_now import compose_reminder_now
from services.notifications.compose.render import render_html, render_text
from services.notifications.compose.rescheduled import compose_rescheduled
from services.notifications.compose.scene import Scene
from services.notifications.compose.waiting import compose_waiting
from services.notifications.compose.withdrawal import compose_withdrawal
from services.notifications.domain.message import Purpose
from services.notifications.domain.message_id import message_id_header
from services.notifications.domain.outgoing import Outgoing
from shared.contracts.workshop_events import WorkshopRescheduled
from shared.web.languages import OFFERED, read_catalogues

COMPOSERS: Mapping[Purpose, Callable[[Scene], Letter]] = {
    Purpose.CONFIRMATION: compose_confirmation,
    Purpose.WAITING: compose_waiting,
    Purpose.PROMOTION: compose_promotion,
    Purpose.WITHDRAWAL: compose_withdrawal,
    Purpose.LINK: compose_link,
    Purpose.REMINDER: compose_reminder,
    Purpose.REMINDER_NOW: compose_reminder_now,
    Purpose.RESCHEDULED: compose_rescheduled,
    Purpose.CANCELLED: compose_cancelled,
    Purpose.ANNOUNCEMENT: compose_announcement,
    Purpose.CERTIFICATE: compose_certificate,
    Purpose.CERTIFICATE_REVOKED: compose_certificate_revoked,
}

_CATALOGUE = Path(__file__).parent / "catalogue"


@dataclass(frozen=True, slots=True)
class ComposedMail:
    """A mail ready to be handed over. `sender` and `recipient` are the envelope's; `letter` and `text` are for looking at."""

    sender: Mailbox
    recipient: Mailbox
    content: bytes
    language: str
    letter: Letter
    text: str
    html: str


class Composer:
    """Composes mails.

    Args:
        mail_from: the sender's address; calendars and Message-IDs are named after its domain.
        mail_from_name: the name beside it.
        public_url: where links lead.
    """

    def __init__(self, *, mail_from: str, mail_from_name: str, public_url: str) -> None:
        self._sender = parse_mailbox(mail_from)
        self._sender_name = mail_from_name
        self._public_url = public_url

    def compose(self, message: Outgoing, *, now: datetime) -> ComposedMail:
        """One mail in the recipient's language. `now`, business time, becomes its date.

        Raises:
            UnsendableAddressError: the recipient's address is none.
        """
        recipient = message.recipient
        language = recipient.language if recipient.language in OFFERED else OFFERED[0]
        scene = Scene(message, language, _phrases(language), self._public_url, now)
        letter = COMPOSERS[message.purpose](scene)
        to = parse_mailbox(recipient.address)
        text, html = render_text(letter, scene), render_html(letter, scene)
        content = build_mail(
            sender=(self._sender_name, self._sender),
            recipient=(f"{recipient.given_name} {recipient.family_name}", to),
            reply_to=_contact(message.workshop.contact),
            subject=letter.subject,
            text=text,
            html=html,
            headers=Headers(
                message_id=message_id_header(message.message_id, self._sender.domain),
                date=now,
                purpose=message.purpose.value,
                occurrence=message.occurrence,
                registration=str(message.registration_id),
                language=language,
            ),
            calendar=self._calendar(letter, message, language),
        )
        return ComposedMail(self._sender, to, content, language, letter, text, html)

    def _calendar(self, letter: Letter, message: Outgoing, language: str) -> Calendar | None:
        if letter.calendar is CalendarFile.NONE:
            return None
        content = make_calendar(
            Versioned(message.workshop, message.workshop_recorded_at),
            letter.calendar,
            language=language,
            domain=self._sender.domain,
            organiser_address=message.workshop.contact or str(self._sender),
            dropped=message.fact.previous if isinstance(message.fact, WorkshopRescheduled) else (),
        )
        return Calendar(content, "CANCEL" if letter.calendar is CalendarFile.CANCEL else "PUBLISH")


def _contact(address: str) -> Mailbox | None:
    # What an organiser mistyped must not keep participants from their mail.
    try:
        return parse_mailbox(address)
    except UnsendableAddressError:
        return None


@lru_cache(maxsize=16)
def _phrases(language: str) -> Callable[[str], str]:
    catalogue = read_catalogues([_CATALOGUE], language)
    return catalogue.gettext
