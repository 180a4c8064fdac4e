"""The reminder plan: every planned message with when, in which zone, for whom, and why it was sent or skipped."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from fastapi import HTTPException, Response

from services.notifications.domain.message import Purpose, State
from services.notifications.domain.reminder_plan import PlannedReminder, ends_with_completion, plan_reminders
from services.notifications.storage import board
from services.notifications.storage.board import Cursor
from services.notifications.web.office import At, create_router
from shared.contracts.workshops import WorkshopRecorded, WorkshopState

router = create_router()

_PAGE = 100


@dataclass(frozen=True, slots=True)
class WorkshopView:
    """A workshop as the pages show it at `now` (UTC), with its messages by state and all reminders in the order of their times."""

    record: WorkshopRecorded
    counts: dict[str, int]
    reminders: tuple[PlannedReminder, ...]
    now: datetime

    @property
    def next(self) -> PlannedReminder | None:
        """The first reminder still to come; None for a draft and where the end of the workshop has ended the rest."""
        return next((reminder for reminder in self.reminders if reminder.due_at > self.now and self._holds(reminder)), None)

    @property
    def first(self) -> datetime:
        """The beginning, wall-clock time in the workshop's zone."""
        return min(session.starts for session in self.record.sessions)

    @property
    def last(self) -> datetime:
        """The end, wall-clock time in the workshop's zone."""
        return max(session.ends for session in self.record.sessions)

    def _holds(self, reminder: PlannedReminder) -> bool:
        if self.record.state is WorkshopState.COMPLETED:
            return not ends_with_completion(reminder.rule)
        return self.record.state is WorkshopState.OPEN


@router.get("")
async def list_workshops(at: At) -> Response:
    """All workshops, and the messages that wait for a decision."""
    async with at.pool.acquire() as connection:
        found = await board.list_workshops(connection)
        uncertain = await board.list_uncertain(connection, limit=_PAGE)
    return at.page(
        "workshops.html",
        workshops=[WorkshopView(record, counts, _reminders(record), at.now) for record, counts in found],
        uncertain=uncertain,
        records={record.workshop_id: record for record, _ in found},
    )


@router.get("/workshops/{workshop_id}")
async def show_plan(workshop_id: UUID, at: At, state: str = "", purpose: str = "", after: str = "") -> Response:
    """One workshop's rules and messages; `state` and `purpose` choose, `after` is where the page begins."""
    chosen_state = state if state in set(State) else None
    chosen_purpose = purpose if purpose in set(Purpose) else None
    async with at.pool.acquire() as connection:
        record = await board.find_workshop(connection, workshop_id)
        if record is None:
            raise HTTPException(404)
        found = await board.list_messages(
            connection, workshop_id, state=chosen_state, purpose=chosen_purpose, after=_read_cursor(after), limit=_PAGE + 1
        )
        counts = await board.count_by_purpose(connection, workshop_id)
    by_state = {code.value: sum(count for (_, _, held), count in counts.items() if held == code) for code in State}
    asked = {name: value for name, value in (("state", chosen_state), ("purpose", chosen_purpose)) if value}
    here = f"/notifications/workshops/{workshop_id}"
    following = asked | {"after": f"{found[_PAGE - 1].due_at.isoformat()}~{found[_PAGE - 1].message_id}"} if len(found) > _PAGE else None
    return at.page(
        "plan.html",
        workshop=WorkshopView(record, by_state, _reminders(record), at.now),
        messages=found[:_PAGE],
        counts=counts,
        here=here,
        chosen={"state": chosen_state or "", "purpose": chosen_purpose or ""},
        first=f"{here}?{urlencode(asked)}#messages" if after else None,
        following=f"{here}?{urlencode(following)}#messages" if following else None,
    )


def _reminders(record: WorkshopRecorded) -> tuple[PlannedReminder, ...]:
    return plan_reminders(record.reminders, record.sessions, record.time_zone)


def _read_cursor(text: str) -> Cursor | None:
    moment, _, identity = text.partition("~")
    try:
        due_at = datetime.fromisoformat(moment)
        return (due_at, UUID(identity)) if due_at.tzinfo else None
    except ValueError:
        return None
