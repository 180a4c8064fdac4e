"""Apply the rule to registrations about which something was learned: award, replace, revoke, and answer what was said of them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.certificates.domain.certificate_rule import Award, Drop, Revoke, Supersede, decide
from services.certificates.storage import certificates, receipts, registrations, workshops
from services.certificates.storage.channels import FINISHED, wake
from services.certificates.storage.registrations import Unsettled
from services.certificates.use_cases.revoke_certificate import revoke_certificate
from services.certificates.use_cases.source import SOURCE
from services.certificates.use_cases.supersede_certificate import supersede_certificate
from services.certificates.use_cases.withhold_certificate import withhold_certificate
from shared.contracts.envelope import Event
from shared.runtime.database import Connection
from shared.runtime.outbox import publish

PORTION = 200


async def apply_certificate_rule(connection: Connection, *, now: datetime) -> int:
    """Take one portion of what is unsettled. Returns how much there was; 0 means that all is settled.

    The rule joins what several topics have said, so it is applied again whenever one of them says more, in whatever order they do.
    """
    passed_on = await workshops.pass_on_news(connection)
    unsettled = await registrations.take_unsettled(connection, limit=PORTION)
    events: list[Event] = []
    effects: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    for registration in unsettled:
        made, effect = await _settle(connection, registration, now=now)
        events += made
        if effect:
            effects[registration.registration_id].update(effect)
    ids = [registration.registration_id for registration in unsettled]
    await certificates.renew_eligible(connection, ids)
    if changed := {registration.workshop_id for registration in unsettled if registration.registration_id in effects}:
        await receipts.note_change(connection, changed)
    events += await receipts.close_receipts_of(connection, effects, ids, now=now)
    await publish(connection, events, source=SOURCE, now=now)
    if passed_on or unsettled:
        await wake(connection, FINISHED)
    return passed_on + len(unsettled)


async def _settle(connection: Connection, registration: Unsettled, *, now: datetime) -> tuple[Sequence[Event], Mapping[str, int]]:
    decision = decide(registration.standing, registration.live, last_edition=registration.last_edition)
    match decision:
        case Award(edition):
            await certificates.insert_eligible(
                connection,
                registration_id=registration.registration_id,
                workshop_id=registration.workshop_id,
                edition=edition,
                serial=await certificates.draw_serial(connection, now.year),
                now=now,
                trainer=registration.standing.trainer,
            )
            return [], {"certificates_awarded": 1}
        case Supersede(edition) if registration.live is not None:
            event = await supersede_certificate(
                connection, registration.live, edition=edition, year=now.year, now=now, trainer=registration.standing.trainer
            )
            return [event], {"certificates_superseded": 1}
        case Revoke(reason):
            revoked = await revoke_certificate(connection, registration.registration_id, reason=reason, now=now)
            return revoked, {"certificates_revoked": 1}
        case Drop(reason):
            withheld = await withhold_certificate(connection, registration.registration_id, reason=reason, now=now)
            return withheld.events, withheld.effects
        case _:
            return [], {}
