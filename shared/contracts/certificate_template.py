"""How the certificates of one workshop look and what they say, where that is not the usual."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from shared.contracts.workshops import LocalizedText, Part


class Kind(StrEnum):
    """What a certificate attests: that somebody took part, that they achieved what the workshop is for, or that they taught there."""

    PARTICIPATION = "participation"
    ACHIEVEMENT = "achievement"
    TRAINER = "trainer"


class Logo(Part):
    """A picture of `width` times `height` pixels, a PNG in base64, and what is read out in its place."""

    png: str
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    alternative: str


class Signatory(Part):
    """Above whose name there is a line to sign on; `role` by language, empty for none."""

    name: str
    role: LocalizedText = Field(default_factory=dict)


class Words(Part):
    """Lines in one language. An empty one is the usual one of its kind; `more` is a paragraph that there usually is not."""

    heading: str = ""
    certifies: str = ""
    took_part: str = ""
    more: str = ""


class CertificateTemplate(Part):
    """The template of a workshop. Without any changes it is the usual one. No signatories: the organisers sign.

    `kind` and `words` are for participants; trainers have theirs.
    """

    kind: Literal[Kind.PARTICIPATION, Kind.ACHIEVEMENT] = Kind.PARTICIPATION
    orientation: Literal["landscape", "portrait"] = "landscape"
    accent: str = Field(default="#a3473a", pattern="^#[0-9a-f]{6}$", description="Colour of heading and ornament")
    ornament: bool = True
    logos: tuple[Logo, ...] = ()
    signatories: tuple[Signatory, ...] = ()
    words: dict[str, Words] = Field(default_factory=dict, description="By language code")
    trainer_words: dict[str, Words] = Field(default_factory=dict, description="By language code")

    def words_of(self, kind: Kind, language: str) -> Words:
        """What it says in place of the usual."""
        return (self.trainer_words if kind is Kind.TRAINER else self.words).get(language, Words())
