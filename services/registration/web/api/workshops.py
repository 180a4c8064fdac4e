"""Workshops: create, read, edit."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.registration.domain.refusals import InvalidFieldError, NotFoundError
from services.registration.domain.workshop import WorkshopDefinition
from services.registration.domain.workshop_consistency import check_consistency
from services.registration.storage import audit_log, workshops
from services.registration.use_cases.create_workshop import create_workshop
from services.registration.use_cases.edit_workshop import edit_workshop
from services.registration.web.api.dependencies import Acting, ExpectedVersion, Now, Transaction
from services.registration.web.api.views import ChangeList, ChangeView, WorkshopList, WorkshopView

router = APIRouter(prefix="/workshops", tags=["workshops"])


@router.post("", status_code=201)
async def create(definition: WorkshopDefinition, connection: Transaction, actor: Acting, now: Now, response: Response) -> WorkshopView:
    """Create a draft, which only organisers see."""
    check_consistency(definition)
    workshop = await create_workshop(connection, definition, actor=actor, now=now)
    response.headers["Location"] = f"/api/v1/workshops/{workshop.id}"
    response.headers["ETag"] = f'"{workshop.version}"'
    return WorkshopView.of(workshop)


@router.get("")
async def list_all(
    connection: Transaction,
    _actor: Acting,
    after: Annotated[UUID | None, Query(description="The last workshop of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> WorkshopList:
    """All workshops, the latest start first."""
    last = await workshops.find(connection, after) if after else None
    if after and last is None:
        raise InvalidFieldError("after", "is no workshop")
    found = await workshops.list_all(connection, after=(last.starts_at, last.id) if last else None, limit=limit + 1)
    shown = found[:limit]
    return WorkshopList(workshops=[WorkshopView.of(one) for one in shown], next_after=shown[-1].id if len(found) > limit else None)


@router.get("/{workshop_id}")
async def read(workshop_id: UUID, connection: Transaction, _actor: Acting, response: Response) -> WorkshopView:
    """One workshop as it stands."""
    workshop = await workshops.find(connection, workshop_id)
    if workshop is None:
        raise NotFoundError("There is no such workshop.")
    response.headers["ETag"] = f'"{workshop.version}"'
    return WorkshopView.of(workshop)


@router.put("/{workshop_id}")
async def edit(
    workshop_id: UUID,
    definition: WorkshopDefinition,
    connection: Transaction,
    actor: Acting,
    now: Now,
    response: Response,
    expected: ExpectedVersion = None,
) -> WorkshopView:
    """Replace the definition: of a draft freely; of an open workshop save slug, time zone and timetable, and no language less.

    The capacity cannot go below those who are confirmed; new places go to those who wait, at once.
    """
    check_consistency(definition)
    version = int(expected.strip('"')) if expected else None
    workshop = await edit_workshop(connection, workshop_id, definition, actor=actor, now=now, expected_version=version)
    response.headers["ETag"] = f'"{workshop.version}"'
    return WorkshopView.of(workshop)


@router.get("/{workshop_id}/changes")
async def changes(workshop_id: UUID, connection: Transaction, _actor: Acting) -> ChangeList:
    """Every command for this workshop: who gave it, when, and which services have acted on it."""
    if await workshops.find(connection, workshop_id) is None:
        raise NotFoundError("There is no such workshop.")
    return ChangeList(changes=[ChangeView.of(entry) for entry in await audit_log.of_workshop(connection, workshop_id)])
