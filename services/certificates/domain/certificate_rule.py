"""Who has earned a certificate, and what follows for the one a person holds. Pure: what is known in, what to do out."""

from dataclasses import dataclass
from enum import StrEnum

from services.certificates.domain.certificate import Certificate, CertificateState, Reason


class RegistrationState(StrEnum):
    """What the facts say of a registration. ERASED is terminal."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is known of one registration at this moment; None where nothing has been heard yet.

    Args:
        state: by its facts.
        attended: codes of the sessions at which the person was present, among those the workshop holds.
        enough: whether that meets the workshop's rule; None while its record is unknown, or where it gives no certificates.
        completed: whether the workshop was completed.
        name: the name for the certificate.
        cleared: an organiser has approved it, or the rule asks for no approval.
        erasing: it was withdrawn in order to be erased.
        revoked_by_hand: an organiser took the last certificate back; another is given by hand alone.
        trainer: an organiser has said that they teach at the workshop, which earns a certificate in itself.
    """

    state: RegistrationState | None
    attended: frozenset[str]
    enough: bool | None
    completed: bool
    name: str | None
    cleared: bool = True
    erasing: bool = False
    revoked_by_hand: bool = False
    trainer: bool = False

    @property
    def earned(self) -> bool:
        """Completed, confirmed, with a name to print; and a trainer, or present at what the rule asks for, and approved if it does."""
        known = self.completed and self.state is RegistrationState.CONFIRMED and not self.erasing and self.name is not None
        return known and self.enough is not None and (self.trainer or (self.enough and self.cleared))

    @property
    def printed(self) -> tuple[object, ...]:
        """What a certificate would say of the person: a trainer's says nothing of sessions."""
        return self.name, self.trainer, frozenset() if self.trainer else self.attended


@dataclass(frozen=True, slots=True)
class Award:
    """Give a certificate of this edition."""

    edition: int


@dataclass(frozen=True, slots=True)
class Supersede:
    """The certificate says what is no longer so: replace it by this edition."""

    edition: int


@dataclass(frozen=True, slots=True)
class Revoke:
    """The certificate was issued, and is no longer earned."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Drop:
    """The certificate was never issued, and is no longer earned. Nobody has heard of it, unless it was to replace another."""

    reason: Reason


Decision = Award | Supersede | Revoke | Drop | None


def decide(standing: Standing, live: Certificate | None, *, last_edition: int) -> Decision:
    """What has to be done so that the certificate fits what is known.

    Args:
        standing: what is known.
        live: the one certificate of this registration that is eligible or issued, if there is one.
        last_edition: the highest edition so far, 0 before the first.

    Deciding again after the decision was carried out gives None.
    """
    if live is None:
        return Award(last_edition + 1) if standing.earned and not standing.revoked_by_hand else None
    reason = _forfeited(standing, live)
    if reason is not None:
        return (Drop if live.state is CertificateState.ELIGIBLE else Revoke)(reason)
    if live.state is CertificateState.ISSUED and standing.earned and _printed(live) != standing.printed:
        return Supersede(last_edition + 1)
    return None


def _printed(live: Certificate) -> tuple[object, ...]:
    return live.name, live.trainer, frozenset() if live.trainer else live.attended


def _forfeited(standing: Standing, live: Certificate) -> Reason | None:
    """Why a certificate that was earned is no longer so. Only what was said of the person takes it away, never what is merely unknown."""
    if standing.erasing or standing.state is RegistrationState.ERASED:
        return Reason.ERASED
    if standing.state is not RegistrationState.CONFIRMED:
        return Reason.WITHDRAWN
    if standing.trainer:
        return None
    if live.trainer and standing.enough is not None and not (standing.enough and standing.cleared):
        return Reason.NO_TRAINER
    if standing.enough is False:
        return Reason.ATTENDANCE_CORRECTED
    return None
