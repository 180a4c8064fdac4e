"""What would break a reader or a replay: the difference between a committed JSON Schema and the one generated now.

Additive change keeps a version: a new optional property, other words. A property of a producer that became required is not judged additive,
since messages of years ago must still be readable. Anything else needs a new version beside the old one, with an upcaster.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_COMPARED = (
    "type",
    "format",
    "const",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "additionalProperties",
)
"""Keywords whose change alters what is accepted; titles and descriptions may change freely."""


def breaking_changes(committed: Schema, generated: Schema) -> list[str]:
    """List each incompatible difference in words, with its path. Empty means that the version may stay."""
    return list(_compare(committed, generated, committed, generated, ""))


def _compare(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    old, new = _resolve(old, old_root), _resolve(new, new_root)
    at = path or "the event"
    for keyword in _COMPARED:
        before, after = old.get(keyword), new.get(keyword)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _compare(before, after, old_root, new_root, f"{path}{{}}")
        elif before != after:
            yield f"{at}: {keyword} was {before!r} and is {after!r}"
    for keyword in ("items", "contains"):
        if keyword in old and keyword in new:
            yield from _compare(old[keyword], new[keyword], old_root, new_root, f"{path}[]")
        elif (keyword in old) != (keyword in new):
            yield f"{at}: {keyword} appeared or went"
    yield from _compare_alternatives(old, new, old_root, new_root, path)
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in before:
        if name not in after:
            yield f"{path}.{name}: was removed"
        else:
            yield from _compare(before[name], after[name], old_root, new_root, f"{path}.{name}")
    yield from (f"{path}.{name}: is now required" for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))))
    yield from (f"{path}.{name}: is no longer required" for name in sorted(set(old.get("required", ())) - set(new.get("required", ()))))


def _compare_alternatives(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    before, after = old.get("anyOf", []), new.get("anyOf", [])
    if len(before) != len(after):
        yield f"{path or 'the event'}: had {len(before)} alternatives and has {len(after)}"
        return
    for number, (left, right) in enumerate(zip(before, after, strict=True)):
        yield from _compare(left, right, old_root, new_root, f"{path}|{number}")


def _resolve(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        target: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema
