"""What a browser without script makes of a page: its forms and its words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

_SILENT = {"script", "style", "template"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(slots=True)
class Form:
    """A form and the values it holds before anyone types; `action` is empty where it posts to its own page."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Page:
    """A page that was read: `words` is its visible text, blanks collapsed; `links` are the targets of its anchors."""

    forms: Sequence[Form]
    words: str
    links: Sequence[str]
    language: str

    def form_with(self, *names: str) -> Form:
        """The form that has fields of all these names. Raises LookupError where there is none."""
        for form in self.forms:
            if form.names.issuperset(names):
                return form
        raise LookupError(f"The page has no form with {', '.join(names) or 'any field'}; it says: {self.words[:200]}")

    def form_to(self, ending: str) -> Form:
        """The form whose action ends so. Raises LookupError where there is none."""
        for form in self.forms:
            if form.action.endswith(ending):
                return form
        raise LookupError(f"The page has no form that posts to …{ending}; it says: {self.words[:200]}")


def read_page(html: str) -> Page:
    """Read a page's forms, links and text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Page(reader.forms, " ".join(" ".join(reader.text).split()), reader.links, reader.language)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self.language = ""
        self._open: list[str] = []
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "html":
            self.language = attributes.get("lang", "")
        elif tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        elif tag == "form":
            self.forms.append(Form(attributes.get("action", ""), attributes.get("method", "get").lower()))
        elif self.forms and "form" in self._open:
            self._field(tag, attributes)

    def _field(self, tag: str, attributes: dict[str, str]) -> None:
        form, name = self.forms[-1], attributes.get("name", "")
        if tag == "option" and self._select and ("selected" in attributes or self._select not in form.values):
            form.values[self._select] = attributes.get("value", "")
        if not name:
            return
        form.names.add(name)
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
            form.values[name] = ""
        elif tag == "input" and (attributes.get("type", "text") not in {"checkbox", "radio"} or "checked" in attributes):
            form.values[name] = attributes.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            pass
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1].values[self._textarea] += data
        elif not _SILENT.intersection(self._open):
            self.text.append(data)
