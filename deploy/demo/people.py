"""The fictional people who apply: eighty names in the scripts in which their owners write them.

No one in `data/people.json` exists, nor does any institution there; all addresses are in domains that RFC 2606 reserves.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """What one person types into the form. `country` is a code of the workshop's list, `language` one of its languages."""

    country: str
    given_name: str
    family_name: str
    certificate_name: str
    address: str
    institution: str
    position: str
    language: str
    diet: str
    comments: str

    def form_values(self) -> dict[str, str]:
        """The values by the names that the form's fields have in HTML."""
        return {
            "address": self.address,
            "given_name": self.given_name,
            "family_name": self.family_name,
            "certificate_name": self.certificate_name,
            "institution": self.institution,
            "position": self.position,
            "country": self.country,
            "language": self.language,
            "diet": self.diet,
            "comments": self.comments,
        }


def load_workshop() -> dict[str, Any]:
    """The announcement of the workshop, as the organiser holds it."""
    announcement: dict[str, Any] = json.loads((DATA / "strasbourg-2023.json").read_text(encoding="utf-8"))
    return announcement


def load_applicants() -> list[Applicant]:
    """All applicants, country by country. A person who gives no other name for the certificate uses the full name."""
    countries: Mapping[str, list[dict[str, str]]] = json.loads((DATA / "people.json").read_text(encoding="utf-8"))
    return [_applicant(country, person) for country, people in countries.items() for person in people]


def in_order_of_application(applicants: list[Applicant], chance: Random) -> list[Applicant]:
    """The same people as they happen to arrive; the same seed gives the same order."""
    return chance.sample(applicants, len(applicants))


def _applicant(country: str, person: Mapping[str, str]) -> Applicant:
    return Applicant(
        country=country,
        given_name=person["given_name"],
        family_name=person["family_name"],
        certificate_name=person.get("certificate_name", f"{person['given_name']} {person['family_name']}"),
        address=person["address"],
        institution=person["institution"],
        position=person["position"],
        language=person["language"],
        diet=person.get("diet", ""),
        comments=person.get("comments", ""),
    )
