"""Nobody holds a message for ever, and a mail goes to its person only."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from deploy.reconcile.compare import compare
from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.kafka_log import Published
from deploy.reconcile.world import World
from shared.contracts.notifications import NotificationEvent, NotificationSent, NotificationSkipped
from shared.contracts.participants import ParticipantRecorded
from tests.unit.reconcile.story import ADDRESS, CONFIRMATION, FIRST, MAILED, TURN, consistent_world


def _found(world: World, check: str) -> list[Disagreement]:
    return [one for one in compare(world) if one.check == check]


def _missed(world: World, check: str) -> set[str]:
    return {text for one in _found(world, check) for text in one.ids}


def _held(state: str, lapsed_for: timedelta | None) -> World:
    world = consistent_world()
    row = replace(world.notifications.messages[TURN], state=state, lapsed_for=lapsed_for)
    return replace(world, notifications=replace(world.notifications, messages={**world.notifications.messages, TURN: row}))


@pytest.mark.parametrize("state", ["claimed", "sending"])
def test_a_message_that_nobody_holds_any_more_is_found(state: str) -> None:
    [one] = _found(_held(state, timedelta(minutes=5)), "claims")
    assert state in one.one_side
    assert "300 seconds" in one.other_side
    assert one.ids == (str(TURN),)


@pytest.mark.parametrize("lapsed_for", [None, timedelta(seconds=5)], ids=["held", "to be taken over in a moment"])
def test_a_message_that_is_worked_on_is_left_alone(lapsed_for: timedelta | None) -> None:
    assert not _found(_held("sending", lapsed_for), "claims")


def _sent_to(*recipients: str) -> World:
    world = consistent_world()
    first, *others = world.mails or ()
    return replace(world, mails=[replace(first, recipients=recipients), *others])


@pytest.mark.parametrize("recipients", [("other@b.example",), (ADDRESS, "other@b.example"), (ADDRESS, ADDRESS), ()])
def test_a_mail_to_anybody_else_is_found_and_no_address_is_named(recipients: tuple[str, ...]) -> None:
    [one] = _found(_sent_to(*recipients), "recipients")
    assert one.ids == (str(MAILED[0]),)
    assert ADDRESS not in str(one)
    assert "other" not in str(one)


def _written(world: World, registration_id: UUID, *, address: str, version: int = 1) -> World:
    rows = dict(world.registration.registrations)
    rows[registration_id] = replace(rows[registration_id], address=address, version=version)
    return replace(world, registration=replace(world.registration, registrations=rows))


def test_the_address_may_be_spelt_as_mail_servers_spell_it() -> None:
    world = _written(_sent_to("André@xn--bcher-kva.example"), FIRST, address="André@Bücher.example ")
    assert str(CONFIRMATION) not in _missed(world, "recipients")


def test_registration_s_own_address_counts_and_not_what_kafka_has_in_its_place() -> None:
    assert str(CONFIRMATION) in _missed(_written(consistent_world(), FIRST, address="new@b.example"), "recipients")


def test_an_earlier_address_was_the_person_s_too_unless_nobody_knows_it_any_more() -> None:
    world = _written(_sent_to("stranger@b.example"), FIRST, address="new@b.example", version=2)
    assert _missed(world, "recipients") == {str(CONFIRMATION)}, "the other mails went to the earlier address"
    published = [one for one in world.log.published if not isinstance(one.event, ParticipantRecorded)]
    assert not _found(replace(world, log=replace(world.log, published=published)), "recipients")


@pytest.mark.parametrize(
    "disturb",
    [
        lambda w: replace(w, mails=None),
        lambda w: _written(w, FIRST, address=ADDRESS, version=1),
        lambda w: replace(w, mails=[replace(one, key=None, recipients=("x@b.example",)) for one in w.mails or ()]),
    ],
    ids=["no mailbox", "the same address", "a mail of nobody's"],
)
def test_nothing_is_said_where_nothing_is_known(disturb: Callable[[World], World]) -> None:
    assert not _found(disturb(consistent_world()), "recipients")


def _skipped_and(state: str) -> World:
    """A message that was skipped by all accounts, and stands as `state` now."""
    world = _held(state, None)

    def skipped(one: Published) -> Published:
        if not isinstance(one.event, NotificationSent) or one.event.registration_id != TURN.registration_id:
            return one
        return replace(one, event=NotificationSkipped(**one.event.model_dump(include=set(NotificationEvent.model_fields)), reason="moved"))

    mails = [replace(mail, state="skipped") if mail.registration_id == TURN.registration_id else mail for mail in world.registration.mails]
    return replace(
        world,
        log=replace(world.log, published=[skipped(one) for one in world.log.published]),
        registration=replace(world.registration, mails=mails),
        mails=[mail for mail in world.mails or () if mail.key != TURN],
    )


@pytest.mark.parametrize(("state", "found"), [("planned", 0), ("claimed", 0), ("sent", 2)])
def test_what_was_skipped_may_be_planned_again_and_nothing_is_told_of_that(state: str, found: int) -> None:
    assert len(_found(_skipped_and(state), "messages")) == found
