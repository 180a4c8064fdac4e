"""The run: episode after episode, on a stage that is set anew before it grows slow, and after anything was found on it.

Several stages can stand side by side: most of an episode is waiting, for an outage to end or for a group to be assigned anew.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import asyncpg
from aiokafka.errors import KafkaError

from deploy.embedded.errors import LaunchError
from tests.faults.matrix.episode import ACTIONS, Outcome, play
from tests.faults.matrix.examine import Examiner
from tests.faults.matrix.fault import Brokers, Fault
from tests.faults.matrix.plan import Injection, again, draw
from tests.faults.matrix.report import Report, make_report
from tests.faults.matrix.sittings import Sitting
from tests.faults.matrix.stage import Stage
from tests.faults.matrix.staging import set_stage

EPISODES_ON_A_STAGE = 40
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
        stages: that stand side by side at most.
        longest_outage: of a server, in seconds.
        defect: name and process of the defect that is planted, if any.
        stop_at_finding: end with the first episode that finds something.
        keep_in: folder for the logs of stages on which something was found.
        tell: gets each outcome, and the report so far.
        say: gets words about what is going on.
        before: what earlier sittings have played of it.
    """

    faults: Sequence[Fault]
    number: int
    seed: int
    seconds: float = float("inf")
    stages: int = 1
    longest_outage: float = 20.0
    defect: tuple[str, str] | None = None
    stop_at_finding: bool = False
    keep_in: Path | None = None
    tell: Callable[[Outcome, Report], None] = lambda _outcome, _report: None
    say: Callable[[str], None] = lambda _words: None
    before: Sitting = field(default_factory=Sitting)
    outcomes: list[Outcome] = field(init=False)

    async def play(self) -> Report:
        """Play it to its end."""
        self._began = time.monotonic()
        self._load = Counter(self.before.load)
        self.outcomes = list(self.before.outcomes)
        self._standing: list[tuple[Stage, Examiner]] = []
        self._brokers: list[Brokers] = []
        runnable = [fault for fault in self.faults if fault.needs() is None]
        whole = draw(runnable, self.number, seed=self.seed, actions=ACTIONS)
        self._plan = self.before.left(whole, seed=self.seed, attempts=ATTEMPTS)
        async with asyncio.TaskGroup() as lanes:
            for _ in range(self.stages):
                lanes.create_task(self._play_stage_after_stage())
        left = Sitting(self.outcomes).left(whole, seed=self.seed, attempts=ATTEMPTS)
        return self._report(finished=not left)

    async def _play_stage_after_stage(self) -> None:
        while not self._over() and (brokers := self._next_stage()) is not None:
            played = len(self.outcomes)
            self._brokers.append(brokers)
            try:
                await self._play_on_one_stage(brokers)
            except (LaunchError, OSError, asyncpg.PostgresError, KafkaError) as error:
                # What goes wrong in an episode is a finding of it; this is the setting or the clearing of a stage.
                self.say(f"The stage: {error}")
                if len(self.outcomes) == played:
                    raise
            finally:
                self._brokers.remove(brokers)

    def _next_stage(self) -> Brokers | None:
        """How many brokers the next stage needs; of those with three, one at a time is what a machine carries."""
        alone = {brokers for brokers in self._brokers if brokers > 1}
        return next((one.fault.brokers for one in self._plan if one.fault.brokers not in alone), None)

    async def _play_on_one_stage(self, brokers: Brokers) -> None:
        began = time.monotonic()
        folder = self.keep_in / f"stage-{len(self.outcomes) + 1}" if self.keep_in else None
        async with set_stage(brokers=brokers, seed=self.seed, defect=self.defect, keep_in=folder) as stage:
            self.say(f"A new stage, set in {time.monotonic() - began:.0f} s")
            stage.longest_outage, examiner = self.longest_outage, Examiner()
            self._standing.append((stage, examiner))
            try:
                for _ in range(EPISODES_ON_A_STAGE):
                    injection = next((one for one in self._plan if one.fault.brokers == brokers), None)
                    if injection is None or self._over():
                        break
                    if not (await self._play_one(injection, stage, examiner)).usable:
                        stage.worth_keeping = True
                        break
            finally:
                self._standing.remove((stage, examiner))
                self._count(self._load, stage, examiner)

    async def _play_one(self, injection: Injection, stage: Stage, examiner: Examiner) -> Outcome:
        self._plan.remove(injection)
        outcome = await play(stage, injection, examiner)
        self.outcomes.append(outcome)
        if not outcome.struck.in_flight and not outcome.findings and injection.attempt < ATTEMPTS:
            self._plan.insert(0, again(injection, seed=self.seed, actions=ACTIONS))
        self.tell(outcome, self._report(finished=False))
        return outcome

    def _over(self) -> bool:
        found = self.stop_at_finding and any(outcome.findings for outcome in self.outcomes)
        return found or time.monotonic() - self._began > self.seconds

    def _report(self, *, finished: bool) -> Report:
        load = Counter(self._load)
        for stage, examiner in self._standing:
            self._count(load, stage, examiner)
        return make_report(
            self.faults,
            self.outcomes,
            seed=self.seed,
            planned=self.number,
            finished=finished,
            seconds=self.before.seconds + time.monotonic() - self._began,
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
