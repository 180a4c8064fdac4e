"""Every message in both languages: complete, readable by machines, and safe whatever is in a name."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

import services.notifications.compose.composer as composing
from services.notifications.compose import calendar, mime, render
from services.notifications.compose.composer import ComposedMail, Composer
from services.notifications.compose.mime import UnsendableAddressError, parse_mailbox
from services.notifications.domain.message import Purpose, Standing
from services.notifications.domain.truth import Situation
from tests.unit.notifications.samples import FACT, NOW, WORKSHOP_ID, fact_for, nino, outgoing, strasbourg

COMPOSER = Composer(mail_from="atelier@example.org", mail_from_name="Atelier", public_url="https://atelier.example.org")
NAMES = [
    ("ნინო", "ბერიძე"),
    ("Անահիտ", "Հակոբյան"),
    ("Ђорђе", "Живковић"),
    ("Şahin", "Əliyev"),
    ("Ђурђа Ана-Марија", "Đokić, PhD; <x@y>"),
    ("Олена", "Квітка-Основ’яненко"),
    ("Gjergj", 'Kastrioti "Skënderbeu"'),
]


def read(mail: ComposedMail) -> EmailMessage:
    parsed = email.message_from_bytes(mail.content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def compose(purpose: Purpose, language: str = "en", **changes: object) -> tuple[ComposedMail, EmailMessage]:
    mail = COMPOSER.compose(outgoing(purpose, recipient=nino(language=language), **changes), now=NOW)
    return mail, read(mail)


def text_of(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_message_says_the_same_as_text_and_as_html(purpose: Purpose, language: str) -> None:
    mail, parsed = compose(purpose, language)
    text = " ".join(text_of(parsed, "plain").split())
    html = BeautifulSoup(text_of(parsed, "html"), "html.parser")
    assert html.html["lang"] == language
    shown = " ".join(html.body.get_text(" ", strip=True).split())
    letter = mail.letter
    said = [letter.state, *letter.lead, *letter.more, *letter.closing, *letter.footnotes]
    said += (
        [detail.value for detail in letter.details] + [line.title for line in letter.sessions] + [line.hours for line in letter.sessions]
    )
    for words in said:
        assert " ".join(words.split()) in text
        assert " ".join(words.split()) in shown
    assert [str(link["href"]) for link in html.select("a.button")] == ([letter.action.url] if letter.action else [])
    if letter.action:
        assert letter.action.url in text_of(parsed, "plain").splitlines()
    assert str(parsed["Subject"]) == letter.subject
    assert "{" not in text + shown
    assert "ნინო ბერიძე" in text


REPLACES = Situation(standing=Standing.CONFIRMED, standing_fact=FACT, certificate_replaces="STR-2023-0000")


@pytest.mark.parametrize(
    ("purpose", "changes"),
    [
        *((purpose, {}) for purpose in Purpose),
        (Purpose.CERTIFICATE, {"situation": REPLACES}),
        (Purpose.CERTIFICATE_REVOKED, {"situation": REPLACES}),
        *((Purpose.CERTIFICATE_REVOKED, {"revocation_reason": reason}) for reason in ("attendance_corrected", "withdrawn", "no_trainer")),
    ],
)
def test_french_messages_have_no_english_left(purpose: Purpose, changes: dict[str, object]) -> None:
    english, french = compose(purpose, "en", **changes)[0].letter, compose(purpose, "fr", **changes)[0].letter
    assert len(english.lead) == len(french.lead)
    own = {strasbourg().contact, "ნინო ბერიძე"}
    words = {english.state, *english.lead, *english.more, *english.closing} - own
    assert not words & {french.state, *french.lead, *french.more, *french.closing}
    assert {detail.label for detail in english.details} & {detail.label for detail in french.details} <= {"Questions"}


def test_every_phrase_is_in_the_french_catalogue() -> None:
    folder = Path(composing.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in [*folder.glob("*.py"), *folder.glob("templates/*")])
    used = set(re.findall(r'say\(\s*"([^"]+)"', source))
    with (folder / "catalogue" / "fr.po").open("rb") as file:
        translated = {message.id: message.string for message in read_po(file, locale="fr") if message.id}
    assert len(used) > 50
    assert used == {phrase for phrase, words in translated.items() if words}
    for phrase, words in translated.items():
        assert set(re.findall(r"{\w+}", str(phrase))) == set(re.findall(r"{\w+}", str(words)))


def test_every_phrase_of_the_pages_is_in_a_french_catalogue() -> None:
    web = Path(composing.__file__).parents[1] / "web"
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    used = {found[2] for found in extract_from_dir(web, methods, options_map={}, keywords={"_": None, "ngettext": (1, 2)})}
    translated: set[object] = set()
    for path in (web / "locale" / "fr.po", web.parents[2] / "shared" / "web" / "catalogue" / "fr.po"):
        with path.open("rb") as file:
            translated |= {message.id for message in read_po(file, locale="fr") if message.id and message.string}
    assert len(used) > 40
    assert not used - translated


@pytest.mark.parametrize(("given_name", "family_name"), NAMES)
def test_names_stand_as_their_owners_write_them(given_name: str, family_name: str) -> None:
    message = outgoing(Purpose.CONFIRMATION, recipient=nino(given_name=given_name, family_name=family_name))
    mail = COMPOSER.compose(message, now=NOW)
    parsed = read(mail)
    # The standard library's newer parser puts a space between two encoded words of a name; RFC 2047 and the older one do not.
    name, address = parseaddr(str(email.message_from_bytes(mail.content, policy=email.policy.compat32)["To"]))
    assert str(make_header(decode_header(name))) == f"{given_name} {family_name}"
    assert address == "nino.beridze@example.org"
    assert f"{given_name} {family_name}" in text_of(parsed, "plain")
    assert f"{given_name} {family_name}" in BeautifulSoup(text_of(parsed, "html"), "html.parser").get_text()


@settings(deadline=None)
@given(name=st.text(min_size=1, max_size=60), title=st.text(min_size=1, max_size=120))
def test_nothing_can_be_injected_into_headers(name: str, title: str) -> None:
    hostile = f"{name}\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>"
    message = outgoing(
        Purpose.CONFIRMATION,
        recipient=nino(given_name=hostile, family_name=name),
        workshop=strasbourg(title={"en": f"{title}\nX-Evil: yes"}),
        occurrence=f"{title}\r\nX-Evil: yes",
    )
    mail = COMPOSER.compose(message, now=NOW)
    parsed = read(mail)
    assert parsed["Bcc"] is None
    assert parsed["X-Evil"] is None
    assert [address.addr_spec for address in parsed["To"].addresses] == ["nino.beridze@example.org"]
    assert set(parsed.keys()) == {
        *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "MIME-Version", "Content-Type"),
        *("X-Atelier-Purpose", "X-Atelier-Occurrence", "X-Atelier-Registration"),
    }
    assert BeautifulSoup(text_of(parsed, "html"), "html.parser").find("script") is None
    assert all(len(line) <= 998 for line in mail.content.split(b"\r\n"))


@pytest.mark.parametrize("address", ["", "nobody", "a b@example.org", "a@b\r\nBcc: c@d", "x<y>@example.org", "a@" + "x" * 300])
def test_what_is_no_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(UnsendableAddressError) as raised:
        parse_mailbox(address)
    assert not address or address not in str(raised.value)


def test_addresses_of_all_scripts() -> None:
    assert str(parse_mailbox("jelena@пример.срб")) == "jelena@xn--e1afmkfd.xn--90a3ac"
    assert parse_mailbox("јелена@пример.срб").international
    message = outgoing(Purpose.LINK, recipient=nino(address="јелена@пример.срб"))
    assert "јелена@xn--e1afmkfd.xn--90a3ac".encode() in COMPOSER.compose(message, now=NOW).content


def test_headers_name_the_message_the_same_every_time() -> None:
    first, second = compose(Purpose.CONFIRMATION)[1], compose(Purpose.CONFIRMATION)[1]
    assert first["Message-ID"] == second["Message-ID"] == "<7a3f6a52-6b0e-4a55-9b8e-2f4b6a1c9d03@example.org>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"].datetime == NOW
    assert (first["X-Atelier-Purpose"], first["X-Atelier-Occurrence"]) == ("confirmation", str(FACT))
    assert first["Content-Language"] == "en"


def calendar_of(parsed: EmailMessage) -> tuple[Calendar, str]:
    (part,) = [part for part in parsed.iter_attachments() if part.get_content_type() == "text/calendar"]
    method: str = part["Content-Type"].params["method"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return Calendar.from_ical(content), method


@pytest.mark.parametrize("purpose", [Purpose.CONFIRMATION, Purpose.PROMOTION, Purpose.RESCHEDULED])
def test_the_calendar_holds_each_session_in_its_zone(purpose: Purpose) -> None:
    calendar, method = calendar_of(compose(purpose, workshop=strasbourg(version=7))[1])
    assert method == calendar["METHOD"] == "PUBLISH"
    assert [zone.tz_name for zone in calendar.timezones] == ["Europe/Paris"]
    workshop = strasbourg()
    assert len(calendar.events) == 3
    for event, session in zip(calendar.events, workshop.sessions, strict=True):
        assert event["UID"] == f"{WORKSHOP_ID}.{session.code}@example.org"
        assert event["SEQUENCE"] == 7
        assert event["STATUS"] == "CONFIRMED"
        assert event.start == session.starts.replace(tzinfo=ZoneInfo("Europe/Paris"))
        assert event.end == session.ends.replace(tzinfo=ZoneInfo("Europe/Paris"))
        assert event.start.utcoffset() == timedelta(hours=2)
        assert str(event["ORGANIZER"]) == "mailto:workshops@example.org"


def test_the_zones_rules_in_the_calendar_say_when_the_clocks_change() -> None:
    sessions = tuple(
        session.model_copy(update={"starts": session.starts + timedelta(days=5), "ends": session.ends + timedelta(days=5)})
        for session in strasbourg().sessions
    )
    calendar, _ = calendar_of(compose(Purpose.CONFIRMATION, workshop=strasbourg(sessions=sessions))[1])
    zone = calendar.timezones[0].to_tz(lookup_tzid=False)
    offsets = [session.starts.replace(tzinfo=zone).utcoffset() for session in sessions]
    assert offsets == [timedelta(hours=1)] * 3
    assert (sessions[0].starts - timedelta(days=1)).replace(tzinfo=zone).utcoffset() == timedelta(hours=2)


def test_a_cancellation_takes_the_dates_away() -> None:
    calendar, method = calendar_of(compose(Purpose.CANCELLED)[1])
    assert method == calendar["METHOD"] == "CANCEL"
    assert {str(event["STATUS"]) for event in calendar.events} == {"CANCELLED"}


def test_a_session_that_is_no_more_is_taken_away_by_the_new_dates() -> None:
    workshop = strasbourg()
    shorter = strasbourg(sessions=workshop.sessions[:2], version=2)
    calendar, method = calendar_of(compose(Purpose.RESCHEDULED, workshop=shorter, fact=outgoing(Purpose.RESCHEDULED).fact)[1])
    assert method == "PUBLISH"
    assert [str(event["STATUS"]) for event in calendar.events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


@pytest.mark.parametrize("purpose", [Purpose.CANCELLED, Purpose.RESCHEDULED, Purpose.WITHDRAWAL])
def test_who_never_had_a_place_gets_no_calendar(purpose: Purpose) -> None:
    waiting = Situation(standing=Standing.WAITING, standing_fact=FACT)
    mail, parsed = compose(purpose, situation=waiting)
    assert list(parsed.iter_attachments()) == []
    assert "attached" not in mail.text


@pytest.mark.parametrize(
    ("days_before", "how_soon"), [(7, "In one week"), (3, "In 3 days"), (1, "Tomorrow"), (0, "Today"), (-1, "Reminder")]
)
def test_a_reminder_counts_from_the_day_on_which_it_leaves(days_before: int, how_soon: str) -> None:
    now = outgoing(Purpose.REMINDER).workshop.sessions[0].starts.replace(tzinfo=ZoneInfo("Europe/Paris"), hour=0, minute=30)
    mail = COMPOSER.compose(outgoing(Purpose.REMINDER), now=now - timedelta(days=days_before))
    assert mail.letter.subject.startswith(f"{how_soon}: ")


def test_times_carry_their_zone_and_the_readers_own() -> None:
    text = compose(Purpose.CONFIRMATION)[0].text
    assert "Times: Strasbourg time, CEST, UTC+2" in text
    assert "11:30–19:00 on your clock (Tbilisi)" in text
    at_home = COMPOSER.compose(outgoing(Purpose.CONFIRMATION, recipient=nino(time_zone="Europe/Paris")), now=NOW)
    assert "on your clock" not in at_home.text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_announcement_names_its_workshop_and_stays_in_one_piece(language: str) -> None:
    _, parsed = compose(Purpose.ANNOUNCEMENT, language)
    body = fact_for(Purpose.ANNOUNCEMENT, strasbourg()).body[language]
    link = "Open your page" if language == "en" else "Ouvrir votre page"
    html = BeautifulSoup(text_of(parsed, "html"), "html.parser").select_one(".sheet")
    for said in (text_of(parsed, "plain"), html.get_text()):
        lines = "\n".join(said.splitlines())
        assert lines.index(strasbourg().title[language]) < lines.index(body) < lines.index(link)


def test_labels_and_footnotes_are_the_workshops_own() -> None:
    text = " ".join(compose(Purpose.CONFIRMATION)[0].text.split())
    assert "Kosovo*" in text
    assert "* All references to Kosovo" in text


def test_a_language_without_words_falls_back_to_english() -> None:
    mail = COMPOSER.compose(outgoing(Purpose.CONFIRMATION, recipient=nino(language="ka")), now=NOW)
    assert mail.language == "en"


def test_a_mistyped_contact_keeps_nobody_from_their_mail() -> None:
    parsed = compose(Purpose.CONFIRMATION, workshop=strasbourg(contact="not an address"))[1]
    assert parsed["Reply-To"] is None


@pytest.mark.parametrize("purpose", list(Purpose))
def test_what_is_kept_between_mails_is_about_nobody(purpose: Purpose) -> None:
    """Or it would outlive an erasure: the second person's mail adds nothing to what is kept."""
    kept = [value for module in (composing, calendar, mime, render) for value in vars(module).values() if hasattr(value, "cache_info")]
    assert len(kept) > 4
    compose(purpose, situation=REPLACES)
    before = [one.cache_info().currsize for one in kept]
    another = replace(nino(language="en"), given_name="Անահիտ", address="anahit@example.org")
    own: dict[str, object] = {"situation": replace(REPLACES, certificate_replaces="STR-2023-0002")}
    if purpose in {Purpose.CERTIFICATE, Purpose.CERTIFICATE_REVOKED}:
        own["occurrence"] = "STR-2023-0003:issued"
    COMPOSER.compose(outgoing(purpose, recipient=another, **own), now=NOW)
    assert [one.cache_info().currsize for one in kept] == before
