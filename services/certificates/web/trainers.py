"""Where an organiser says who teaches at the workshop."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Response
from fastapi.responses import RedirectResponse

from services.certificates.storage.trainers import find_people, find_person, list_trainers
from services.certificates.use_cases.name_trainer import name_trainer
from services.certificates.web.office import At, require_workshop

router = APIRouter(prefix="/certificates/workshops/{workshop_id}/trainers", include_in_schema=False)

_NOT_FOUND = 404
_MOST = 50
"""Shown at a time."""


@router.get("")
async def show(at: At, workshop_id: UUID, name: str = "", after: UUID | None = None) -> Response:
    """Who teaches, and a search for others. `after` is the registration of the last trainer seen."""
    asked = " ".join("".join(letter for letter in name if letter.isprintable()).split())[:80]
    async with at.pool.acquire() as connection:
        workshop = await require_workshop(connection, workshop_id)
        people = await find_people(connection, workshop_id, asked, limit=_MOST + 1) if asked else []
        trainers = await list_trainers(connection, workshop_id, after=after, limit=_MOST + 1)
    shown, here = trainers[:_MOST], f"/certificates/workshops/{workshop_id}/trainers"
    return at.page(
        "trainers.html",
        workshop=workshop,
        trainers=shown,
        first=here if after else None,
        following=f"{here}?after={shown[-1].registration_id}" if len(trainers) > _MOST else None,
        asked=asked,
        people=people[:_MOST],
        more=len(people) > _MOST,
        back=f"/certificates/workshops/{workshop_id}",
    )


@router.get("/{registration_id}")
async def ask(at: At, workshop_id: UUID, registration_id: UUID) -> Response:
    """What it would do to name them, or to take them off the list."""
    async with at.pool.acquire() as connection:
        workshop = await require_workshop(connection, workshop_id)
        found = await find_person(connection, workshop_id, registration_id)
    if found is None:
        raise HTTPException(_NOT_FOUND)
    person, trains, has_one = found
    back = f"/certificates/workshops/{workshop_id}/trainers"
    return at.page("trainer.html", workshop=workshop, person=person, trains=trains, has_one=has_one, back=back)


@router.post("/{registration_id}")
async def change(at: At, workshop_id: UUID, registration_id: UUID, trains: Annotated[str, Form()] = "") -> Response:
    """Somebody does, or does not."""
    async with at.pool.acquire() as connection, connection.transaction():
        await require_workshop(connection, workshop_id)
        if not await name_trainer(connection, workshop_id, registration_id, trains=trains == "yes", by=at.organiser, now=at.now):
            raise HTTPException(_NOT_FOUND)
    return RedirectResponse(f"/certificates/workshops/{workshop_id}/trainers", 303)
