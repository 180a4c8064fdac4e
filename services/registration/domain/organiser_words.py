"""What organisers write to participants: checked once, for the API and the console alike."""

from pydantic import TypeAdapter, ValidationError

from services.registration.domain.refusals import InvalidFieldError
from services.registration.domain.workshop_consistency import describe
from services.registration.domain.workshop_parts import Label, Text
from shared.contracts.workshops import LocalizedText

_LABEL: TypeAdapter[dict[str, str]] = TypeAdapter(Label)
_TEXT: TypeAdapter[dict[str, str]] = TypeAdapter(Text)


def read_label(field: str, texts: LocalizedText) -> LocalizedText:
    """One line in each language given, fit for a mail's subject.

    Raises:
        InvalidFieldError: naming the language, such as `subject.fr`.
    """
    return _read(_LABEL, field, texts)


def read_text(field: str, texts: LocalizedText) -> LocalizedText:
    """Paragraphs in each language given.

    Raises:
        InvalidFieldError: naming the language, such as `body.fr`.
    """
    return _read(_TEXT, field, texts)


def _read(adapter: TypeAdapter[dict[str, str]], field: str, texts: LocalizedText) -> LocalizedText:
    try:
        return adapter.validate_python(texts)
    except ValidationError as error:
        first = describe(error)[0]
        path = f"{field}.{first.field}".rstrip(".")
        raise InvalidFieldError(path, first.message, reason=first.reason, limit=first.limit) from None
