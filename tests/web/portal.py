"""A browser without script that judges every page it opens."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "a sentence that nobody guesses"
_VOID = {"meta", "link", "input", "img", "br", "hr"}
_UNLABELLED = {"hidden", "submit", "button"}


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    response: TestResponse
    text: str
    title: str
    language: str
    headings: list[str]
    ids: list[str]
    labels: set[str]
    controls: list[tuple[str, str, str]]
    forms: list[Form]
    links: list[str]
    faults: list[str]

    def form_to(self, ending: str) -> Form:
        for form in self.forms:
            if form.action.split("?")[0].endswith(ending):
                return form
        raise AssertionError(f"No form to {ending}: {[f.action for f in self.forms]}")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.language = ""
        self.words: list[str] = []
        self.title: list[str] = []
        self.headings: list[list[str]] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.controls: list[tuple[str, str, str]] = []
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.faults: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        self.words.append(" ")
        if tag not in _VOID:
            self.open.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        if "style" in values or any(name.startswith("on") for name in values):
            self.faults.append(f"inline style or script on {tag}")
        is_script = tag == "script" and values.get("src", "").startswith("/static/")
        if tag in {"script", "style"} and not is_script:
            self.faults.append(f"a {tag} element")
        getattr(self, f"_{tag}", lambda _values: None)(values)

    def handle_endtag(self, tag):
        if tag in _VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"unbalanced {tag}")

    def handle_data(self, data):
        self.words.append(data)
        if self.open and "title" in self.open:
            self.title.append(data)
        if self.headings and "h1" in self.open:
            self.headings[-1].append(data)

    def _html(self, values):
        self.language = values.get("lang", "")

    def _h1(self, _values):
        self.headings.append([])

    def _a(self, values):
        self.links.append(values.get("href", ""))

    def _label(self, values):
        self.labels.add(values.get("for", ""))

    def _form(self, values):
        self.forms.append(Form(values.get("action", ""), values.get("method", "get")))

    def _input(self, values):
        kind = values.get("type", "text")
        if kind not in _UNLABELLED:
            self.controls.append(("input", values.get("id", ""), values["name"]))
        if self.forms and "form" in self.open:
            ticked = kind not in {"checkbox", "radio"} or "checked" in values
            if ticked and values.get("name"):
                self.forms[-1].fields[values["name"]] = values.get("value", "")

    def _select(self, values):
        self.controls.append(("select", values.get("id", ""), values["name"]))

    def _textarea(self, values):
        self.controls.append(("textarea", values.get("id", ""), values["name"]))


def read(response: TestResponse) -> Page:
    reader = _Reader()
    reader.feed(response.text)
    reader.close()
    return Page(
        response,
        " ".join("".join(reader.words).split()),
        "".join(reader.title).strip(),
        reader.language,
        ["".join(words).strip() for words in reader.headings],
        reader.ids,
        reader.labels,
        reader.controls,
        reader.forms,
        reader.links,
        reader.faults,
    )


def judge(page: Page) -> None:
    """Fail for anything that no page may have."""
    assert page.faults == []
    assert page.language in {"ja", "en"}
    assert len(page.headings) == 1
    assert (
        page.title.removeprefix("エラー：")
        .removeprefix("Error: ")
        .startswith(page.headings[0])
    )
    assert page.headings[0]
    assert len(page.ids) == len(set(page.ids))
    for tag, name, field_name in page.controls:
        assert name, f"{tag} {field_name} has no id"
        assert name in page.labels, f"{tag} {field_name} has no label"
    for form in page.forms:
        assert form.action.startswith("/")
        if form.method == "post":
            assert form.fields.get("csrf_token")
    for link in page.links:
        assert link.startswith(("/", "#")), link


class Portal:
    """Opens pages as one visitor and judges each of them."""

    def __init__(self, client: FlaskClient, language: str = "en") -> None:
        self.client = client
        self.headers = {"Accept-Language": language, "Accept": "text/html"}

    def get(self, path: str, status: int = 200) -> Page:
        return self._judged(self.client.get(path, headers=self.headers), status)

    def post(self, form: Form, status: int = 303, **fields) -> Page:
        return self._judged(self.send(form, **fields), status)

    def send(self, form: Form, **fields) -> TestResponse:
        data = {**form.fields, **fields}
        return self.client.post(form.action, data=data, headers=self.headers)

    def follow(self, page: Page) -> Page:
        """Go where redirects lead, and judge the page at their end."""
        response = page.response
        while response.status_code == 303:
            address = response.headers["Location"]
            response = self.client.get(address, headers=self.headers)
        return self._judged(response, 200)

    def log_in(self, login: str, password: str = PASSWORD) -> Page:
        form = self.get("/login").form_to("/login")
        return self.post(form, login=login, password=password)

    def _judged(self, response: TestResponse, status: int) -> Page:
        page = read(response)
        assert response.status_code == status, page.text[:400]
        if response.status_code not in {301, 302, 303} and "html" in str(
            response.content_type
        ):
            judge(page)
        return page


def token_in(text: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert found
    return found[1]
