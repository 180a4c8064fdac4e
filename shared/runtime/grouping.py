"""Which records of a batch are handled at once."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_groups(items: Iterable[T], *, key: Callable[[T], Hashable], kind: Callable[[T], Hashable | None]) -> list[Sequence[T]]:
    """Split into groups, to be handled one after the other.

    Those of one kind share groups, each key at most once in a group; those of no kind (None) stand alone. Of each key, whatever came
    earlier is in an earlier group.
    """
    groups: list[list[T]] = []
    newest: dict[Hashable, int] = {}
    last: dict[Hashable, int] = {}
    for item in items:
        its_kind, its_key = kind(item), key(item)
        group = newest.get(its_kind) if its_kind is not None else None
        if group is None or last.get(its_key, -1) >= group:
            group = len(groups)
            groups.append([])
            if its_kind is not None:
                newest[its_kind] = group
        groups[group].append(item)
        last[its_key] = group
    return list(groups)
