"""The mailbox process: `python -m deploy.embedded.mailbox.app`."""

import contextlib
import logging
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from deploy.embedded.mailbox.data import data_routes
from deploy.embedded.mailbox.pages import TEMPLATES, page_routes
from deploy.embedded.mailbox.parts import part_routes
from deploy.embedded.mailbox.settings import MailboxSettings
from deploy.embedded.mailbox.smtp import smtp_server
from deploy.embedded.mailbox.store import Mailbox
from shared.runtime.serving import end_well_when_told_to_stop
from shared.web.pages import Pages, install_look


def create_app(settings: MailboxSettings) -> FastAPI:
    """The pages; the SMTP server lives exactly as long as they do. `app.state.smtp_port` is its port while it runs."""
    mailbox = Mailbox(settings.mailbox_directory)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with smtp_server(mailbox, host=settings.smtp_host, port=settings.smtp_port) as port:
            app.state.smtp_port = port
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    install_look(app, public_url=settings.public_url)
    app.include_router(page_routes(mailbox, Pages(TEMPLATES, None, offered=("en",))))
    app.include_router(part_routes(mailbox))
    app.include_router(data_routes(mailbox))

    @app.get("/health/live")
    @app.get("/health/ready")
    async def health() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    return app


def main() -> None:
    """Serve until told to stop."""
    settings = MailboxSettings()
    logging.basicConfig(level=settings.log_level)
    # The library logs every line of every session, addresses included, at INFO.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    end_well_when_told_to_stop()
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, access_log=False, log_level=settings.log_level.lower())


if __name__ == "__main__":
    main()
