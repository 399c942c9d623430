"""What a page asks the site for, in plain data: recorded in a tab, or written from a template."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from jdp.items import Vehicle

LEAST_MARK = 4  # characters; shorter ones stand in an address by chance


@dataclass(frozen=True)
class RecordedRequest:
    """A request. `headers` are those that a script chose, not the browser's usual ones."""

    method: str
    url: str
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """All of it as one text: what templates are made of."""
        head = [f"{self.method} {self.url}", *(f"{name}: {value}" for name, value in self.headers)]
        return "\n".join([*head, "", self.body])

    @classmethod
    def parse(cls, text: str) -> RecordedRequest:
        """Return the request that `text` was made from."""
        head, _, body = text.partition("\n\n")
        first, *lines = head.split("\n")
        method, _, url = first.partition(" ")
        headers = tuple((name, value) for name, _, value in (line.partition(": ") for line in lines))
        return cls(method, url, body, headers)


@dataclass(frozen=True)
class Exchange:
    """A request that a tab made before it asked for the report, and its answer; `page` tells that it is the page."""

    sent: RecordedRequest
    answer: str = field(repr=False)
    page: bool = False


@dataclass(frozen=True)
class ReportRequest:
    """The request that Create PDF leads to: learned, not sent. `referer` is the page that asks, `calls` came before."""

    url: str
    method: str
    body: str
    referer: str
    calls: tuple[Exchange, ...] = field(default=(), repr=False, compare=False)
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def sent(self) -> RecordedRequest:
        """The request by itself."""
        return RecordedRequest(self.method, self.url, self.body, self.headers)

    def names(self, vehicle: Vehicle) -> bool:
        """Tell whether address or form hold something that only this vehicle has."""
        parts = urlsplit(self.url)
        fields = dict(parse_qsl(f"{parts.query}&{self.body}"))
        values = {*fields.values(), *parts.path.split("/")}
        marks = (vehicle.row_id, vehicle.shown, vehicle.vin)
        return any(len(mark) >= LEAST_MARK and mark in values for mark in marks)
