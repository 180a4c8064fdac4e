"""Pages that are the same for everybody but for a few words: rendered once, kept, and filled in for each visitor."""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping

from markupsafe import Markup, escape

MOST_FRAMES = 2048
"""Kept by one process, those used last: some ten kilobytes each."""


class Frames:
    """What has been rendered, by a key that must name everything a page depends on but its holes."""

    def __init__(self, most: int = MOST_FRAMES) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, list[str | bytes]] = OrderedDict()
        # Nobody can write a mark into a page from outside: it is a secret of this process.
        self._mark = secrets.token_hex(16)

    def fill(self, key: Hashable, holes: Mapping[str, str], render: Callable[[Mapping[str, Markup]], str]) -> bytes:
        """One page in UTF-8.

        Args:
            key: of the frame.
            holes: what is put into it, by name; escaped unless it is Markup.
            render: makes the page with the given text in each hole. Called when there is no such frame yet.

        Raises:
            ValueError: the page does not show a hole: it would be the same for everybody.
        """
        parts = self._kept.get(key)
        if parts is None:
            parts = self._kept[key] = self._cut(render({name: Markup(f"{self._mark}{name}.") for name in holes}), holes)  # noqa: S704 - our own mark
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return b"".join(part if isinstance(part, bytes) else str(escape(holes[part])).encode() for part in parts)

    def _cut(self, page: str, holes: Mapping[str, str]) -> list[str | bytes]:
        """Text as bytes, holes by their names."""
        pieces = re.split(rf"{self._mark}(\w+)\.", page)
        if missing := holes.keys() - set(pieces[1::2]):
            raise ValueError(f"not on the page: {', '.join(sorted(missing))}")
        return [piece if position % 2 else piece.encode() for position, piece in enumerate(pieces)]
