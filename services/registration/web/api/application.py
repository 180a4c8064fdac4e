"""The API as an application of its own, so that its errors and its document are its own too."""

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from services.registration.web.api import problems, registrations, workshop_commands, workshops
from services.registration.web.api.body_limit import BodyLimitMiddleware


def create_api() -> FastAPI:
    """The application to be mounted at `/api/v1`; its document is at `/api/v1/openapi.json`. It shares its host's state."""
    api = FastAPI(
        title="Atelier organiser API",
        version="1",
        description="Everything that the console can do, for programs. Repeating a command that is done changes nothing.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        servers=[{"url": "/api/v1"}],
        root_path_in_servers=False,
        responses=problems.RESPONSES,
        default_response_class=JSONResponse,
    )
    api.include_router(workshops.router)
    api.include_router(workshop_commands.router)
    api.include_router(registrations.router)
    problems.install(api)
    api.add_middleware(BodyLimitMiddleware)
    return api
