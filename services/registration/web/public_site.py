"""Everything with a page: put into the web process by `install_site`."""

from pathlib import Path

from fastapi import FastAPI

from services.registration.settings import RegistrationSettings
from services.registration.web import personal, public_form, public_workshops
from services.registration.web.public_receipts import Receipts
from shared.web.error_pages import install_error_pages
from shared.web.pages import Pages, install_look

_FOLDER = Path(__file__).parent


def install_site(app: FastAPI, settings: RegistrationSettings) -> None:
    """Gives the app its pages: public, personal and the console.

    They use of `app.state`: `pool`, `clock`, `links` (PersonalLinks), `admissions` (`submit(workshop_id, submission)` answers with an
    Answer) and `sessions` (SessionVerifier).
    """
    app.state.pages = Pages(_FOLDER / "templates", _FOLDER / "locale")
    app.state.receipts = Receipts(settings.link_secret.get_secret_value())
    install_look(app, public_url=settings.public_url, secret_paths=personal.SECRET_PATHS)
    install_error_pages(app, app.state.pages)
    for module in (public_workshops, public_form, personal):
        app.include_router(module.router)
