"""A mail server that hangs, refuses, answers 4xx or 5xx, or dies once it has the text."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.faults.matrix.fault import Fault, Struck
from tests.faults.matrix.smtp import At, SmtpFront

if TYPE_CHECKING:
    from tests.faults.matrix.stage import Stage

MET_WITHIN = 15.0
"""Seconds in which a mail must meet the fault, once mails are due: longer than a claim is held by a worker that fell silent."""
LATER = (421, 450, 451, 452)
NEVER = (550, 552, 553, 554)


@dataclass(frozen=True)
class Plan:
    """What is left to chance, drawn before anything happens.

    Args:
        at: the moment of the conversation.
        lasts: seconds until it is healed, from when it has met a mail.
        times: how many mails are refused for good at most.
        taking: whether a server that hangs at the final dot has kept the mail.
        later: a code of 4xx.
        never: a code of 5xx.
    """

    at: At
    lasts: float
    times: int
    taking: bool
    later: int
    never: int


def draw(chance: random.Random, moments: tuple[At, ...]) -> Plan:
    """Mostly a second or two, six at most."""
    return Plan(
        at=chance.choice(moments),
        lasts=round(min(6.0, 0.5 + chance.expovariate(0.6)), 2),
        times=chance.randint(1, 3),
        taking=chance.random() < 0.5,  # as often as not
        later=chance.choice(LATER),
        never=chance.choice(NEVER),
    )


ANSWERED = (At.MAIL, At.RCPT, At.DATA, At.DOT)
SILENT = (At.GREETING, At.MAIL, At.RCPT, At.DATA, At.DOT)


def hang(front: SmtpFront, plan: Plan) -> str:
    """Say nothing any more."""
    front.hang(plan.at, taking=plan.taking)
    return f"at {plan.at.value}{', mail taken' if plan.taking and plan.at is At.DOT else ''}"


def later(front: SmtpFront, plan: Plan) -> str:
    """Refuse for now."""
    front.answer(plan.later, plan.at)
    return f"{plan.later} at {plan.at.value}"


def never(front: SmtpFront, plan: Plan) -> str:
    """Refuse some mails for good."""
    front.answer(plan.never, plan.at, times=plan.times)
    return f"{plan.never} at {plan.at.value}, up to {plan.times} times"


def die(front: SmtpFront, _plan: Plan, *, at: At, taking: bool = False) -> str:
    """End everything at that moment, and stay away."""
    front.die(at, taking=taking)
    return f"at {at.value}"


async def strike(blow: Callable[[SmtpFront, Plan], str], moments: tuple[At, ...], stage: "Stage", chance: random.Random) -> Struck:
    """Wait for mails, let the blow fall on one, and heal after a while."""
    plan = draw(chance, moments)
    front = stage.smtp
    if not await stage.until_in_flight("notifications"):
        return Struck(in_flight=False, detail="no mail was due")
    try:
        detail = blow(front, plan)
        met = await front.until_struck(MET_WITHIN)
        if met:
            await asyncio.sleep(plan.lasts)
        struck = front.struck
    finally:
        front.clean()
    return Struck(in_flight=met, detail=f"{detail}; met {struck}, healed after {plan.lasts:g} s")


async def refuse(stage: "Stage", chance: random.Random) -> Struck:
    """End all conversations, and refuse new ones."""
    plan = draw(chance, ANSWERED)
    front = stage.smtp
    if not await stage.until_in_flight("notifications") or not await front.until_under_way(MET_WITHIN):
        return Struck(in_flight=False, detail="no mail was under way")
    under_way = front.transactions
    try:
        front.refuse()
        await asyncio.sleep(plan.lasts)
    finally:
        front.clean()
    return Struck(in_flight=True, detail=f"{under_way} mails under way, refused for {plan.lasts:g} s")


FAULTS = (
    Fault("SMTP hangs", "smtp", strike=partial(strike, hang, SILENT), opens_window=True),
    Fault("SMTP refuses connections", "smtp", strike=refuse, opens_window=True),
    Fault("SMTP answers 4xx", "smtp", strike=partial(strike, later, ANSWERED)),
    Fault("SMTP answers 5xx", "smtp", strike=partial(strike, never, ANSWERED), refuses_mails=True),
    Fault("SMTP dies at DATA, before it asks for the text", "smtp", strike=partial(strike, partial(die, at=At.DATA), ANSWERED)),
    Fault(
        "SMTP dies after DATA, before it has taken the mail",
        "smtp",
        strike=partial(strike, partial(die, at=At.DOT), ANSWERED),
        opens_window=True,
    ),
    Fault(
        "SMTP dies after DATA, with the mail taken and before its answer",
        "smtp",
        strike=partial(strike, partial(die, at=At.DOT, taking=True), ANSWERED),
        opens_window=True,
    ),
)
