"""Just enough of a web browser for the consent pages: cookies, redirects, forms."""

from __future__ import annotations

from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Page(HTMLParser):
    """One page: its address, title, text and links, what an `output` element shows, and the fields of its first form."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.url = str(response.url)
        self.status = response.status_code
        self.text = ""
        self.links: list[str] = []
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.title = ""
        self.output = ""
        self._inside: list[str] = []
        self.feed(response.text)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(urljoin(self.url, given["href"]))
        elif tag == "form" and self.action is None:
            self.action = urljoin(self.url, given.get("action") or self.url)
        elif tag in {"input", "button"} and self.action is not None and given.get("name"):
            self._field(tag, given)
        elif tag in {"style", "script", "title", "output"}:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        inside = self._inside[-1] if self._inside else ""
        if inside == "title":
            self.title += data.strip()
        elif inside == "output":
            self.output += data.strip()
        if inside not in {"style", "script", "title"}:
            self.text += data + " "

    def _field(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text" if tag == "input" else "submit")
        if kind in {"radio", "checkbox"} and "checked" not in given:
            return
        if kind == "submit" and given["name"] in self.fields:
            return  # the first button is the one that is pressed
        self.fields[given["name"]] = given.get("value", "")


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

    async def submit(self, page: Page, **fields: str) -> Page:
        """Send the page's form, some fields filled in differently."""
        if page.action is None:
            raise ValueError(f"there is no form on {page.url}: {page.text[:200]}")
        origin = str(httpx.URL(page.url).copy_with(raw_path=b"/")).rstrip("/")
        headers = {"Origin": origin, "Referer": page.url}
        return Page(await self._client.post(page.action, data=page.fields | fields, headers=headers))
