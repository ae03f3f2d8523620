"""Reads a page of the service the way a browser without script would use it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

_UNSENT = frozenset({"submit", "button", "image", "reset", "file"})
_CHOSEN_ONLY_WHEN_CHECKED = frozenset({"checkbox", "radio"})


@dataclass
class PageForm:
    """One form: where it goes, what it would send untouched, and its buttons.

    `buttons` are name and value of each button that carries a name. `files` names the
    file fields. `boxes` are all check boxes, of which only ticked ones are in `fields`.
    """

    action: str
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)
    boxes: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """One answer of the service.

    Attributes:
        address: where it was found after redirects.
        status: HTTP status.
        text: what a person reads, without mark-up, white space folded.
        forms: its forms in order.
        links: the addresses that it links to.
        body: what was sent, unread.
    """

    address: str
    status: int
    text: str
    forms: tuple[PageForm, ...]
    links: tuple[str, ...]
    body: bytes

    def form(self, *names: str) -> PageForm:
        """Return the first form that has all of these fields or named buttons.

        Raises:
            LookupError: there is none; it says what the page has.
        """
        for each in self.forms:
            known = each.names | set(each.files) | {name for name, _ in each.buttons}
            if known.issuperset(names):
                return each
        found = [sorted(each.names) for each in self.forms]
        raise LookupError(
            f"{self.address} ({self.status}) has no form with {names}; it has {found}."
        )

    def form_to(self, ending: str) -> PageForm:
        """Return the first form whose action ends so, query left aside.

        Raises:
            LookupError: there is none; it says what the page has.
        """
        for each in self.forms:
            if each.action.split("?")[0].endswith(ending):
                return each
        found = [each.action for each in self.forms]
        raise LookupError(
            f"{self.address} ({self.status}) has no form to {ending}; it has {found}."
        )


def read(address: str, status: int, body: bytes, text: str) -> Page:
    """Read a page; anything at all may be passed as its text."""
    reader = _Reader(address)
    reader.feed(text)
    reader.close()
    words = " ".join("".join(reader.words).split())
    return Page(address, status, words, tuple(reader.forms), tuple(reader.links), body)


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._address = address
        self._form: PageForm | None = None
        self._select: str | None = None
        self._is_hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.words.append(" ")
        if tag in {"script", "style"}:
            self._is_hidden = True
        elif tag == "a" and "href" in values:
            self.links.append(urljoin(self._address, values["href"]))
        elif tag == "form":
            action = urljoin(self._address, values.get("action", ""))
            self._form = PageForm(action, values.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and "disabled" not in values:
            self._read_control(self._form, tag, values)

    def handle_endtag(self, tag: str) -> None:
        self.words.append(" ")
        if tag in {"script", "style"}:
            self._is_hidden = False
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if not self._is_hidden:
            self.words.append(data)

    def _read_control(self, form: PageForm, tag: str, values: dict[str, str]) -> None:
        name = values.get("name", "")
        if tag == "select":
            self._select = name
            form.names.add(name)
        elif tag == "option" and self._select and "selected" in values:
            form.fields.append((self._select, values.get("value", "")))
        elif tag == "textarea" and name:
            form.names.add(name)
        elif tag == "button" and name:
            form.buttons.append((name, values.get("value", "")))
        elif tag == "input" and name:
            _read_input(form, name, values)


def _read_input(form: PageForm, name: str, values: dict[str, str]) -> None:
    kind = values.get("type", "text").lower()
    if kind == "file":
        form.files.append(name)
    elif kind == "submit":
        form.buttons.append((name, values.get("value", "")))
    if kind in _UNSENT:
        return
    form.names.add(name)
    if kind == "checkbox":
        form.boxes.append((name, values.get("value", "on")))
    if kind not in _CHOSEN_ONLY_WHEN_CHECKED:
        form.fields.append((name, values.get("value", "")))
    elif "checked" in values:
        form.fields.append((name, values.get("value", "on")))
