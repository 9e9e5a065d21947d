"""Just enough of a web browser for the product's pages and the consent page: cookies, redirects, forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_EMPTY = {"br", "hr", "img", "input", "link", "meta"}
_UNSEEN = {"style", "script", "title"}


class NoForm(Exception):
    """A page lacks the form that a step was to send; the text says what was there instead."""


@dataclass(slots=True)
class Form:
    """Where it goes and what it sends; of several buttons with one name the first is the one that is pressed."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """One page: its address, title, text, forms, list items, and what each element with an id says (`says["code"]`)."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.url = str(response.url)
        self.status = response.status_code
        self.text = ""
        self.title = ""
        self.forms: list[Form] = []
        self.says: dict[str, str] = {}
        self.items: list[str] = []
        self._open: list[tuple[str, str]] = []
        self.feed(response.text)
        self.text = " ".join(self.text.split())
        self.says = {name: " ".join(words.split()) for name, words in self.says.items()}

    def form(self, ending: str = "") -> Form:
        """The first form whose address ends like this. Raises NoForm."""
        found = next((form for form in self.forms if urlsplit(form.action).path.endswith(ending)), None)
        if found is None:
            raise NoForm(f"there is no form for {ending or 'anything'} on {self.url}: {self.text[:200]}")
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(urljoin(self.url, given.get("action") or self.url)))
        elif tag in {"input", "button"} and self.forms and given.get("name"):
            self._field(self.forms[-1], tag, given)
        elif tag == "li":
            self.items.append("")
        if tag not in _EMPTY:
            self._open.append((tag, given.get("id", "")))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        inside = {tag for tag, _ in self._open}
        if "title" in inside:
            self.title += data.strip()
        if inside & _UNSEEN:
            return
        self.text += data + " "
        if "li" in inside:
            self.items[-1] += data.strip()
        for _, name in self._open:
            if name:
                self.says[name] = self.says.get(name, "") + data

    @staticmethod
    def _field(form: Form, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text" if tag == "input" else "submit")
        if kind in {"radio", "checkbox"} and "checked" not in given:
            return
        name, value = given["name"], given.get("value", "")
        if kind == "submit":
            form.buttons.setdefault(name, []).append(value)
            form.fields.setdefault(name, value)
        else:
            form.fields[name] = value


class Browser:
    """A session with its own cookies."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(
            follow_redirects=True, trust_env=False, timeout=20.0, headers={"User-Agent": _AGENT}
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def open(self, url: str) -> Page:
        return Page(await self._client.get(url))

    async def submit(self, page: Page, ending: str = "", **fields: str) -> Page:
        """Send the page's first form whose address ends like this, some fields filled in differently."""
        form = page.form(ending)
        origin = str(httpx.URL(page.url).copy_with(raw_path=b"/")).rstrip("/")
        headers = {"Origin": origin, "Referer": page.url}
        return Page(await self._client.post(form.action, data=form.fields | fields, headers=headers))
