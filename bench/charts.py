"""Charts as SVG files: plain bars with their numbers beside them, in the colours of the pages, for light and dark."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1d2530 }
  .soft { fill: #5a6472 } .line { stroke: #e3ddd2 } .goal { stroke: #a3473a; stroke-width: 2 } .paper { fill: #fbf9f5 }
  .a { fill: #0f4c5c } .b { fill: #8a5a00 } .c { fill: #1f6b45 } .d { fill: #a3473a } .e { fill: #5a6472 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ece8e1 } .soft { fill: #a8b0ba } .line { stroke: #303841 } .goal { stroke: #e79a8d } .paper { fill: #14181d }
    .a { fill: #7cc4d4 } .b { fill: #e5b968 } .c { fill: #7fd0a3 } .d { fill: #e79a8d } .e { fill: #a8b0ba }
  }
"""
WIDTH, LEFT, RIGHT, ROW, TOP = 760, 250, 130, 30, 34
ROOM = WIDTH - LEFT - RIGHT
LARGE = 1000


@dataclass(frozen=True)
class Bar:
    """`goal` is where a mark is put; `text` stands behind the bar."""

    label: str
    value: float
    text: str
    goal: float | None = None


def shown(value: float) -> str:
    """A number as people read it: whole where it is large, with four figures at most where it is not."""
    return f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.4g}"


def bars(title: str, rows: Sequence[Bar]) -> str:
    """One bar a row, from zero, on one scale."""
    longest = max(max(row.value, row.goal or 0.0) for row in rows) or 1.0

    def draw() -> Iterator[str]:
        for number, row in enumerate(rows):
            top, width = TOP + number * ROW, row.value / longest * ROOM
            yield _label(row.label, top)
            yield f'<rect class="a" x="{LEFT}" y="{top + 5}" width="{width:.1f}" height="18" rx="2"/>'
            yield f'<text x="{LEFT + max(width, _goal(row, longest)) + 8:.1f}" y="{top + 19}">{escape(row.text)}</text>'
            if row.goal is not None:
                at = LEFT + row.goal / longest * ROOM
                yield f'<line class="goal" x1="{at:.1f}" x2="{at:.1f}" y1="{top + 1}" y2="{top + 27}"/>'

    return _svg(title, [*draw()], len(rows))


def _goal(row: Bar, longest: float) -> float:
    return (row.goal or 0.0) / longest * ROOM


def spans(title: str, rows: Mapping[str, tuple[float, float, float]], unit: str) -> str:
    """For each row three values that do not fall, on a scale of powers of ten: a line from the first to the last, a mark on each."""
    low = min(values[0] for values in rows.values())
    high = max(values[2] for values in rows.values())
    first, last = int(log10(low) // 1), -int(-log10(high) // 1)
    last = max(last, first + 1)

    def x(value: float) -> float:
        return LEFT + (log10(value) - first) / (last - first) * ROOM

    def draw() -> Iterator[str]:
        for power in range(first, last + 1):
            at = x(10.0**power)
            yield f'<line class="line" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{TOP + len(rows) * ROW}"/>'
            under = TOP + len(rows) * ROW + 16
            yield f'<text class="soft" text-anchor="middle" x="{at:.1f}" y="{under}">{10.0**power:g} {escape(unit)}</text>'
        for number, (label, values) in enumerate(rows.items()):
            top = TOP + number * ROW
            yield _label(label, top)
            yield f'<rect class="a" x="{x(values[0]):.1f}" y="{top + 13}" width="{x(values[2]) - x(values[0]):.1f}" height="2"/>'
            for value, shape in zip(values, ("a", "b", "d"), strict=True):
                yield f'<circle class="{shape}" cx="{x(value):.1f}" cy="{top + 14}" r="5"/>'
            yield f'<text x="{x(values[2]) + 10:.1f}" y="{top + 19}">{" / ".join(shown(value) for value in values)}</text>'

    return _svg(title, [*draw()], len(rows) + 1)


def _label(text: str, top: int) -> str:
    return f'<text text-anchor="end" x="{LEFT - 10}" y="{top + 19}">{escape(text)}</text>'


def _svg(title: str, drawn: Sequence[str], rows: int) -> str:
    height = TOP + rows * ROW + 10
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
            f'<text class="soft" x="10" y="20">{escape(title)}</text>',
            *drawn,
            "</svg>\n",
        ]
    )
