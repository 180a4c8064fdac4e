"""A consumer group: who reads which partition, from where, and up to where it is committed."""

import asyncio
from typing import Any

from tests.faults.simulation.process import Happening, Process

AT_ONCE = 4
"""Most records of one partition in a batch."""


class Member:
    """One consumer. It keeps what it has fetched even if its partitions are given to another meanwhile, as a zombie would."""

    def __init__(self, group: "Group", process: Process) -> None:
        self.group, self.process = group, process
        self.generation = -1
        self.positions: dict[int, int] = {}
        self.news = asyncio.Event()

    async def take(self) -> list[Any]:
        """The next records of the partitions that are one's own now, one partition after the other."""
        while True:
            if self.group.waiting_for(self):
                await self.process.point(lambda: f"fetches from {self.group.topic}")
                if records := self.group.fetch(self):
                    return records
            else:
                self.news.clear()
                await self.news.wait()

    async def commit(self) -> None:
        """Commit the positions. That of a member that was given up meanwhile is refused; the framework logs that and goes on."""
        await self.process.point(lambda: f"commits its offsets of {self.group.topic}")
        self.group.commit(self)


class Group:
    """All consumers of one topic in one service."""

    def __init__(self, broker: Process, topic: str, logs: dict[int, list[Any]]) -> None:
        self.topic = topic
        self.logs = logs
        self.committed = dict.fromkeys(logs, 0)
        self._broker = broker
        self._generation = 0
        self._turn = 0
        self._members: list[Member] = []

    @property
    def lag(self) -> int:
        """Records that are not committed."""
        return sum(len(log) - self.committed[partition] for partition, log in self.logs.items())

    def join(self, process: Process) -> Member:
        """Another consumer: partitions are assigned anew."""
        member = Member(self, process)
        self._members.append(member)
        process.at_death.append(lambda: self._broker.spawn(self._notice(member)))
        self._rebalance()
        return member

    def strikes(self) -> list[Happening]:
        """Partitions may change hands at any moment."""
        if len(self._members) < 2:
            return []
        return [(self._broker.name, f"assigns the partitions of {self.topic} anew", self._rebalance)]

    def waiting_for(self, member: Member) -> bool:
        """Whether there is something to read."""
        return member.generation != self._generation or any(
            position < len(self.logs[partition]) for partition, position in member.positions.items()
        )

    def fetch(self, member: Member) -> list[Any]:
        """What comes next; after a rebalance from what is committed."""
        if member.generation != self._generation:
            member.generation = self._generation
            place = self._members.index(member)
            mine = [partition for partition in self.logs if (partition + self._turn) % len(self._members) == place]
            member.positions = {partition: self.committed[partition] for partition in mine}
        records: list[Any] = []
        for partition, position in member.positions.items():
            batch = self.logs[partition][position : position + AT_ONCE]
            member.positions[partition] += len(batch)
            records += batch
        return records

    def commit(self, member: Member) -> None:
        """Accepted from a member of the present generation only."""
        if member.generation == self._generation and member in self._members:
            self.committed |= member.positions

    def tell_news(self) -> None:
        """Something was appended or assigned."""
        for member in self._members:
            member.news.set()

    def _rebalance(self) -> None:
        self._generation += 1
        self._turn += 1
        self.tell_news()

    async def _notice(self, member: Member) -> None:
        await self._broker.point(f"finds {member.process.name} gone from {self.topic}")
        self._members.remove(member)
        self._rebalance()
