"""How much of everything a run does: all of it in about half an hour on two cores, or a taste of it in less than five."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Size:
    """`rounds` of each measure, the bare limit's taken in turn with them; the rest are seconds or numbers of what they are named after."""

    rounds: int
    registering_seconds: float
    calm_seconds: float
    """At half of that load."""
    slow_seconds: float
    """At twenty a second."""
    front_door_seconds: float
    idle_seconds: float
    form_seconds: float
    workshops: int
    mails: int
    certificates: int
    """Made in each round, of each part; as many for each process of a pool."""
    people_told: int
    """Two events each, in the outbox of registration."""
    people_told_few: int
    """The same, where next to nothing was told before."""
    catch_up_events: int
    page_registrations: int
    page_requests: int
    planned: int
    """Registrations that get a reminder."""
    bystanders: int
    """People of another workshop, who are told that they are confirmed meanwhile."""
    grown_from: int
    grown_to: int
    grown_mail_rounds: int
    """By turns among few and among many."""
    grown_visits: int
    grown_page_requests: int
    """Of each kind of page."""


FULL = Size(
    rounds=3,
    registering_seconds=40.0,
    calm_seconds=25.0,
    slow_seconds=20.0,
    front_door_seconds=20.0,
    idle_seconds=20.0,
    form_seconds=20.0,
    workshops=1000,
    mails=10_000,
    certificates=300,
    people_told=40_000,
    people_told_few=5000,
    catch_up_events=1_000_000,
    page_registrations=100_000,
    page_requests=300,
    planned=1_000_000,
    bystanders=1000,
    grown_from=10_000,
    grown_to=1_000_000,
    grown_mail_rounds=2,
    grown_visits=6000,
    grown_page_requests=1000,
)
QUICK = Size(
    rounds=1,
    registering_seconds=8.0,
    calm_seconds=6.0,
    slow_seconds=4.0,
    front_door_seconds=5.0,
    idle_seconds=3.0,
    form_seconds=3.0,
    workshops=100,
    mails=1000,
    certificates=20,
    people_told=2500,
    people_told_few=2500,
    catch_up_events=20_000,
    page_registrations=20_000,
    page_requests=50,
    planned=30_000,
    bystanders=60,
    grown_from=1000,
    grown_to=30_000,
    grown_mail_rounds=1,
    grown_visits=400,
    grown_page_requests=100,
)
