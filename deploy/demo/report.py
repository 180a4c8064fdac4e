"""The report that the demonstration writes: the same numbers as its table, for programs."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.demo.count import Figure, by_purpose
from deploy.demo.promised import Promised
from deploy.reconcile.disagreement import Disagreement


@dataclass(frozen=True, kw_only=True)
class Report:
    """`applied` to `certificates` are counted before the erasure, the rest at the end. `disagreements` are one line each."""

    applied: int
    confirmed: int
    waiting: int
    withdrawn: int
    promoted: int
    attended: int
    certificates: int
    mails: Mapping[str, Mapping[str, int]]
    skipped: Mapping[str, int]
    erased: int
    submit_to_mail_ms: Mapping[str, float]
    seconds: Mapping[str, float]
    front_door: str
    ok: bool
    disagreements: Sequence[str]

    def write(self, path: Path) -> None:
        """As JSON, in place of an earlier one."""
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """The median and the 95th percentile by nearest rank: figures that were really measured."""
    ordered = sorted(milliseconds)
    return {name: round(ordered[math.ceil(len(ordered) * share) - 1], 1) for name, share in (("p50", 0.5), ("p95", 0.95))}


def compare_with_promised(figures: Sequence[Figure], latency: Mapping[str, float], promised: Promised) -> list[Disagreement]:
    """What was promised against what was counted."""
    wanted = {
        name: getattr(promised, name)
        for name in ("applied", "confirmed", "waiting", "withdrawn", "promoted", "attended", "certificates", "erased")
    }
    broken = [
        Disagreement(check=figure.name, one_side=f"the story promises {wanted[figure.name]}", other_side=f"{place} counts {found}")
        for figure in figures
        if figure.name in wanted
        for place, found in figure.sides.items()
        if found != wanted[figure.name]
    ]
    if latency["p95"] >= promised.submit_to_mail_p95_ms:
        broken.append(
            Disagreement(
                check="submit to mail",
                one_side=f"the story promises a p95 under {promised.submit_to_mail_p95_ms:.0f} ms",
                other_side=f"the mailbox's clock says {latency['p95']} ms",
            )
        )
    return broken


def make_report(
    *,
    figures: Sequence[Figure],
    disagreements: Sequence[Disagreement],
    latency: Mapping[str, float],
    seconds: Mapping[str, float],
    front_door: str,
) -> Report:
    """Put the counted figures under the names of the report. `ok` means that nobody disagrees."""
    values = {figure.name: figure.value for figure in figures}
    mails = values.pop("mails")
    skipped = values.pop("skipped")
    if isinstance(mails, int) or isinstance(skipped, int):
        raise TypeError("mails and skipped are counted by purpose and by reason")
    return Report(
        **{name: value for name, value in values.items() if isinstance(value, int)},
        mails=by_purpose(mails),
        skipped=dict(sorted(skipped.items())),
        submit_to_mail_ms=latency,
        seconds=seconds,
        front_door=front_door,
        ok=not disagreements,
        disagreements=[str(one) for one in disagreements],
    )
