"""How many people are in each state: what the console shows is what the rows say."""

import asyncpg

from services.registration.domain.actor import PARTICIPANT
from services.registration.domain.registration import RegistrationState
from services.registration.storage import console_lists
from services.registration.use_cases.erase_registration import erase_registration
from services.registration.use_cases.withdraw_registration import withdraw_registration
from tests.component.registration.material import NOW, ids_by_address, open_one, place, submission


async def test_people_are_counted_by_state(connection: asyncpg.Connection) -> None:
    workshop = await open_one(connection, capacity=3)
    assert set((await console_lists.count_states(connection, workshop.id)).values()) == {0}
    await place(connection, workshop.id, *(submission(f"{letter}@example.org") for letter in "abcdefg"))
    people = await ids_by_address(connection, workshop.id)
    await withdraw_registration(connection, people["a@example.org"], by="participant", actor=PARTICIPANT, now=NOW)
    await withdraw_registration(connection, people["g@example.org"], by="participant", actor=PARTICIPANT, now=NOW)
    await erase_registration(connection, people["b@example.org"], actor=PARTICIPANT, now=NOW)
    counted = await console_lists.count_states(connection, workshop.id)
    rows = await connection.fetch("SELECT state, count(*) AS people FROM registrations WHERE workshop_id = $1 GROUP BY state", workshop.id)
    assert counted == {RegistrationState(row["state"]): row["people"] for row in rows}
    assert counted[RegistrationState.CONFIRMED] == 3
