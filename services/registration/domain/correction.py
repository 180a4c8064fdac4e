"""What an organiser may correct of what a person wrote: checked by the rules of the form."""

from collections.abc import Mapping

from services.registration.domain.form import LINES, NAMES, InvalidFormError, both_names, check_fields
from services.registration.domain.plain_text import one_line
from services.registration.domain.workshop import WorkshopDefinition

CORRECTABLE = (*NAMES, "language", *LINES)
"""Fields of the form. The address is not among them: the link that was mailed to it would go on opening the personal page."""


def read_correction(given: Mapping[str, str], current: Mapping[str, str], definition: WorkshopDefinition) -> dict[str, str]:
    """Every correctable field as it shall be from now on; one that is absent from `given` stays as it is in `current`.

    A name for the certificate that was the two names, and is left so, goes on being the two names: nobody wrote it for itself.

    Raises:
        InvalidFormError: with every field that needs correcting.
    """
    values = {name: given.get(name, current[name]) for name in CORRECTABLE}
    if one_line(values["certificate_name"]) == current["certificate_name"] == both_names(current):
        values["certificate_name"] = ""
    cleaned, errors = check_fields(values, CORRECTABLE, definition)
    if errors:
        raise InvalidFormError(errors)
    return cleaned
