"""Points that every worker has: its consumers' batches and its relay."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from tests.faults.matrix.kill_points.control import Order
from tests.faults.matrix.kill_points.point import Here, Point, on_entry
from tests.faults.matrix.patching import Arguments, Undo, watch, wrap

WORKERS = ("registration-worker", "notifications-worker", "certificates-worker")
BATCHES = 5
"""Among so many of the next batches is the one that is struck."""


def _middle_of_a_batch(here: Here) -> Sequence[Undo]:
    """After some of a batch's records were applied, the number drawn. A batch that is done again one by one counts anew.

    Which of the next batches it is, is drawn too: otherwise it would nearly always be that of the same topic.
    """
    left: dict[int, tuple[int, int]] = {}  # by batch: how many it has, how many were applied
    begun: Counter[Order] = Counter()
    alone: set[int] = set()  # batches of which one record is being applied

    def begin(arguments: Arguments) -> None:
        left[id(arguments["self"])] = len(arguments["items"]), 0
        alone.discard(id(arguments["self"]))
        if here.order is not None:
            begun[here.order] += 1

    def end(arguments: Arguments, _result: Any) -> None:
        left.pop(id(arguments["self"]), None)

    def count(arguments: Arguments, more: int) -> None:
        if id(arguments["self"]) not in left:  # a dead letter that is replayed is no batch
            return
        many, before = left[id(arguments["self"])]
        left[id(arguments["self"])] = many, before + more
        order = here.order
        if order is not None and begun[order] >= order.pick(BATCHES) and before + more >= order.pick(many):
            here.reached(f"{before + more} of {many} records applied")

    def applied_one(arguments: Arguments, _result: Any) -> None:
        alone.discard(id(arguments["self"]))
        count(arguments, 1)

    def applied_together(arguments: Arguments, _result: Any) -> None:
        if id(arguments["self"]) not in alone:  # or it counts as one of them
            count(arguments, len(arguments["items"]))

    return [
        watch("shared.runtime.batch:Batch.together", needs=("items",), before=begin, after=end),
        watch("shared.runtime.batch:Batch.one_by_one", needs=("items",), before=begin, after=end),
        watch("shared.runtime.batch:Batch._apply", before=lambda arguments: alone.add(id(arguments["self"])), after=applied_one),
        watch("shared.runtime.batch:Batch._apply_together", needs=("items",), after=applied_together),
    ]


def _batch_committed(here: Here) -> Sequence[Undo]:
    """After the commit of one of the next batches, the number drawn: otherwise it would nearly always be that of the same topic."""
    passed: Counter[Order] = Counter()

    def processed(arguments: Arguments, _result: Any) -> None:
        order = here.order
        if order is None:
            return
        passed[order] += 1
        if passed[order] >= order.pick(BATCHES):
            here.reached(f"{len(arguments['records'])} records of {arguments['topic'].name} committed, their offsets not")

    return [watch("shared.runtime.consuming:Consuming._process", needs=("topic", "records"), after=processed)]


def _part_was_sent(here: Here) -> Sequence[Undo]:
    """After the broker has confirmed some of the rows that the relay read, the number drawn, and before it has the others."""
    sent: dict[int, tuple[int, int]] = {}  # by relay: how many rows it has read, how many it handed over

    def begin(arguments: Arguments) -> None:
        sent[id(arguments["self"])] = len(arguments["rows"]), 0

    def end(arguments: Arguments, _result: Any) -> None:
        sent.pop(id(arguments["self"]), None)

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        async def hand_over(self: Any, *args: Any, **more: Any) -> Any:
            confirmation = await original(self, *args, **more)
            many, before = sent.get(id(self), (0, 0))  # none where a tombstone is repeated
            sent[id(self)] = many, before + 1
            order = here.order
            if order is not None and many > before + 1 >= order.pick(many - 1):
                await confirmation
                here.reached(f"{before + 1} of {many} rows confirmed by the broker, the others not sent")
            return confirmation

        return hand_over

    return [
        watch("shared.runtime.relay:Relay._send", needs=("rows",), before=begin, after=end),
        wrap("shared.runtime.relay:Relay._hand_over", make, needs=("row",)),
    ]


POINTS = (
    Point("batch-middle", "worker, in the middle of a batch", WORKERS, _middle_of_a_batch),
    Point(
        "batch-committed",
        "worker, between a batch's commit and the commit of its offsets",
        WORKERS,
        _batch_committed,
    ),
    Point(
        "relay-read",
        "relay, between commit and publish",
        WORKERS,
        on_entry("shared.runtime.relay:Relay._send", lambda call: f"{len(call['rows'])} rows read, none sent", needs=("rows",)),
    ),
    Point("relay-part", "relay, in the middle of publishing", WORKERS, _part_was_sent),
    Point(
        "relay-published",
        "relay, between publish and mark",
        WORKERS,
        on_entry("shared.runtime.relay:Relay._mark", lambda call: f"{len(call['rows'])} rows published, not marked", needs=("rows",)),
    ),
)
