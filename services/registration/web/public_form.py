"""The form, and what whoever sends it is told."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from fastapi import HTTPException, Response
from starlette.responses import RedirectResponse

from services.registration.domain.form import MAXIMUM_LENGTHS, InvalidFormError, read_form
from services.registration.domain.places import Outcome
from services.registration.domain.workshop import Workshop
from services.registration.web.admission_desk import AdmissionDesk, AdmissionUnavailableError
from services.registration.web.answer_receipt import AnswerReceipts
from services.registration.web.public_form_errors import explain, without_hidden
from services.registration.web.public_state import Visit, page
from services.registration.web.public_workshops import find_public, places
from services.registration.web.throttling import Throttle
from services.registration.web.workshop_view import WorkshopView, list_countries, view
from shared.web.forms import read_fields
from shared.web.languages import own_name


async def show_form(slug: str, here: Visit) -> Response:
    """The empty form. Where nobody can register, the workshop's page says why."""
    workshop = view(await find_public(here, slug), here.now)
    if not workshop.takes_registrations:
        return RedirectResponse(f"/workshops/{slug}", 303)
    languages = workshop.definition.languages
    chosen = here.language if here.language in languages else languages[0]
    return here.pages.framed(
        here.request,
        "register.html",
        same=workshop.wording,
        holes={"form_token": str(uuid4()), "places": places(here, workshop)},
        context=lambda: _context(here, workshop, {"language": chosen}),
    )


async def register(slug: str, here: Visit) -> Response:
    """Decide at once, and say so on a page that can be reloaded without sending anything again."""
    workshop = await find_public(here, slug)
    fields = await read_fields(here.request)
    form_token = _read_token(fields.get("form_token", ""))
    try:
        submission = read_form(fields, workshop.definition, form_token)
    except InvalidFormError as error:
        errors = explain(error.errors, here.pages.translator(here.request))
        return _form(here, workshop, form_token, without_hidden(fields), errors, 422)
    throttle: Throttle = here.request.app.state.form_throttle
    if here.request.client and not await throttle.allow(here.request.client.host):
        return _form(here, workshop, form_token, without_hidden(fields), {}, 429, unavailable=True)
    desk: AdmissionDesk = here.request.app.state.admission_desk
    try:
        answer = await desk.submit(workshop.id, submission)
    except AdmissionUnavailableError:
        return _form(here, workshop, form_token, without_hidden(fields), {}, 503, unavailable=True)
    receipts: AnswerReceipts = here.request.app.state.answer_receipts
    return RedirectResponse(f"/workshops/{slug}/registered/{receipts.issue(slug, answer)}", 303)


async def show_answer(slug: str, receipt: str, here: Visit) -> Response:
    """The answer. The address of this page holds nothing personal and works for a short while."""
    workshop = await find_public(here, slug)
    receipts: AnswerReceipts = here.request.app.state.answer_receipts
    answer = receipts.read(slug, receipt)
    if answer is None:
        raise HTTPException(404)
    shown, outcome = view(workshop, here.now), answer.outcome
    return here.pages.framed(
        here.request,
        "registered.html",
        same=(shown.wording, outcome),
        holes={"position": str(answer.position)} if outcome is Outcome.WAITING else {},
        context=lambda: {"workshop": shown, "outcome": outcome.value},
    )


def _form(
    here: Visit,
    workshop: Workshop,
    token: UUID,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    status: int,
    *,
    unavailable: bool = False,
) -> Response:
    shown = view(workshop, here.now)
    return here.pages.response(
        here.request,
        "register.html",
        status,
        **_context(here, shown, values, errors=errors, unavailable=unavailable),
        form_token=token,
        places=places(here, shown),
    )


def _context(
    here: Visit, workshop: WorkshopView, values: Mapping[str, str], *, errors: Mapping[str, str] | None = None, unavailable: bool = False
) -> dict[str, Any]:
    definition = workshop.definition
    return {
        "workshop": workshop,
        "values": {name: values.get(name, "") for name in MAXIMUM_LENGTHS},
        "errors": errors or {},
        "unavailable": unavailable,
        "countries": list_countries(definition, here.language),
        "mail_languages": [(code, own_name(code)) for code in definition.languages],
    }


def _read_token(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        # A form without its token is a form all the same; it only cannot be recognised when it is sent twice
        return uuid4()


routes = (
    page("/workshops/{slug}/register", show_form),
    page("/workshops/{slug}/register", register, method="POST"),
    page("/workshops/{slug}/registered/{receipt}", show_answer),
)
