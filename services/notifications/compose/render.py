"""A letter as plain text and as HTML."""

from functools import lru_cache
from pathlib import Path
from textwrap import wrap

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.notifications.compose.letter import Letter
from services.notifications.compose.scene import Scene

_TEMPLATES = Path(__file__).parent / "templates"
_TEXT_WIDTH = 76


def render_text(letter: Letter, scene: Scene) -> str:
    """Plain text of at most 76 columns; addresses stand on lines of their own and are never broken."""
    return (
        _environment().get_template("letter.txt").render(letter=letter, scene=scene, fold=_fold_shared, fold_personal=_fold).strip() + "\n"
    )


def render_html(letter: Letter, scene: Scene) -> str:
    """One column of at most 600 px, styles inline, for light and dark."""
    return _environment().get_template("letter.html").render(letter=letter, scene=scene)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _fold(text: str, indent: str = "", first: str | None = None) -> str:
    lines: list[str] = []
    for number, line in enumerate(text.splitlines() or [""]):
        begin = first if first is not None and number == 0 else indent
        lines += wrap(
            line, _TEXT_WIDTH, initial_indent=begin, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return "\n".join(lines)


_fold_shared = lru_cache(maxsize=4096)(_fold)
"""For what many mails say. What is about one person is not kept, or it would outlive their erasure."""
