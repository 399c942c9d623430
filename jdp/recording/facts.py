"""What a recording notes beside the pages themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jdp.portal.recording import ReportRequest


@dataclass
class GridFacts:
    """What a grid is like: `api` as grid.js tells it, `mode` is how its pages turn, `refused` why a run would stop."""

    api: dict[str, Any]
    columns: list[tuple[str, list[str]]]
    mode: str = "single page"
    rows: list[int] = field(default_factory=list)
    total: int | None = None
    pages: int = 0
    unread: str = ""
    refused: str = ""


@dataclass
class ReportFacts:
    """How a vehicle's report was asked for, and what came."""

    reference: str
    vin: str
    asked: ReportRequest
    body: bytes = field(default=b"", repr=False)
