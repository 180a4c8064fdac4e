"""Registration as the other services know it: it tells facts in the order of each key, and repeats some."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from shared.contracts.envelope import Event, envelop
from shared.contracts.participants import ParticipantRecorded
from shared.contracts.registrations import (
    AttendanceRecorded,
    CertificateShared,
    CertificateSharingEnded,
    RegistrationConfirmed,
    RegistrationErased,
    RegistrationPromoted,
    RegistrationWaitlisted,
    RegistrationWithdrawn,
)
from shared.contracts.topics import Kind
from shared.contracts.workshop_events import WorkshopCompleted
from shared.contracts.workshops import WorkshopRecorded, WorkshopState
from tests.faults.simulation.broker import Broker, Sending
from tests.faults.simulation.process import Happening, Process
from tests.faults.simulation.settings import BEGINNING, WORKSHOP_ID, recorded_workshop

_SEED = UUID(int=0x7E11)
LATER = 8.0
"""Seconds in which what was told before is mostly being acted on."""
PURPOSES = {"confirmed": "confirmation", "waitlisted": "waiting", "promoted": "promotion", "withdrawn": "withdrawal"}


class Registrar:
    """`lives` say for each person what becomes of the registration, `workshop` what becomes of the workshop meanwhile.

    `later` in a life lets time pass before all lives go on. `facts` are (registration, what, id), as they were told.
    """

    def __init__(self, lives: Sequence[Sequence[str]], broker: Broker, *, workshop: Sequence[str] = ()) -> None:
        self.done = False
        self.facts: list[tuple[UUID, str, UUID]] = []
        self._lives, self._broker = [workshop, *lives], broker
        self._sent: list[Sending] = []
        self._sequences: Counter[UUID] = Counter()

    async def live(self, process: Process) -> None:
        """Tell everybody's life, step by step in turn, so that people mix."""
        for step in range(max(map(len, self._lives), default=0)):
            for number, life in enumerate(self._lives):
                if step < len(life):
                    await self._tell(process, number, life[step], first=step == 0)
        self.done = True

    def strikes(self) -> list[Happening]:
        """What was told may be told again at any time."""
        return [
            ("registration", f"publishes {sending} again", lambda sending=sending: self._broker.append(sending))
            for sending in self._sent[-3:]
        ]

    async def _tell(self, process: Process, number: int, what: str, *, first: bool) -> None:
        if what == "later":
            await asyncio.sleep(LATER)
            return
        if number == 0:
            await self._tell_of_workshop(process, what)
            return
        registration_id = UUID(int=0xA000 + number)
        fact_id = uuid5(_SEED, f"{number} {len(self.facts)} {what}")
        if first:
            await process.point(f"publishes who person {number} is")
            self._send(_participant(number, registration_id), uuid5(_SEED, f"{number}"))
        await process.point(f"publishes that person {number} is {what}")
        self.facts.append((registration_id, what, fact_id))
        self._send(_event(what, registration_id, number, fact_id), fact_id)

    async def _tell_of_workshop(self, process: Process, what: str) -> None:
        """`open` or `completed`: the record, then the fact of a completion."""
        version = 2 if what == "completed" else 1
        record = WorkshopRecorded.model_validate_json(recorded_workshop()).model_copy(
            update={"state": WorkshopState(what), "version": version}
        )
        await process.point(f"publishes the record of the workshop, which is {what}")
        self._send(record, uuid5(_SEED, f"record {version}"))
        if what == "completed":
            await process.point("publishes that the workshop is completed")
            self._send(WorkshopCompleted(workshop_id=WORKSHOP_ID, version=version), uuid5(_SEED, "completion"))

    def _send(self, event: Event, event_id: UUID) -> None:
        sequence = None
        if event.topic.kind is Kind.FACT:
            self._sequences[event.key] += 1
            sequence = self._sequences[event.key]
        time = BEGINNING + timedelta(seconds=len(self._sent))
        value = envelop(event, event_id=event_id, source="/services/registration", time=time, sequence=sequence).to_bytes()
        nobody: Any = None
        sending = Sending(event.topic.name, str(event.key).encode(), value, (), nobody)
        self._sent.append(sending)
        self._broker.append(sending)


def _event(what: str, registration_id: UUID, number: int, fact_id: UUID) -> Event:
    about: dict[str, Any] = {"registration_id": registration_id, "workshop_id": WORKSHOP_ID}
    makes: dict[str, Callable[[], Event]] = {
        "confirmed": lambda: RegistrationConfirmed(**about, number=number),
        "waitlisted": lambda: RegistrationWaitlisted(**about, number=number, position=1),
        "promoted": lambda: RegistrationPromoted(**about),
        "attended": lambda: AttendanceRecorded(**about, session_code="day-1", present=True),
        "absent": lambda: AttendanceRecorded(**about, session_code="day-1", present=False),
        "withdrawn": lambda: RegistrationWithdrawn(**about, by="participant"),
        "shared": lambda: CertificateShared(**about, share_token=fact_id.hex),
        "unshared": lambda: CertificateSharingEnded(**about),
        "erased": lambda: RegistrationErased(**about),
    }
    return makes[what]()


def _participant(number: int, registration_id: UUID) -> ParticipantRecorded:
    return ParticipantRecorded(
        registration_id=registration_id,
        workshop_id=WORKSHOP_ID,
        version=1,
        given_name="Ana",
        family_name=f"the {number}.",
        certificate_name="Ana Anić",
        address=f"person-{number}@example.org",
        language="en",
        time_zone="Europe/Paris",
        personal_page=f"https://atelier.example/my/{number}",
    )
