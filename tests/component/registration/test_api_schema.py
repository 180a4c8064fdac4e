"""The API against its own document: whatever a program sends, no answer is our failure and every answer is as documented."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from services.registration.settings import RegistrationSettings
from services.registration.use_cases.create_api_token import create_api_token
from services.registration.use_cases.create_organiser import create_organiser
from services.registration.web.api.application import create_api
from services.registration.web_app import create_app
from tests.component.registration.material import NOW, ids_by_address, open_one, place, submission
from tests.waiting import eventually

EXAMPLES = 25
"""Per operation; the document has about fifteen."""


async def test_every_answer_is_as_documented(settings: RegistrationSettings, connection: asyncpg.Connection) -> None:
    await create_organiser(connection, "organiser@example.org", "Olga", "correct horse battery", now=NOW)
    token = await create_api_token(connection, "organiser@example.org", "tests", now=NOW)
    workshop = await open_one(connection, capacity=3)
    await place(connection, workshop.id, *(submission() for _ in range(5)))
    registrations = list((await ids_by_address(connection, workshop.id)).values())
    quiet = settings.model_copy(update={"log_level": "ERROR"})
    server = uvicorn.Server(uvicorn.Config(create_app(quiet), port=0, log_config=None, lifespan="on"))
    serving = asyncio.create_task(server.serve())
    try:
        await eventually(lambda: server.started, what="the server listens")
        port = server.servers[0].sockets[0].getsockname()[1]
        call = _caller(f"http://127.0.0.1:{port}/api/v1", token, {"workshop_id": [workshop.id], "registration_id": registrations})
        await asyncio.to_thread(_try_all, call)
    finally:
        server.should_exit = True
        await serving


def _caller(base_url: str, token: str, known: dict[str, list[UUID]]) -> Callable[[Case, Any], None]:
    def call(case: Case, data: Any) -> None:
        # Ids made up by chance exist nowhere; most of the time it is to be somebody's.
        for name, ids in known.items():
            if case.path_parameters and name in case.path_parameters and data.draw(st.integers(0, 9)) > 1:
                case.path_parameters[name] = str(data.draw(st.sampled_from(ids)))
        case.call_and_validate(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"},
            # Times that contradict each other and zones that do not exist fit any JSON Schema and are refused all the same.
            excluded_checks=[positive_data_acceptance],
        )

    return call


def _try_all(call: Callable[[Case, Any], None]) -> None:
    schema = schemathesis.openapi.from_dict(create_api().openapi())
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 12
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
        )
        @given(case=operation.as_strategy(), data=st.data())
        def try_one(case: Case, data: Any) -> None:
            call(case, data)

        try_one()
