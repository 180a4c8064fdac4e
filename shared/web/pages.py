"""Pages: a service's own templates inside the layout that all services share."""

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from babel.support import NullTranslations
from fastapi import FastAPI
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from shared.web import languages, times
from shared.web.frames import Frames
from shared.web.origins import OriginCheckMiddleware
from shared.web.security_headers import SecurityHeadersMiddleware

_FOLDER = Path(__file__).parent
STYLESHEET = (_FOLDER / "stylesheet.css").read_bytes()
STYLESHEET_PATH = f"/static/{hashlib.sha256(STYLESHEET).hexdigest()[:16]}/atelier.css"
_LANGUAGE = "atelier.language"
"""Where a request's language is noted, which is asked for more than once."""
_IMMUTABLE = "public, max-age=31536000, immutable"


class Pages:
    """Renders the templates of one service.

    A template begins with `{% extends "layout.html" %}` and takes components with `{% import "components.html" as c %}`. In it,
    `_("…")` translates, `language` is the page's language, and the filters `localized`, `day`, `country`, `language_name` and `listed`
    and the functions `moment`, `stamp`, `span`, `days`, `hours` and `zones` put things into that language. A name that the handler
    did not pass is an error, not an empty string.

    Args:
        package_templates: the folder of the service's templates.
        catalogue_dir: the folder of its `<language>.po` files, if it has words of its own.
        offered: the languages of its pages.
    """

    def __init__(self, package_templates: Path, catalogue_dir: Path | None, *, offered: Sequence[str] = languages.OFFERED) -> None:
        self.offered = tuple(offered)
        folders = [folder for folder in (catalogue_dir, _FOLDER / "catalogue") if folder]
        catalogues = {language: languages.read_catalogues(folders, language) for language in self.offered}
        self._environments = {language: _environment(package_templates, catalogues[language], language) for language in self.offered}
        self._frames = Frames()
        self._phrases = {language: partial(_phrase, catalogues[language]) for language in self.offered}

    def language(self, request: Request) -> str:
        """The language this visitor is answered in."""
        chosen: str | None = request.scope.get(_LANGUAGE)
        if chosen is None:
            chosen = request.scope[_LANGUAGE] = languages.negotiate(request, self.offered)
        return chosen

    def translator(self, request: Request) -> Callable[..., str]:
        """`_` in the visitor's language, for what a handler has to say: `_("%(num)s places", num=3)`."""
        return self._phrases[self.language(request)]

    def response(
        self, request: Request, template: str, status: int = 200, *, headers: Mapping[str, str] | None = None, **context: Any
    ) -> HTMLResponse:
        """One page. It is not to be stored by anybody unless `headers` says otherwise; asking for a language is remembered in a cookie."""
        return self._answer(request, self._render(request, template, context), status, headers)

    def framed(
        self,
        request: Request,
        template: str,
        *,
        same: Hashable,
        holes: Mapping[str, str],
        context: Callable[[], Mapping[str, Any]],
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        """One page, as `response` makes it, of which all but the holes is kept.

        Args:
            request: of the visitor. Only pages without a query are kept, so that nobody can fill the memory with variants.
            template: which finds the holes by their names.
            same: everything the page depends on, but template, language and holes.
            holes: by name.
            context: what else the template needs; asked for only when the frame has to be made.
            headers: as for `response`.
        """
        if request.url.query:
            return self._answer(request, self._render(request, template, {**context(), **holes}), 200, headers)
        key = (template, self.language(request), same)
        page = self._frames.fill(key, holes, lambda marks: self._render(request, template, {**context(), **marks}))
        return self._answer(request, page, 200, headers)

    def fragment(self, request: Request, template: str, **context: Any) -> Markup:
        """A part of a page, to be put into another."""
        language = self.language(request)
        return Markup(self._environments[language].get_template(template).render(context, language=language))  # noqa: S704 - escaped by its template

    def _render(self, request: Request, template: str, context: Mapping[str, Any]) -> str:
        language = self.language(request)
        return (
            self._environments[language]
            .get_template(template)
            .render(
                {"organiser": None, **context},
                language=language,
                choices=[(code, languages.own_name(code), str(request.url.include_query_params(lang=code).query)) for code in self.offered],
            )
        )

    def _answer(self, request: Request, page: str | bytes, status: int, headers: Mapping[str, str] | None) -> HTMLResponse:
        language = self.language(request)
        answer = HTMLResponse(page, status, headers={"Content-Language": language, "Vary": "Accept-Language, Cookie", **(headers or {})})
        if request.query_params.get("lang") == language and request.cookies.get(languages.LANGUAGE_COOKIE) != language:
            answer.set_cookie(
                languages.LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="lax", httponly=True, secure=request.url.scheme == "https"
            )
        return answer


def install_look(app: FastAPI, *, public_url: str, secret_paths: tuple[str, ...] = ()) -> None:
    """Gives an app what all pages need: the stylesheet's address, the security headers and the check of origins.

    For `secret_paths` see OriginCheckMiddleware.
    """
    app.add_middleware(OriginCheckMiddleware, public_url=public_url, secret_paths=secret_paths)
    app.add_middleware(SecurityHeadersMiddleware, public_url=public_url)
    app.add_api_route("/static/{version}/atelier.css", _stylesheet, include_in_schema=False)


async def _stylesheet(version: str) -> Response:
    # While a new release rolls out, a page may name a version that this process does not have: it gets this one, and nobody keeps it
    current = STYLESHEET_PATH.split("/")[2] == version
    return Response(STYLESHEET, media_type="text/css", headers={"Cache-Control": _IMMUTABLE if current else "no-store"})


def _phrase(catalogue: NullTranslations, message: str, **values: object) -> str:
    return str(catalogue.gettext(message)) % values if values else str(catalogue.gettext(message))


def _environment(templates: Path, translations: NullTranslations, language: str) -> Environment:
    shared = FileSystemLoader(_FOLDER / "templates")
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(templates), shared, PrefixLoader({"shared": shared})]),
        autoescape=select_autoescape(default=True),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    environment.filters |= {
        "localized": partial(languages.localized, language=language),
        "day": partial(times.format_day, language=language),
        "country": partial(languages.country_name, language=language),
        "listed": partial(languages.join_list, language=language),
        "language_name": partial(languages.language_name, language=language),
    }
    environment.globals |= {
        "stylesheet": STYLESHEET_PATH,
        "moment": partial(times.format_moment, language=language),
        "stamp": partial(times.format_stamp, language=language),
        "span": partial(times.format_span, language=language),
        "days": partial(times.format_days, language=language),
        "hours": partial(times.format_hours, language=language),
        "zones": partial(times.describe_zones, language=language),
    }
    return environment
