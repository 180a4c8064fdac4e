"""All SQL of the product's storage, read from its source, so that a statement which has changed since its twin was written is noticed."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from services.certificates import storage as of_certificates
from services.notifications import storage as of_notifications
from services.registration import storage as of_registration
from shared.runtime import batch, dead_letter_rows, inbox, outbox, relay
from tests.faults.simulation.in_memory.twins import TWINS, digest_of, normal

_RUNTIME = (batch, dead_letter_rows, inbox, outbox, relay)


def outdated() -> list[str]:
    """Complaints about twins that no statement, or another than they were written for, fits."""
    statements = {normal(text) for module in _modules() for text in _texts(module)}
    complaints = []
    for twin in TWINS:
        if twin.run.__module__.endswith("effect_statements"):
            continue  # of the simulation's own consumer
        fitting = [text for text in statements if all(fragment in text for fragment in twin.fragments)]
        if twin.digest not in {digest_of(text) for text in fitting}:
            found = "; ".join(f"digest {digest_of(text)}: {text}" for text in fitting) or "there is none any more"
            place = f"{twin.run.__module__.rpartition('.')[2]}.{twin.run.__name__}"
            complaints.append(f"{place} was written for another statement. See to it that it does the same as {found}")
    return complaints


def _modules() -> Iterator[ModuleType]:
    yield from _RUNTIME
    for package in (of_certificates, of_notifications, of_registration):
        for found in pkgutil.iter_modules(package.__path__):
            yield importlib.import_module(f"{package.__name__}.{found.name}")


def _texts(module: ModuleType) -> Iterator[str]:
    """Every string of a module, with the fragments put in that it is made of."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr) and all(name.id in vars(module) for name in ast.walk(node) if isinstance(name, ast.Name)):
            yield eval(compile(ast.Expression(node), module.__name__, "eval"), vars(module))  # noqa: S307 - the product's own text
    yield from (value for value in vars(module).values() if isinstance(value, str))
