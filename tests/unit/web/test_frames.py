"""Pages kept with holes: filled in for each, made once, forgotten in the order of their use, and never with a hole that nobody sees."""

from collections.abc import Mapping

import pytest
from markupsafe import Markup

from shared.web.frames import Frames


class Page:
    """A page that counts how often it is rendered."""

    def __init__(self) -> None:
        self.rendered = 0

    def render(self, marks: Mapping[str, Markup]) -> str:
        self.rendered += 1
        return f"<p>Zdravo, {marks['name']}! <b>{marks['count']}</b> {marks['name']}</p>"


def test_a_frame_is_rendered_once_and_filled_for_each() -> None:
    frames, page = Frames(), Page()
    first = frames.fill("key", {"name": "Đorđe", "count": "1"}, page.render)
    second = frames.fill("key", {"name": "<i>", "count": Markup("<i>2</i>")}, page.render)
    assert first.decode() == "<p>Zdravo, Đorđe! <b>1</b> Đorđe</p>"
    assert second.decode() == "<p>Zdravo, &lt;i&gt;! <b><i>2</i></b> &lt;i&gt;</p>"
    assert page.rendered == 1


def test_what_fills_one_hole_opens_no_other() -> None:
    frames, page = Frames(), Page()
    frames.fill("key", {"name": "a", "count": "1"}, page.render)
    mark = frames._mark
    assert frames.fill("key", {"name": f"{mark}count.", "count": "1"}, page.render).decode().count(f"{mark}count.") == 2


def test_those_used_last_are_kept() -> None:
    frames, page = Frames(most=2), Page()
    holes = {"name": "a", "count": "1"}
    for key in ("a", "b", "a", "c", "a"):
        frames.fill(key, holes, page.render)
    assert page.rendered == 3
    frames.fill("b", holes, page.render)
    assert page.rendered == 4


def test_a_hole_that_is_not_on_the_page_is_a_mistake() -> None:
    frames = Frames()
    with pytest.raises(ValueError, match="not on the page: token"):
        frames.fill("key", {"name": "a", "count": "1", "token": "b"}, Page().render)
    assert frames.fill("key", {"name": "a", "count": "1"}, Page().render)
