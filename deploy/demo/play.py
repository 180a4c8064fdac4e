"""The story from the first application to the erasure, and the count at its end."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from deploy.demo.count import Figure, count_mails, count_people
from deploy.demo.people import in_order_of_application, load_applicants, load_workshop
from deploy.demo.phases.applications import apply
from deploy.demo.phases.certificates import collect_certificates
from deploy.demo.phases.check_in import check_in
from deploy.demo.phases.completion import complete
from deploy.demo.phases.erasure import erase
from deploy.demo.phases.opening import open_registration
from deploy.demo.phases.reminders import first_reminder, follow_up, second_reminder
from deploy.demo.phases.withdrawals import withdraw_early, withdraw_late
from deploy.demo.promised import PROMISED
from deploy.demo.report import Report, compare_with_promised, make_report, percentiles
from deploy.demo.stage import Stage, Story
from deploy.reconcile.compare import compare
from deploy.reconcile.disagreement import Disagreement
from deploy.reconcile.read_world import Addresses, read_world

Phase = Callable[[Stage, Story], Awaitable[None]]

SLUG = "strasbourg-2023"

BEFORE_ERASURE: tuple[tuple[str, str, Phase], ...] = (
    ("opening", "4 September: an organiser opens the registration", open_registration),
    ("applications", "People apply, one after the other", apply),
    ("early_withdrawals", "20 September: some withdraw, the first in line move up", withdraw_early),
    ("first_reminder", "17 October, 09:00: the first reminder", first_reminder),
    ("late_withdrawals", "19 October: some more withdraw, the first in line move up", withdraw_late),
    ("second_reminder", "23 October, 17:00: the second reminder", second_reminder),
    ("check_in", "24 to 26 October: three days, people are checked in", check_in),
    ("completion", "26 October: the workshop is completed, certificates are made", complete),
    ("certificates", "Everyone opens the certificate, a stranger verifies it", collect_certificates),
    ("follow_up", "29 October, 17:00, after the clocks changed: the follow-up", follow_up),
)


@dataclass(frozen=True)
class Ending:
    """What the story ended with: the report, the disagreements with both sides named, and what was counted before the erasure."""

    report: Report
    disagreements: list[Disagreement]
    people: list[Figure]


def begin() -> Story:
    """The announcement and the people, before anything has happened."""
    return Story(announcement=load_workshop(), applicants={person.address: person for person in load_applicants()}, slug=SLUG)


async def play(stage: Stage, story: Story, addresses: Addresses) -> Ending:
    """Play all phases, counting before the erasure and at the end."""
    arriving = in_order_of_application(list(story.applicants.values()), stage.chance)
    story.applicants = {person.address: person for person in arriving}
    for name, title, phase in BEFORE_ERASURE:
        with stage.show.phase(name, title):
            await phase(stage, story)
    with stage.show.phase("counting", "Databases, mailbox and Kafka are counted and compared"):
        world = await read_world(addresses)
        people, before = count_people(world), compare(world)
    with stage.show.phase("erasure", "2 November: one person asks to be erased"):
        await erase(stage, story)
    with stage.show.phase("second_counting", "All of it is counted and compared again"):
        return await conclude(
            addresses,
            people=people,
            before=before,
            submit_to_mail_ms=story.submit_to_mail_ms,
            seconds=stage.show.seconds,
            front_door=stage.front_door,
        )


async def conclude(
    addresses: Addresses,
    *,
    people: list[Figure],
    before: Sequence[Disagreement],
    submit_to_mail_ms: Sequence[float],
    seconds: Mapping[str, float],
    front_door: str,
) -> Ending:
    """Count the end of the story. `people` and `before` are what was counted, and did not agree, before the erasure."""
    world = await read_world(addresses)
    figures = people + count_mails(world)
    latency = percentiles(submit_to_mail_ms)
    counted = [one for figure in figures for one in figure.disagreements()]
    found = [*before, *compare(world), *counted, *compare_with_promised(figures, latency, PROMISED)]
    disagreements = list(dict.fromkeys(found))
    report = make_report(figures=figures, disagreements=disagreements, latency=latency, seconds=seconds, front_door=front_door)
    return Ending(report, disagreements, people)
