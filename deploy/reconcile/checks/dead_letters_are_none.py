"""What was published has been handled."""

from collections.abc import Iterator

from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World


def dead_letters_are_none(world: World) -> Iterator[Disagreement]:
    """A dead letter is a record that a service could not act on."""
    for books in world.bookkeeping:
        for letter in books.dead_letters:
            yield Disagreement(
                check="dead letter",
                one_side=f"Kafka has a record at {letter.topic}-{letter.partition}@{letter.offset}",
                other_side=f"{books.service} set it aside: {letter.reason}",
                ids=(f"dead letter {letter.id}",),
            )
