"""The web process of registration: public pages, personal pages, the console and the organiser API. It never touches Kafka."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.registration.domain.personal_link import PersonalLinks
from services.registration.settings import RegistrationSettings
from services.registration.web.admission_desk import AdmissionDesk
from services.registration.web.answer_receipt import AnswerReceipts
from services.registration.web.api.application import create_api
from services.registration.web.public_site import install_site
from services.registration.web.session_issuing import SessionIssuer
from services.registration.web.throttling import Throttle
from services.registration.web.workshop_lookups import WorkshopLookups
from shared.runtime.request_spans import RequestSpanMiddleware
from shared.runtime.serving import serve
from shared.runtime.web import CorrelationIdMiddleware, add_health_routes, create_web_lifespan
from shared.web.sessions import SessionVerifier

SERVICE = "registration"


def create_app(settings: RegistrationSettings) -> FastAPI:
    """The application.

    Handlers find in `app.state`: `pool`, `clock`, `settings`, `admission_desk`, `workshop_lookups`,
    `personal_links`, `answer_receipts`, `sessions`
    (verifies), `session_issuer`, `form_throttle` and `login_throttle`.

    Raises:
        ValueError: a key file is not configured.
        OSError: a key file cannot be read.
    """
    if settings.session_private_key_file is None or settings.session_public_key_file is None:
        raise ValueError("session_private_key_file and session_public_key_file are needed to sign organisers in")
    secret = settings.link_secret.get_secret_value()

    @asynccontextmanager
    async def around(app: FastAPI) -> AsyncIterator[None]:
        app.state.workshop_lookups = WorkshopLookups(app.state.pool)
        app.state.admission_desk = AdmissionDesk(app.state.pool, app.state.clock, app.state.personal_links, settings)
        try:
            yield
        finally:
            await app.state.admission_desk.close()

    app = FastAPI(
        title="Atelier registration",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=create_web_lifespan(settings, service=SERVICE, around=around),
    )
    app.state.personal_links = PersonalLinks(secret, settings.public_url)
    app.state.answer_receipts = AnswerReceipts(secret)
    app.state.sessions = SessionVerifier.from_file(settings.session_public_key_file)
    app.state.session_issuer = SessionIssuer.from_file(settings.session_private_key_file, settings.public_url)
    app.state.form_throttle = Throttle(settings.form_rate_limit)
    app.state.login_throttle = Throttle(settings.login_rate_limit)
    add_health_routes(app)
    install_site(app, settings)
    app.add_middleware(RequestSpanMiddleware)
    app.add_middleware(CorrelationIdMiddleware)
    api = create_api()
    api.state = app.state  # a mounted application has a state of its own otherwise
    app.mount("/api/v1", api)
    return app


def main() -> None:
    """Serve with the settings of the environment."""
    settings = RegistrationSettings()
    serve(create_app(settings), settings, service=SERVICE)


if __name__ == "__main__":
    main()
