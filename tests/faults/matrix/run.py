"""The run: episode after episode, on a stage that is set anew before it grows slow, and after anything was found on it."""

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import asyncpg
from aiokafka.errors import KafkaError

from deploy.embedded.errors import LaunchError
from tests.faults.matrix.episode import ACTIONS, Outcome, play
from tests.faults.matrix.examine import Examiner
from tests.faults.matrix.fault import Fault
from tests.faults.matrix.plan import Injection, again, draw
from tests.faults.matrix.report import Report, make_report
from tests.faults.matrix.stage import Stage
from tests.faults.matrix.staging import set_stage

EPISODES_ON_A_STAGE = 20
"""Each reads all that has happened on its stage so far."""
ATTEMPTS = 5
"""How often a kind that met no work is tried at another moment."""


@dataclass
class Run:
    """A run of the matrix.

    Args:
        faults: the kinds that it chooses from; those that cannot run here are left out, and named.
        number: how many strikes to count.
        seed: decides all that is left to chance.
        seconds: no episode begins later than this.
        longest_outage: of a server, in seconds.
        defect: name and process of the defect that is planted, if any.
        stop_at_finding: end with the first episode that finds something.
        keep_in: folder for the logs of stages on which something was found.
        tell: gets each outcome, and the report so far.
        say: gets words about what is going on.
    """

    faults: Sequence[Fault]
    number: int
    seed: int
    seconds: float = float("inf")
    longest_outage: float = 20.0
    defect: tuple[str, str] | None = None
    stop_at_finding: bool = False
    keep_in: Path | None = None
    tell: Callable[[Outcome, Report], None] = lambda _outcome, _report: None
    say: Callable[[str], None] = lambda _words: None
    outcomes: list[Outcome] = field(default_factory=list)

    async def play(self) -> Report:
        """Play it to its end."""
        self._began = time.monotonic()
        self._load: Counter[str] = Counter()
        runnable = [fault for fault in self.faults if fault.needs() is None]
        plan = deque(draw(runnable, self.number, seed=self.seed, actions=ACTIONS))
        while plan and not self._over():
            played = len(self.outcomes)
            try:
                await self._play_on_one_stage(plan)
            except (LaunchError, OSError, asyncpg.PostgresError, KafkaError) as error:
                # What goes wrong in an episode is a finding of it; this is the setting or the clearing of a stage.
                self.say(f"The stage: {error}")
                if len(self.outcomes) == played:
                    raise
        return self._report(finished=not plan)

    async def _play_on_one_stage(self, plan: deque[Injection]) -> None:
        began, brokers = time.monotonic(), plan[0].fault.brokers
        folder = self.keep_in / f"stage-{len(self.outcomes) + 1}" if self.keep_in else None
        async with set_stage(brokers=brokers, seed=self.seed, defect=self.defect, keep_in=folder) as stage:
            self.say(f"A new stage, set in {time.monotonic() - began:.0f} s")
            stage.longest_outage, examiner = self.longest_outage, Examiner()
            for _ in range(EPISODES_ON_A_STAGE):
                if not plan or plan[0].fault.brokers != brokers or self._over():
                    break
                if not (await self._play_one(plan, stage, examiner)).usable:
                    stage.worth_keeping = True
                    break
            self._count(self._load, stage, examiner)

    async def _play_one(self, plan: deque[Injection], stage: Stage, examiner: Examiner) -> Outcome:
        injection = plan.popleft()
        outcome = await play(stage, injection, examiner)
        self.outcomes.append(outcome)
        if not outcome.struck.in_flight and not outcome.findings and injection.attempt < ATTEMPTS:
            plan.appendleft(again(injection, seed=self.seed, actions=ACTIONS))
        self.tell(outcome, self._report(finished=False, stage=stage, examiner=examiner))
        return outcome

    def _over(self) -> bool:
        found = self.stop_at_finding and any(outcome.findings for outcome in self.outcomes)
        return found or time.monotonic() - self._began > self.seconds

    def _report(self, *, finished: bool, stage: Stage | None = None, examiner: Examiner | None = None) -> Report:
        load = Counter(self._load)
        if stage is not None and examiner is not None:
            self._count(load, stage, examiner)
        return make_report(
            self.faults,
            self.outcomes,
            seed=self.seed,
            planned=self.number,
            finished=finished,
            seconds=time.monotonic() - self._began,
            load=load,
        )

    @staticmethod
    def _count(load: Counter[str], stage: Stage, examiner: Examiner) -> None:
        load.update(asdict(stage.load.ledger.totals()))
        load["retries"] += stage.load.retries
        if (world := examiner.world) is not None:
            load["promotions"] += sum(row.promoted for row in world.registration.registrations.values())
            load["mails"] += len(world.mails or ())
            load["certificates"] += len(world.certificates.certificates)
