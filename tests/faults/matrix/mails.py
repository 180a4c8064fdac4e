"""What must hold of mails at rest: each is known to one side and the other, reached who it was meant for, once, and in order."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from uuid import UUID

from deploy.reconcile.world import World
from shared.contracts.registrations import RegistrationEvent
from tests.faults.matrix.findings import Allowed, Category, Finding
from tests.faults.matrix.ledger import Ledger


def check_mails(ledger: Ledger, world: World, allowed: Allowed) -> Iterator[Finding]:
    """Every promise about mails, whomever they went to."""
    yield from _uncertain(world, allowed)
    yield from _failed(world, allowed)
    yield from _once(world)
    yield from _to_whom(ledger, world)
    yield from _in_order(world)


def _uncertain(world: World, allowed: Allowed) -> Iterator[Finding]:
    for key, row in world.notifications.messages.items():
        if row.state == "uncertain" and not allowed.uncertain(key):
            yield Finding(Category.UNCERTAIN, f"message {key} is uncertain", "nothing struck in the window in which it may become so")


def _failed(world: World, allowed: Allowed) -> Iterator[Finding]:
    for key in allowed.unrefused([key for key, row in world.notifications.messages.items() if row.state == "failed"]):
        yield Finding(Category.LOST, f"notifications has {key} as failed", "the mail server has not refused it for good")


def _once(world: World) -> Iterator[Finding]:
    arrived = Counter(mail.key for mail in world.mails or () if mail.key)
    for key, row in world.notifications.messages.items():
        if row.state == "sent" and not arrived[key]:
            yield Finding(Category.LOST, f"notifications has {key} as sent", "the mailbox does not hold it")
    for arrived_key, count in arrived.items():
        if count > 1:
            yield Finding(Category.DUPLICATED, f"message {arrived_key} is owed once", f"the mailbox holds it {count} times")


def _to_whom(ledger: Ledger, world: World) -> Iterator[Finding]:
    """Each mail went to the address that its person gave."""
    addresses = {
        person.registration_id: person.address for course in ledger.courses for person in course.acknowledged if person.registration_id
    }
    for mail in world.mails or ():
        owner = addresses.get(mail.key.registration_id) if mail.key else None
        if owner is not None and mail.recipients != (owner,):
            yield Finding(Category.LOST, f"message {mail.key} is one person's", f"mail {mail.number} of the mailbox went to somebody else")


def _in_order(world: World) -> Iterator[Finding]:
    """What facts told a person arrived in the order of the facts."""
    numbers = {str(envelope.id): envelope.sequence or 0 for envelope, _ in world.log.events(RegistrationEvent)}
    arrived: dict[UUID, list[int]] = defaultdict(list)
    for mail in sorted(world.mails or (), key=lambda mail: mail.number):
        if mail.key and mail.key.occurrence in numbers:
            arrived[mail.key.registration_id].append(numbers[mail.key.occurrence])
    for registration_id, order in arrived.items():
        if order != sorted(order):
            yield Finding(Category.DISAGREEMENT, f"mails about the facts of {registration_id} left in order", f"they arrived as {order}")
