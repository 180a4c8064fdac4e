"""Which statements of the product a test module leads to: through the functions that it names, and through those that they name."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from shared.runtime.relay import Relay
from tests.faults.simulation.in_memory.twins import normal

_PRODUCT = ("services.", "shared.")


def statements_reached_from(module: ModuleType) -> set[str]:
    """In single spaces. What is named counts as run: which way a function takes, nobody looks at."""
    texts, seen = set(), set()
    to_visit: list[tuple[Any, Mapping[str, Any]]] = [(module, vars(module))]
    while to_visit:
        where, names = to_visit.pop()
        tree = ast.parse(textwrap.dedent(inspect.getsource(where)))
        for found in _named(tree, names):
            if isinstance(found, str):
                texts.add(normal(found))
            elif isinstance(found, FunctionType) and found.__module__.startswith(_PRODUCT) and found not in seen:
                seen.add(found)
                to_visit.append((found, found.__globals__))
    return texts


def _named(tree: ast.AST, names: Mapping[str, Any]) -> Iterator[object]:
    """Every value that is written there or named there. Methods are known by their names only; the relay alone has statements in such."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            yield node.value
        elif isinstance(node, ast.Name):
            yield names.get(node.id)
        elif isinstance(node, ast.Attribute):
            owner = names.get(node.value.id) if isinstance(node.value, ast.Name) else None
            yield getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else vars(Relay).get(node.attr)
        elif isinstance(node, ast.JoinedStr) and all(name.id in names for name in ast.walk(node) if isinstance(name, ast.Name)):
            yield eval(compile(ast.Expression(node), "", "eval"), dict(names))  # noqa: S307 - the product's own text
