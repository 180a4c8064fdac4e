"""Counting what happened, in every place that knows of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.certificates import CertificateIssued
from shared.contracts.notifications import NotificationSent, NotificationSkipped
from shared.contracts.registrations import (
    AttendanceRecorded,
    RegistrationConfirmed,
    RegistrationErased,
    RegistrationPromoted,
    RegistrationWaitlisted,
    RegistrationWithdrawn,
)

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the report, as each place counts it. Places that do not know it are not in `sides`."""

    name: str
    sides: Mapping[str, int | Counts]

    @property
    def value(self) -> int | Counts:
        """The first place's count; worth reading only where all agree."""
        return next(iter(self.sides.values()))

    def disagreements(self) -> list[Disagreement]:
        """Each place that counts otherwise than the first."""
        (first, expected), *others = self.sides.items()
        return [
            Disagreement(check=self.name, one_side=f"{first} counts {_said(expected)}", other_side=f"{place} counts {_said(found)}")
            for place, found in others
            if found != expected
        ]


def count_people(world: World) -> list[Figure]:
    """The story before the erasure, which takes away part of what is counted here."""
    rows = world.registration.registrations.values()
    log, standings = world.log, Counter(world.notifications.standings.values())
    heard = Counter(world.certificates.standings.values())
    states = Counter(row.state for row in rows)
    confirmed = {event.registration_id for _, event in log.events(RegistrationConfirmed)}
    waitlisted = {event.registration_id for _, event in log.events(RegistrationWaitlisted)}
    promoted = {event.registration_id for _, event in log.events(RegistrationPromoted)}
    withdrawn = {event.registration_id for _, event in log.events(RegistrationWithdrawn)}
    issued = {event.registration_id for _, event in log.events(CertificateIssued)}
    return [
        Figure(
            "applied",
            {
                "registration": len(rows),
                "Kafka": len(confirmed | waitlisted),
                "notifications": len(world.notifications.standings),
                "certificates": len(world.certificates.standings),
            },
        ),
        Figure(
            "confirmed",
            {
                "registration": states["confirmed"],
                "registration's counter": sum(workshop.confirmed_count for workshop in world.registration.workshops),
                "Kafka": len((confirmed | promoted) - withdrawn),
                "notifications": standings["confirmed"],
                "certificates": heard["confirmed"],
            },
        ),
        Figure(
            "waiting",
            {
                "registration": states["waiting"],
                "registration's counter": sum(workshop.waiting_count for workshop in world.registration.workshops),
                "Kafka": len(waitlisted - promoted - withdrawn),
                "notifications": standings["waiting"],
                "certificates": heard["waiting"],
            },
        ),
        Figure(
            "withdrawn",
            {
                "registration": states["withdrawn"],
                "Kafka": len(withdrawn),
                "notifications": standings["withdrawn"],
                "certificates": heard["withdrawn"],
            },
        ),
        Figure("promoted", {"registration": sum(row.promoted for row in rows), "Kafka": len(promoted), **_mails_to(world, "promotion")}),
        Figure(
            "attended",
            {
                "registration": _present(world.registration.attendance),
                "Kafka": len({event.registration_id for _, event in log.events(AttendanceRecorded) if event.present}),
                "notifications": _present(world.notifications.attendance),
                "certificates": _present(world.certificates.attendance),
            },
        ),
        Figure(
            "certificates",
            {
                "certificates": sum(row.state == "issued" for row in world.certificates.certificates),
                "Kafka": len(issued),
                "registration": sum(row.state == "issued" for row in world.registration.certificates),
                **_mails_to(world, "certificate"),
            },
        ),
    ]


def count_mails(world: World) -> list[Figure]:
    """Mails by purpose and language, skipped messages by reason, and erased people: the end of the story."""
    messages = world.notifications.messages.values()
    sent = Counter(f"{row.key.purpose} {row.language}" for row in messages if row.state == "sent")
    announced = Counter(f"{event.purpose} {event.language}" for _, event in world.log.events(NotificationSent))
    arrived = Counter(f"{mail.key.purpose if mail.key else 'unknown'} {mail.language}" for mail in world.mails or ())
    skipped = Counter(row.reason or "" for row in messages if row.state == "skipped")
    announced_skipped = Counter(event.reason for _, event in world.log.events(NotificationSkipped))
    return [
        Figure("mails", {"notifications": sent, "Kafka": announced, **({} if world.mails is None else {"mailbox": arrived})}),
        Figure("skipped", {"notifications": skipped, "Kafka": announced_skipped}),
        Figure(
            "erased",
            {
                "registration": sum(row.state == "erased" for row in world.registration.registrations.values()),
                "Kafka": len({event.registration_id for _, event in world.log.events(RegistrationErased)}),
                "notifications": len(world.notifications.erased),
                "certificates": len(world.certificates.erased),
            },
        ),
    ]


def by_purpose(counts: Counts) -> dict[str, dict[str, int]]:
    """From `confirmation en` and so on to purpose, then language."""
    result: dict[str, dict[str, int]] = {}
    for name in sorted(counts):
        purpose, language = name.split(" ")
        result.setdefault(purpose, {})[language] = counts[name]
    return result


def _present(attendance: Mapping[tuple[UUID, str], bool]) -> int:
    return len({registration_id for (registration_id, _), present in attendance.items() if present})


def _mails_to(world: World, purpose: str) -> dict[str, int]:
    """How many people got a mail of this purpose, if the mailbox can be asked."""
    if world.mails is None:
        return {}
    return {"mailbox": len({mail.key.registration_id for mail in world.mails if mail.key and mail.key.purpose == purpose})}


def _said(value: int | Counts) -> str:
    return str(value) if isinstance(value, int) else ", ".join(f"{name} {count}" for name, count in sorted(value.items())) or "none"
