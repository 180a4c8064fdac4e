"""Points of the notifications worker: from the claim of a message to its mark, its plan, and its recovery."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

from tests.faults.matrix.kill_points.point import Here, Point, on_entry, on_return
from tests.faults.matrix.patching import Arguments, Undo, watch, wrap

WORKER = ("notifications-worker",)
_SENDER = "services.notifications.delivery.sender"
_DESK = "services.notifications.delivery.sending_desk"
_CONNECTION = "services.notifications.delivery.smtp_connection:SmtpConnection"
_JOBS = "services.notifications.jobs"


def _message(call: Arguments) -> str:
    return f"{call['message'].purpose.value} {call['message'].message_id}"


def _taken(call: Arguments) -> str | None:
    sent = [outcome.claim.message_id for outcome in call["outcomes"] if type(outcome).__name__ == "Sent"]
    return f"message {', '.join(map(str, sent))} taken" if sent else None


def _after_the_dot(here: Here) -> Sequence[Undo]:
    """After the text with its final dot was written, before the answer: the one window in which nobody can know."""
    text_written: ContextVar[str | None] = ContextVar("text written", default=None)

    def make_hand_over(original: Callable[..., Any]) -> Callable[..., Any]:
        async def hand_over(self: Any, content: bytes) -> Any:
            waiting = text_written.set(f"{len(content)} bytes and the final dot written, no answer yet")
            try:
                return await original(self, content)
            finally:
                text_written.reset(waiting)

        return hand_over

    def make_read_response(original: Callable[..., Any]) -> Callable[..., Any]:
        answers: ContextVar[int] = ContextVar("answers", default=0)

        async def read_response(*args: Any, **more: Any) -> Any:
            in_hand = text_written.get()
            if in_hand is None:
                answers.set(0)
            else:
                answers.set(answers.get() + 1)
                if answers.get() == 2:  # the first was that to DATA
                    here.reached(in_hand)
            return await original(*args, **more)

        return read_response

    return [
        wrap(f"{_CONNECTION}.hand_over", make_hand_over, needs=("content",)),
        wrap("aiosmtplib.protocol:SMTPProtocol.read_response", make_read_response),
    ]


def _between_portions(here: Here) -> Sequence[Undo]:
    """After a portion of a workshop's registrations was planned and committed, before the receipts and the next portion."""
    planned: ContextVar[bool] = ContextVar("planned", default=False)

    def note(_call: Arguments, result: Any) -> None:
        planned.set(bool(result))

    def look(_call: Arguments) -> None:
        if planned.get():
            here.reached("a portion planned, no receipt given")

    return [watch(f"{_JOBS}:plan_messages", after=note), watch(f"{_JOBS}:acknowledge_facts", before=look)]


def _marked_as_sending(call: Arguments, result: Any) -> str | None:
    marked = [one.claim.message_id for one, begin in zip(call["beginnings"], result[0], strict=True) if begin.value == "send"]
    return f"message {', '.join(map(str, marked))} marked as being sent, not committed" if marked else None


POINTS = (
    Point(
        "mail-claimed",
        "notifications, between claim and composing",
        WORKER,
        on_entry(f"{_SENDER}:Sender._send", _message, needs=("message",)),
    ),
    Point(
        "mail-composed",
        "notifications, between composing and announcing",
        WORKER,
        on_entry(f"{_CONNECTION}.announce", lambda call: f"a mail of {len(call['mail'].content)} bytes", needs=("mail",)),
    ),
    Point(
        "mail-announced",
        "notifications, between announcing and «sending»",
        WORKER,
        on_entry(f"{_SENDER}:Sender._begin", _message, needs=("message",)),
    ),
    Point(
        "mail-marked",
        "notifications, between «sending» and its commit",
        WORKER,
        on_return(f"{_DESK}:begin_sending", _marked_as_sending, needs=("beginnings",)),
    ),
    Point(
        "mail-sending",
        "notifications, between the commit of «sending» and DATA",
        WORKER,
        on_entry(f"{_CONNECTION}.hand_over", lambda call: f"{len(call['content'])} bytes to be handed over", needs=("content",)),
    ),
    Point("mail-dot", "notifications, between the final dot and its answer", WORKER, _after_the_dot),
    Point(
        "mail-answered",
        "notifications, between DATA's answer and mark",
        WORKER,
        on_entry(f"{_DESK}:record_outcomes", _taken, needs=("outcomes",)),
    ),
    Point("plan-portion", "notifications, planner between portions", WORKER, _between_portions),
    Point(
        "recovery",
        "notifications, recovering what was claimed, before its commit",
        WORKER,
        on_return(f"{_JOBS}:recover_messages", lambda _, recovered: "claims freed, not committed" if recovered else None),
    ),
)
