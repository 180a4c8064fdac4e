"""What a certificate says, in the language of its holder: from the workshop's record and what is known of one person to lines of text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.contracts.certificate_template import CertificateTemplate, Kind, Logo, Words
from shared.contracts.workshops import WorkshopRecorded
from shared.web.languages import choose_text, country_name
from shared.web.times import format_days

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "heading": "Certificate of participation",
        "heading_achievement": "Certificate of achievement",
        "heading_trainer": "Trainer\u2019s certificate",
        "certifies": "This is to certify that",
        "took_part": "took part in",
        "took_part_achievement": "successfully completed",
        "took_part_trainer": "taught as a trainer at",
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
        "heading_achievement": "Attestation de réussite",
        "heading_trainer": "Attestation de formation dispensée",
        "certifies": "Il est attesté que",
        "took_part": "a participé à",
        "took_part_achievement": "a suivi avec succès",
        "took_part_trainer": "a enseigné, en tant que formateur ou formatrice, à",
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
USUAL = CertificateTemplate()
"""The template of a workshop that has none of its own."""


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
    trainer: bool = False

    @property
    def verify_url(self) -> str:
        """The whole address of the public page."""
        return f"{self.public_url}/verify/{self.token}"


@dataclass(frozen=True, slots=True)
class Picture:
    """A logo as SVG; `ratio` is width by height; `alternative` is read out in its place."""

    svg: str
    ratio: float
    alternative: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A name under a line to sign on, and what the person is, if that is said."""

    name: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """One certificate, as the page takes it: its lines, and how it looks. `day` is the day of issue in the workshop's zone."""

    language: str
    heading: str
    certifies: str
    name: str
    took_part: str
    workshop: str
    when_and_where: str
    attended: str
    more: str
    organisers: tuple[str, ...]
    programmes: tuple[str, ...]
    signatories: tuple[Signature, ...]
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
    kind: Kind
    orientation: str
    accent: str
    ornament: bool
    logos: tuple[Picture, ...]

    def texts(self) -> list[str]:
        """Everything that is set in type."""
        texts = [text for signature in self.signatories for text in (signature.name, signature.role)]
        for field in fields(self):
            value: Any = getattr(self, field.name)
            if isinstance(value, str):
                texts.append(value)
            elif isinstance(value, tuple):
                texts.extend(text for text in value if isinstance(text, str))
        return texts


def word(workshop: WorkshopRecorded, award: Award, template: CertificateTemplate = USUAL) -> Wording:
    """Put a certificate into words. A language that certificates are not written in gets English."""
    language = award.language if award.language in _WORDS else LANGUAGES[0]
    kind = Kind.TRAINER if award.trainer else template.kind
    words, own, usual = _WORDS[language], template.words_of(kind, language), usual_words(kind, language)
    heading = own.heading or usual.heading
    title = choose_text(workshop.title, language)[0]
    day = award.issued_at.astimezone(ZoneInfo(workshop.time_zone)).date()
    name = " ".join(award.name.split())
    days = format_days(
        min(session.starts for session in workshop.sessions).date(), max(session.ends for session in workshop.sessions).date(), language
    )
    place = f"{workshop.venue.city}, {country_name(workshop.venue.country, language, workshop.country_labels)}"
    return Wording(
        language=language,
        heading=heading,
        certifies=own.certifies or usual.certifies,
        name=name,
        took_part=own.took_part or usual.took_part,
        workshop=title,
        when_and_where=f"{place}, {days}",
        attended="" if award.trainer else _attendance(workshop, award.attended, language),
        more=own.more,
        organisers=workshop.organisers,
        programmes=workshop.programmes,
        signatories=_signatures(workshop, template, language),
        participants=_participants(workshop, language),
        footnotes=tuple(f"{note.mark}\u2009{choose_text(note.text, language)[0]}" for note in workshop.footnotes),
        serial=award.serial,
        issued=words["issued"].format(day=format_days(day, day, language)),
        verify=words["verify"].format(address=award.verify_url.partition("://")[2].partition("/")[0]),
        verify_url=award.verify_url,
        qr_alternative=words["qr"],
        credential_description=words["credential"],
        document_title=f"{heading}: {name}",
        day=day,
        kind=kind,
        orientation=template.orientation,
        accent=template.accent,
        ornament=template.ornament,
        logos=tuple(Picture(_as_svg(logo), logo.width / logo.height, logo.alternative) for logo in template.logos),
    )


def usual_words(kind: Kind, language: str) -> Words:
    """The lines that a template may replace, as they are without it."""
    words, suffix = _WORDS[language], "" if kind is Kind.PARTICIPATION else f"_{kind.value}"
    return Words(heading=words[f"heading{suffix}"], certifies=words["certifies"], took_part=words[f"took_part{suffix}"])


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


def _signatures(workshop: WorkshopRecorded, template: CertificateTemplate, language: str) -> tuple[Signature, ...]:
    if not template.signatories:
        return tuple(Signature(organiser) for organiser in workshop.organisers)
    return tuple(Signature(one.name, choose_text(one.role, language)[0] if one.role else "") for one in template.signatories)


def _as_svg(logo: Logo) -> str:
    """Only text reaches the page, so a picture comes in a drawing that holds it."""
    size = f'width="{logo.width}" height="{logo.height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {logo.width} {logo.height}">'
        f'<image {size} href="data:image/png;base64,{logo.png}"/></svg>'
    )


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
