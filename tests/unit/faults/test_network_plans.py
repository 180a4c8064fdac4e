"""What the faults of network and mail server leave to chance is repeated by the seed, and is short."""

import random
from collections import Counter

from tests.faults.matrix.faults import network, smtp
from tests.faults.matrix.link import Way
from tests.faults.matrix.smtp import At


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # repeatable on purpose


def test_the_same_seed_plans_the_same() -> None:
    assert [network.draw(chance(seed)) for seed in range(20)] == [network.draw(chance(seed)) for seed in range(20)]
    assert smtp.draw(chance(7), smtp.ANSWERED) == smtp.draw(chance(7), smtp.ANSWERED)
    assert network.draw(chance(1)) != network.draw(chance(2))


def test_outages_are_short_and_everything_is_tried() -> None:
    seeded = chance(0)
    plans = [network.draw(seeded) for _ in range(500)]
    assert all(0.5 <= plan.lasts <= 6 for plan in plans)
    assert sorted(plan.lasts for plan in plans)[250] < 2.5
    assert {plan.way for plan in plans} == {Way.TO_SERVER, Way.TO_CLIENT, Way.BOTH}
    assert {plan.reset for plan in plans} == {True, False}
    mails = [smtp.draw(seeded, smtp.SILENT) for _ in range(500)]
    assert {plan.at for plan in mails} == {At.GREETING, At.MAIL, At.RCPT, At.DATA, At.DOT}
    assert {plan.later for plan in mails} == set(smtp.LATER)
    assert {plan.never for plan in mails} == set(smtp.NEVER)


def test_every_pair_meets_every_fault_under_a_name_of_its_own() -> None:
    kinds = [fault.kind for fault in (*network.FAULTS, *smtp.FAULTS)]
    assert len(set(kinds)) == len(kinds)
    modes = Counter(kind.partition(":")[0] for kind in kinds if kind.startswith("link"))
    assert modes == {f"link {mode}": 10 for mode in ("cut", "delayed", "halved", "stalled", "refused")}
    assert "link cut: certificates–Kafka" in kinds
