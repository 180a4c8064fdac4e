"""Everything that a browser fetches for a page."""

import re
from html.parser import HTMLParser

_IN_STYLE = re.compile(rb"url\(\s*['\"]?([^'\")]+)")
_FETCHED_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}


class _References(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and _FETCHED_LINKS & set(given.get("rel", "").split()):
            self.found.append(given.get("href", ""))
        elif tag in {"script", "img", "source", "iframe", "video", "audio", "embed"} and given.get("src"):
            self.found.append(given["src"])


def referenced(page: bytes) -> list[str]:
    """The addresses of what a page is shown with: styles, scripts, pictures; in order, each once, without what is in the page itself."""
    reader = _References()
    reader.feed(page.decode("utf-8"))
    return _elsewhere(reader.found)


def referenced_by_style(style: bytes) -> list[str]:
    """The addresses of fonts and pictures that a stylesheet names."""
    return _elsewhere([found.decode("utf-8") for found in _IN_STYLE.findall(style)])


def _elsewhere(addresses: list[str]) -> list[str]:
    return list(dict.fromkeys(address for address in addresses if address and not address.startswith("data:")))
