"""Whoever has claimed a message, or says that it is being sent, is still at work on it."""

from collections.abc import Iterator
from datetime import timedelta

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World

LONGEST = timedelta(minutes=1)
"""A worker that lives looks every few seconds for messages whose holder fell silent; one on a busy machine may need longer."""


def claims_are_held(world: World) -> Iterator[Disagreement]:
    """A lease that ran out longer ago than anybody needs to take over: nobody holds the message, and nobody settles it either."""
    for key, row in sorted(world.notifications.messages.items()):
        if row.state in {"claimed", "sending"} and row.lapsed_for is not None and row.lapsed_for > LONGEST:
            yield Disagreement(
                check="claims",
                one_side=f"notifications has the message as {row.state}",
                other_side=f"notifications' lease on it ran out {int(row.lapsed_for.total_seconds())} seconds ago",
                ids=(str(key),),
            )
