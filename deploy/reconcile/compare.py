"""Run every check on a world."""

from deploy.reconcile.checks import CHECKS
from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.world import World


def compare(world: World) -> list[Disagreement]:
    """All disagreements, check by check. An empty list means that every side tells the same."""
    return [disagreement for check in CHECKS for disagreement in check(world)]
