"""Every mail went to the person whom it is about, and to nobody else."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from uuid import UUID

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World
from shared.contracts.participants import ParticipantRecorded


def mails_reach_their_person(world: World) -> Iterator[Disagreement]:
    """Recipients that the mailbox was told, not headers. Without a mailbox, nothing to say. No address is named.

    Erased people are left out, since no address of theirs is left to compare with, and so are those of whom Kafka has dropped an
    earlier record: a mail may have gone to the address in that.
    """
    addresses = _addresses(world)
    for mail in world.mails or ():
        known = addresses.get(mail.key.registration_id) if mail.key else None
        if known is None:
            continue
        strangers = [address for address in mail.recipients if _as_smtp(address) not in known]
        if strangers or len(mail.recipients) != 1:
            yield Disagreement(
                check="recipients",
                one_side=f"the mailbox has mail {mail.number} with {len(mail.recipients)} recipients",
                other_side=f"registration never had the address of {len(strangers)} of them for this person",
                ids=(str(mail.key),),
            )


def _addresses(world: World) -> Mapping[UUID, set[str]]:
    """As SMTP takes them: registration's own, and those of records before its own from Kafka."""
    on_kafka: dict[UUID, dict[int, str]] = defaultdict(dict)
    for _, record in world.log.events(ParticipantRecorded):
        on_kafka[record.registration_id][record.version] = record.address
    found: dict[UUID, set[str]] = {}
    for row in world.registration.registrations.values():
        if row.address is not None and row.version is not None:
            earlier = [address for version, address in on_kafka[row.id].items() if version < row.version]
            if len(earlier) == row.version - 1:
                found[row.id] = {_as_smtp(address) for address in (row.address, *earlier)}
    return found


def _as_smtp(address: str) -> str:
    local, _, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain.casefold()}"
