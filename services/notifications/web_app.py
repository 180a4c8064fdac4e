"""The web process of notifications: `python -m services.notifications.web_app`. It never touches Kafka."""

from pathlib import Path

from fastapi import FastAPI

from services.notifications.domain.message_id import domain_of
from services.notifications.jobs import create_composer
from services.notifications.settings import NotificationsSettings
from services.notifications.web import message, plan
from shared.runtime.request_spans import RequestSpanMiddleware
from shared.runtime.serving import serve
from shared.runtime.web import CorrelationIdMiddleware, add_health_routes, create_web_lifespan
from shared.web.error_pages import install_error_pages
from shared.web.pages import Pages, install_look
from shared.web.sessions import SessionVerifier

SERVICE = "notifications"
_WEB = Path(__file__).parent / "web"


def create_app(settings: NotificationsSettings) -> FastAPI:
    """The pages about messages, for signed-in organisers only.

    Raises:
        ValueError: the session's public key is not configured.
        OSError: its file cannot be read.
    """
    if settings.session_public_key_file is None:
        raise ValueError("session_public_key_file is needed to know organisers")
    app = FastAPI(
        title="Atelier notifications",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=create_web_lifespan(settings, service=SERVICE),
    )
    app.state.sessions = SessionVerifier.from_file(settings.session_public_key_file)
    app.state.pages = Pages(_WEB / "templates", _WEB / "locale")
    app.state.composer = create_composer(settings)
    app.state.mail_domain = domain_of(settings.mail_from)
    add_health_routes(app)
    app.include_router(plan.router)
    app.include_router(message.router)
    install_look(app, public_url=settings.public_url)
    install_error_pages(app, app.state.pages)
    app.add_middleware(RequestSpanMiddleware)
    app.add_middleware(CorrelationIdMiddleware)
    return app


def main() -> None:
    """Serve with the settings of the environment."""
    settings = NotificationsSettings()
    serve(create_app(settings), settings, service=SERVICE)


if __name__ == "__main__":
    main()
