"""Everything with a page: put into the web process by `install_site`."""

from pathlib import Path

from fastapi import FastAPI

from services.registration.settings import RegistrationSettings
from services.registration.web import (
    console_check_in,
    console_commands,
    console_correction,
    console_login,
    console_new,
    console_registrations,
    console_workshops,
    personal,
    public_form,
    public_workshops,
)
from shared.web.error_pages import install_error_pages
from shared.web.pages import Pages, install_look

_FOLDER = Path(__file__).parent


def install_site(app: FastAPI, settings: RegistrationSettings) -> None:
    """Gives the app its pages: public, personal and the console.

    They use what `create_app` puts into `app.state`, and add `pages`.
    """
    app.state.pages = Pages(_FOLDER / "templates", _FOLDER / "locale")
    install_look(app, public_url=settings.public_url, secret_paths=personal.SECRET_PATHS)
    install_error_pages(app, app.state.pages)
    app.router.routes.extend([*public_form.routes, *public_workshops.routes])
    modules = (
        personal,
        console_login,
        console_workshops,
        console_new,
        console_commands,
        console_check_in,
        console_correction,  # before the commands that have no form of their own
        console_registrations,
    )
    for module in modules:
        app.include_router(module.router)
