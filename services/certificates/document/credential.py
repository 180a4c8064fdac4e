"""The certificate as a credential for programs and wallets: Open Badges 3.0 (1EdTech), which is a Verifiable Credential 2.0 (W3C).

It says what the page says, and of the person no more than that: the name as printed, and the mail address as a salted hash, so that who
knows the address can see that it is meant, and nobody can read it.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from services.certificates.document.proof import CREDENTIALS, OPEN_BADGES, OPEN_BADGES_MORE, moment
from services.certificates.document.wording import Award, Wording
from services.certificates.domain.certificate import STATUS_LIST_SIZE
from services.certificates.domain.hashed_address import HashedAddress
from shared.contracts.certificate_template import Kind
from shared.contracts.workshops import WorkshopRecorded

_SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"

_ACHIEVEMENT_TYPE = {Kind.PARTICIPATION: "Certificate", Kind.ACHIEVEMENT: "Achievement", Kind.TRAINER: "Certificate"}
"""Of the specification's list (Open Badges 3.0, AchievementType)."""


def status_list_url(public_url: str, number: int) -> str:
    """Where a status list is offered; lists are numbered from 0."""
    return f"{public_url}/certificates/status/{number}"


def did_of(public_url: str) -> str:
    """The issuer's identifier, a `did:web` (W3C CCG), whose document this service offers below `/certificates`."""
    return f"did:web:{quote(urlsplit(public_url).netloc, safe='.-')}:certificates"


def describe(workshop: WorkshopRecorded, award: Award, wording: Wording, *, address: HashedAddress | None) -> dict[str, Any]:
    """The credential without its proof."""
    public_url, zone = award.public_url, ZoneInfo(workshop.time_zone)
    number, place = divmod(award.status_index, STATUS_LIST_SIZE)
    listed = status_list_url(public_url, number)
    return {
        "@context": [CREDENTIALS, OPEN_BADGES, OPEN_BADGES_MORE],
        "id": f"{public_url}/certificates/{award.token}.json",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {
            "id": did_of(public_url),
            "type": ["Profile"],
            "name": "; ".join(workshop.organisers) or urlsplit(public_url).netloc,
            "url": public_url,
        },
        "validFrom": moment(award.issued_at),
        "name": f"{wording.heading}: {wording.workshop}",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": list(_identifiers(wording.name, address)),
            "licenseNumber": award.serial,
            "activityStartDate": min(session.starts for session in workshop.sessions).replace(tzinfo=zone).isoformat(),
            "activityEndDate": max(session.ends for session in workshop.sessions).replace(tzinfo=zone).isoformat(),
            "achievement": {
                "id": f"{public_url}/workshops/{workshop.slug}",
                "type": ["Achievement"],
                "achievementType": _ACHIEVEMENT_TYPE[wording.kind],
                "name": wording.workshop,
                "description": f"{wording.workshop}, {wording.when_and_where}",
                "criteria": {"narrative": wording.attended or f"{wording.took_part} {wording.workshop}"},
                "inLanguage": wording.language,
            },
        },
        "credentialSchema": [{"id": _SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialStatus": {
            "id": f"{listed}#{place}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(place),
            "statusListCredential": listed,
        },
    }


def _identifiers(name: str, address: HashedAddress | None) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = [{"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}]
    if address:
        hashed = {"hashed": True, "identityHash": f"sha256${address.digest}", "identityType": "emailAddress", "salt": address.salt}
        found.append({"type": "IdentityObject", **hashed})
    return found
