"""The statements of a service's storage, as its source has them: whole ones, and pieces of those that are put together at run time."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from services.certificates import storage as of_certificates
from services.notifications import storage as of_notifications
from services.registration import storage as of_registration
from shared.runtime import batch, dead_letter_rows, dead_letters, health, inbox, outbox, rebuild_tables, relay, worker_health

_RUNTIME = (batch, dead_letter_rows, dead_letters, health, inbox, outbox, rebuild_tables, relay, worker_health)
_PACKAGES = {"certificates": of_certificates, "notifications": of_notifications, "registration": of_registration}
_STATEMENT = re.compile(r"\(?(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s")
_PLACE = re.compile(r"\{\w+\}")
"""Where a template is filled in."""


@dataclass(frozen=True, order=True, slots=True)
class Written:
    """A text in single spaces. One that is not whole is only a part of what is carried out."""

    module: str
    text: str
    whole: bool


def written_by(service: str) -> list[Written]:
    """What the service's storage has, and the runtime on its behalf."""
    package = _PACKAGES[service]
    modules = [importlib.import_module(f"{package.__name__}.{found.name}") for found in pkgutil.iter_modules(package.__path__)]
    return sorted({text for module in (*_RUNTIME, *modules) for text in written_in(inspect.getsource(module), module)})


def written_in(source: str, module: ModuleType) -> Iterator[Written]:
    """The same of one module. What it has imported or made of its texts is read from the module itself."""
    tree = ast.parse(source)
    composed = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    used = {name.id for node in composed for name in ast.walk(node) if isinstance(name, ast.Name)}
    values = {name: value for name, value in vars(module).items() if isinstance(value, str)}
    fragments = {_in_single_spaces(value) for name, value in values.items() if name in used}
    for text, whole in _texts(tree, module, composed, list(values.values())):
        plain = _in_single_spaces(text)
        if whole and _PLACE.search(plain):
            yield from (Written(module.__name__, _in_single_spaces(piece), whole=False) for piece in _PLACE.split(plain) if _says(piece))
        elif _STATEMENT.match(plain) or not whole:
            yield Written(module.__name__, plain, whole=whole and plain not in fragments)


def _texts(tree: ast.Module, module: ModuleType, composed: list[ast.JoinedStr], values: list[str]) -> Iterator[tuple[str, bool]]:
    """Each text, and whether it is a statement if it looks like one."""
    within = {part for node in composed for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in within:
            yield node.value, True
    for node in composed:
        if all(name.id in vars(module) for name in ast.walk(node) if isinstance(name, ast.Name)):
            yield eval(compile(ast.Expression(node), module.__name__, "eval"), vars(module)), True  # noqa: S307 - the product's own text
        elif any(_says(piece) for piece in _pieces(node)):
            yield from ((piece, False) for piece in _pieces(node) if _says(piece))
    yield from ((value, True) for value in values)


def _pieces(node: ast.JoinedStr) -> list[str]:
    return [part.value for part in node.values if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _says(piece: str) -> bool:
    """Whether a part of a composed text is SQL of some length, and not the blank or bracket between two values."""
    return re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|ORDER BY)\b", piece) is not None


def _in_single_spaces(text: str) -> str:
    return " ".join(text.split())
