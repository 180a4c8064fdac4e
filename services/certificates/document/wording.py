"""What a certificate says, in the language of its holder: from the workshop's record and what is known of one person to lines of text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.contracts.workshops import WorkshopRecorded
from shared.web.languages import choose_text, country_name
from shared.web.times import format_days

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "heading": "Certificate of participation",
        "certifies": "This is to certify that",
        "took_part": "took part in",
        "sessions": "Attended {attended} of {total} sessions, {duration}",
        "one_session": "Attended the session, {duration}",
        "participants": "For participants from {countries}.",
        "and": "and",
        "issued": "Issued on {day}",
        "verify": "Verify at {address}",
        "qr": "QR code that opens the verification page of this certificate",
        "credential": "This certificate as a credential for programs and wallets (Open Badges 3.0)",
        "hour": "hour",
        "hours": "hours",
        "minutes": "minutes",
    },
    "fr": {
        "heading": "Attestation de participation",
        "certifies": "Il est attesté que",
        "took_part": "a participé à",
        "sessions": "Présence à {attended} séances sur {total}, {duration}",
        "one_session": "Présence à la séance, {duration}",
        "participants": "À l\u2019intention de participants des pays et territoires suivants : {countries}.",
        "and": "et",
        "issued": "Délivrée le {day}",
        "verify": "À vérifier sur {address}",
        "qr": "Code QR qui ouvre la page de vérification de cette attestation",
        "credential": "Cette attestation pour les logiciels et les portefeuilles numériques (Open Badges 3.0)",
        "hour": "heure",
        "hours": "heures",
        "minutes": "minutes",
    },
}
LANGUAGES = tuple(_WORDS)


@dataclass(frozen=True, slots=True)
class Award:
    """What the certificate of one person rests on.

    `attended` holds the codes of the sessions attended; `issued_at` carries a zone. Token and status index were drawn when it was earned;
    `public_url` is where everybody finds the service.
    """

    name: str
    language: str
    attended: frozenset[str]
    serial: str
    issued_at: datetime
    token: str
    status_index: int
    public_url: str

    @property
    def verify_url(self) -> str:
        """The whole address of the public page."""
        return f"{self.public_url}/verify/{self.token}"


@dataclass(frozen=True, slots=True)
class Wording:
    """The lines of one certificate, as the template takes them. `day` is the day of issue in the workshop's zone."""

    language: str
    heading: str
    certifies: str
    name: str
    took_part: str
    workshop: str
    when_and_where: str
    attended: str
    organisers: tuple[str, ...]
    programmes: tuple[str, ...]
    signatories: tuple[str, ...]
    participants: str
    footnotes: tuple[str, ...]
    serial: str
    issued: str
    verify: str
    verify_url: str
    qr_alternative: str
    credential_description: str
    document_title: str
    day: date

    def texts(self) -> list[str]:
        """Everything that is set in type."""
        texts: list[str] = []
        for field in fields(self):
            value: Any = getattr(self, field.name)
            if isinstance(value, str):
                texts.append(value)
            elif isinstance(value, tuple):
                texts.extend(value)
        return texts


def word(workshop: WorkshopRecorded, award: Award) -> Wording:
    """Put a certificate into words. A language that certificates are not written in gets English."""
    language = award.language if award.language in _WORDS else LANGUAGES[0]
    words = _WORDS[language]
    title = choose_text(workshop.title, language)[0]
    day = award.issued_at.astimezone(ZoneInfo(workshop.time_zone)).date()
    name = " ".join(award.name.split())
    days = format_days(
        min(session.starts for session in workshop.sessions).date(), max(session.ends for session in workshop.sessions).date(), language
    )
    place = f"{workshop.venue.city}, {country_name(workshop.venue.country, language, workshop.country_labels)}"
    return Wording(
        language=language,
        heading=words["heading"],
        certifies=words["certifies"],
        name=name,
        took_part=words["took_part"],
        workshop=title,
        when_and_where=f"{place}, {days}",
        attended=_attendance(workshop, award.attended, language),
        organisers=workshop.organisers,
        programmes=workshop.programmes,
        signatories=workshop.organisers,
        participants=_participants(workshop, language),
        footnotes=tuple(f"{note.mark}\u2009{choose_text(note.text, language)[0]}" for note in workshop.footnotes),
        serial=award.serial,
        issued=words["issued"].format(day=format_days(day, day, language)),
        verify=words["verify"].format(address=award.verify_url.partition("://")[2].partition("/")[0]),
        verify_url=award.verify_url,
        qr_alternative=words["qr"],
        credential_description=words["credential"],
        document_title=f"{words['heading']}: {name}",
        day=day,
    )


def spoken_duration(minutes: int, language: str) -> str:
    """A number of minutes as people say it: `15 hours 30 minutes`."""
    words = _WORDS.get(language, _WORDS[LANGUAGES[0]])
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} {words['hour' if hours == 1 else 'hours']}"] if hours else []
    if rest or not hours:
        parts.append(f"{rest} {words['minutes']}")
    return " ".join(parts)


def minutes_attended(workshop: WorkshopRecorded, attended: frozenset[str]) -> int:
    """The length of the attended sessions in minutes that really passed."""
    return sum(minutes for code, minutes in workshop.session_minutes.items() if code in attended)


def _attendance(workshop: WorkshopRecorded, attended: frozenset[str], language: str) -> str:
    words = _WORDS[language]
    duration = spoken_duration(minutes_attended(workshop, attended), language)
    held = [session.code for session in workshop.sessions]
    if len(held) == 1:
        return words["one_session"].format(duration=duration)
    return words["sessions"].format(attended=sum(code in attended for code in held), total=len(held), duration=duration)


def _participants(workshop: WorkshopRecorded, language: str) -> str:
    if not workshop.countries:
        return ""
    names = [country_name(code, language, workshop.country_labels) for code in workshop.countries]
    words = _WORDS[language]
    return words["participants"].format(countries=_listed(names, words["and"]))


def _listed(names: Sequence[str], conjunction: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {conjunction} {names[-1]}"
