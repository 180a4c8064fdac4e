"""The front door's process: `python -m deploy.embedded.front_door.app`."""

import contextlib
import logging
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.embedded.front_door.pages import TEMPLATES, UnavailablePage, own_routes
from deploy.embedded.front_door.proxy import Proxy
from deploy.embedded.front_door.routes import Routes
from deploy.embedded.front_door.settings import FrontDoorSettings
from shared.runtime.serving import end_well_when_told_to_stop
from shared.web.pages import STYLESHEET_PATH, Pages, install_look

OWN_PATHS = frozenset(("/", STYLESHEET_PATH, "/health/live", "/health/ready"))
"""The stylesheet too, so that the start page looks right while everything else is down."""


def create_app(settings: FrontDoorSettings) -> ASGIApp:
    """Own pages for own paths, the proxy for everything else."""
    routes = Routes(settings)
    pages = Pages(TEMPLATES, None, offered=("en",))
    proxy = Proxy(UnavailablePage(settings.public_url, pages))

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await proxy.close()

    own = FastAPI(lifespan=lifespan, openapi_url=None)
    install_look(own, public_url=settings.public_url)
    own.include_router(own_routes(settings, routes, pages))

    async def front_door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OWN_PATHS:
            await own(scope, receive, send)
        elif upstream := routes.upstream(scope["path"]):
            await proxy.forward(scope, receive, send, upstream)
        else:
            await PlainTextResponse("Not found.\n", 404)(scope, receive, send)

    return front_door


def main() -> None:
    """Serve until told to stop."""
    settings = FrontDoorSettings()
    logging.basicConfig(level=settings.log_level)
    end_well_when_told_to_stop()
    uvicorn.run(
        create_app(settings), host=settings.host, port=settings.port, access_log=False, log_level=settings.log_level.lower(),
        # Behind this process stand others; before it stands nobody whose word on addresses would count.
        proxy_headers=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
