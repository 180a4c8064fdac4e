"""How soon each page is there when a workshop has many people, and what a browser fetches in order to register."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from uuid import UUID

from bench.console import Account
from bench.fill import past
from bench.load.form import bodies, with_token
from bench.load.reader import Reader
from bench.load.visitors import TOKEN
from bench.load.weight import referenced, referenced_by_style
from bench.rest import until_at_rest
from bench.result import Result, median, percentiles
from bench.size import Size
from bench.stand import Stand
from bench.usage import Usage, Watch
from services.registration.domain.personal_link import PersonalLinks

GOAL_P95_MS, GOAL_BYTES, GOAL_PAGES = 30.0, 60_000, 2
PEOPLE = 97
"""Personal pages that are opened in turn, far apart from each other."""
SERVING = ("registration-web", "postgres")
"""Whose processor time counts: what the others do meanwhile, they do without pages too."""


@dataclass(frozen=True)
class Opened:
    """One page, or pages alike, opened many times: seconds of each, and processor time of all."""

    seconds: Sequence[float]
    usage: Usage

    @property
    def p95(self) -> float:
        """Milliseconds."""
        return percentiles(self.seconds)["p95"]

    @property
    def cpu_ms(self) -> float:
        """Of the processes that serve it, for each page."""
        return self.usage.atelier * 1000 / len(self.seconds)

    @property
    def split(self) -> Mapping[str, float]:
        """The same, by process."""
        return self.usage.per_unit(len(self.seconds))


async def measure(stand: Stand, size: Size) -> list[Result]:
    """A workshop with many people; every page by turns, round by round."""
    [(workshop_id, slug)] = await stand.workshops(1)
    await until_at_rest(stand.system)
    await past.fill(stand.administered("registration"), past.REGISTRATION, UUID(workshop_id), 1, size.page_registrations)
    account = await Account.create(stand)
    paths = await pages(stand, workshop_id, slug, (1, size.page_registrations))
    rounds: dict[str, list[Opened]] = {name: [] for name in paths}
    for _ in range(size.rounds):
        for name, opened in (await open_all(stand, account, paths, size.page_requests)).items():
            rounds[name].append(opened)
    return [*(_result(name, opened, size) for name, opened in rounds.items()), await _weight(stand, slug)]


async def pages(stand: Stand, workshop_id: str, slug: str, people: tuple[int, int]) -> dict[str, list[str]]:
    """The paths of each kind of page. `people` are the numbers of the first and last who were there before.

    The list is opened at its beginning, and in the middle.
    """
    links = PersonalLinks(stand.system.environment("registration")["ATELIER_LINK_SECRET"], stand.system.front_door)
    ends_at = datetime.fromisoformat((await stand.organiser.workshop(workshop_id))["ends_at"])
    (first, last), middle = people, sum(people) // 2
    persons = [past.person(UUID(workshop_id), first + number * (last - first) // PEOPLE) for number in range(PEOPLE)]
    console = f"/console/workshops/{workshop_id}"
    return {
        "public": [f"/workshops/{slug}"],
        "form": [f"/workshops/{slug}/register"],
        "personal": [f"/my/{links.token(person, ends_at)}" for person in persons],
        "console_list": [console, f"{console}?after={middle}", f"{console}?state=confirmed&after={middle}"],
    }


async def open_all(stand: Stand, account: Account, paths: Mapping[str, Sequence[str]], requests: int) -> dict[str, Opened]:
    """Each kind of page so many times, one after the other, from the web process itself."""
    opened = {}
    serving = {name: pid for name, pid in stand.roots.items() if name in SERVING}
    async with Reader(stand.system.process("registration-web").url, stand.system.front_door) as reader:
        await account.sign_in(reader)
        for name, alike in paths.items():
            for path in alike[:3]:
                await reader.open(path)
            reader.seconds, watch = [], Watch(serving)
            for path, _ in zip(cycle(alike), range(requests), strict=False):
                await reader.open(path)
            opened[name] = Opened(reader.seconds, watch.stop())
    return opened


def _result(name: str, rounds: Sequence[Opened], size: Size) -> Result:
    found = [one.p95 for one in rounds]
    value = median(found)
    middle = min(rounds, key=lambda one: abs(one.p95 - value))
    return Result(
        name=f"pages.{name}",
        value=round(value, 2),
        unit="ms",
        goal=f"p95 below {GOAL_P95_MS:.0f} ms",
        met=value < GOAL_P95_MS,
        rounds=found,
        cpu_ms=round(middle.cpu_ms, 3),
        split=middle.split,
        **percentiles(middle.seconds),
        note=f"p95 from the request's first byte to the answer's last, over loopback; {size.page_registrations:,} registrations",
    )


async def _weight(stand: Stand, slug: str) -> Result:
    """Register once as a browser with an empty cache does, and count bytes of bodies as they come over the wire."""
    path = f"/workshops/{slug}/register"
    _, body = next(bodies("weight"))
    async with Reader(stand.system.process("registration-web").url, stand.system.front_door) as reader:
        form = await reader.open(path)
        token = TOKEN.search(form.body)
        if token is None:
            raise RuntimeError("the form has no token")
        sent = await reader.send(path, with_token(body, token[1].decode("ascii")))
        answer = await reader.open(sent.headers["location"])
        beside: dict[str, bytes] = {}
        waiting = [*referenced(form.body), *referenced(answer.body)]
        while waiting:
            address = waiting.pop()
            if address not in beside:
                beside[address] = (await reader.open(address)).body
                waiting += referenced_by_style(beside[address]) if address.endswith(".css") else []
    parts = {"form": form.size, "answer": sent.size + answer.size, "beside_pages": sum(map(len, beside.values()))}
    # The form and the page that answers, and no third: `open` and `send` raise where something else comes.
    total, fetched = sum(parts.values()), len((form, answer))
    return Result(
        name="pages.weight",
        value=round(total / 1000, 1),
        unit="kB",
        goal=f"{GOAL_PAGES} pages and less than {GOAL_BYTES // 1000} kB of everything that a browser fetches",
        met=total < GOAL_BYTES and fetched <= GOAL_PAGES,
        beside={"pages": fetched, "requests": fetched + 1 + len(beside), **{f"{name}_bytes": size for name, size in parts.items()}},
        note="the form, the form sent, the page that answers and what they are shown with, nothing of it cached or compressed",
    )
