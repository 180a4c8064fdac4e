"""The web process of certificates: verification, documents, and the organisers' lists. It never touches Kafka."""

import asyncio
from pathlib import Path

from fastapi import FastAPI

from services.certificates.document.keys import read_public
from services.certificates.settings import CertificatesSettings
from services.certificates.web import (
    all_again,
    approvals,
    archive,
    checking,
    commands,
    console,
    documents,
    issuer,
    preview,
    shared,
    template,
    trainers,
    verification,
)
from services.certificates.web.preview import Previews
from services.certificates.web.private_addresses import PrivateAddressesMiddleware
from services.certificates.web.throttling import Throttle
from shared.runtime.clock import create_clock
from shared.runtime.request_spans import RequestSpanMiddleware
from shared.runtime.serving import serve
from shared.runtime.web import CorrelationIdMiddleware, add_health_routes, create_web_lifespan
from shared.web.error_pages import install_error_pages
from shared.web.pages import Pages, install_look
from shared.web.sessions import SessionVerifier

SERVICE = "certificates"
_WEB = Path(__file__).parent / "web"


def create_app(settings: CertificatesSettings) -> FastAPI:
    """The application.

    Raises:
        ValueError: no public key is configured.
        KeysUnusableError: the public keys of certificates are not in place.
        OSError: the key cannot be read.
    """
    if settings.session_public_key_file is None:
        raise ValueError("session_public_key_file is needed to know organisers by their sessions")
    app = FastAPI(
        title="Atelier certificates",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=create_web_lifespan(settings, service=SERVICE),
    )
    app.state.pages = Pages(_WEB / "templates", _WEB / "locale")
    app.state.sessions = SessionVerifier.from_file(settings.session_public_key_file)
    app.state.throttle = Throttle(settings.verification_limit)
    app.state.throttle_of_files = Throttle(settings.checking_limit)
    app.state.clock = create_clock(settings)
    app.state.public_url = settings.public_url
    app.state.previews = Previews(settings.font_directory)
    app.state.queue = checking.Queue()
    app.state.template_forms = asyncio.Lock()
    app.state.keys_directory = settings.keys_directory
    app.state.issuer = issuer.Issuer(settings.public_url, read_public(settings.keys_directory))
    add_health_routes(app)
    app.add_middleware(PrivateAddressesMiddleware)
    install_look(app, public_url=settings.public_url)
    install_error_pages(app, app.state.pages)
    app.include_router(issuer.router)
    app.include_router(checking.router)
    app.include_router(verification.router)
    app.include_router(shared.router)
    app.include_router(documents.router)
    app.include_router(console.router)
    app.include_router(archive.router)
    app.include_router(preview.router)
    app.include_router(template.router)
    app.include_router(trainers.router)
    app.include_router(approvals.router)
    app.include_router(all_again.router)
    app.include_router(commands.router)
    app.add_middleware(RequestSpanMiddleware)
    app.add_middleware(CorrelationIdMiddleware)
    return app


def main() -> None:
    """Serve with the settings of the environment."""
    settings = CertificatesSettings()
    serve(create_app(settings), settings, service=SERVICE)


if __name__ == "__main__":
    main()
