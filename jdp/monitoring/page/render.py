"""Renders the page: one file that needs nothing else, no network above all."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import scrapy
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from jdp.monitoring.metrics import ESTIMATED
from jdp.monitoring.page import charts
from jdp.monitoring.page.headline import headline_of
from jdp.monitoring.page.links import Links
from jdp.monitoring.page.vehicles import MOST, sort_out
from jdp.utils.text import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jdp.monitoring.page.facts import Facts
    from jdp.runs.ledger import Ledger
    from jdp.runs.run import Run

# What is shown of the settings, by the names of Config: no secret is among them, and none that may hold one.
SETTINGS = (
    "portal_url",
    "user",
    "concurrency",
    "adaptive_concurrency",
    "direct_reports",
    "max_downloads",
    "report_timeout",
    "retry_times",
    "session_wait",
    "portal_wait",
    "report_labels",
    "headless",
    "block_resources",
    "trace",
    "browser",
    "download_folder",
    "files_store",
    "log_level",
)
CHUNK = 1000  # rows of vehicles that are written at once


def render(facts: Facts, ledger: Ledger) -> Iterator[bytes]:
    """Yield the page piece by piece: an inventory may be large."""
    files = {name: _file(name) for name in ("page.html", "page.css", "page.js")}
    environment = Environment(
        loader=DictLoader(files), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"duration": duration, "thousands": lambda number: f"{number:,}"}
    template = environment.get_template("page.html")
    for piece in template.generate(_context(facts, ledger, files)):
        yield piece.encode("utf-8", "replace")


def _file(name: str) -> str:
    return resources.files("jdp.monitoring.page").joinpath(name).read_text(encoding="utf-8")


def _context(facts: Facts, ledger: Ledger, files: dict[str, str]) -> dict[str, Any]:
    run = facts.run
    links = Links(run)
    vehicles = sort_out(ledger.entries(), facts, links)
    began = run.started.astimezone()
    return {
        "facts": facts,
        "metrics": facts.metrics,
        "verdict": headline_of(facts),
        "vehicles": vehicles,
        "most": MOST,
        "other_evidence": links.other_evidence(vehicles.with_evidence),
        "course": charts.course(facts.timeline, began),
        "spread": charts.spread(facts.metrics.seconds_per_vehicle["histogram"]),
        "estimated": ESTIMATED,
        "began": began,
        "settings": [*_settings(run)],
        "store": "" if links.reports else without_credentials(run.files_store),
        "style": Markup(files["page.css"]),  # noqa: S704 - a file of ours
        "script": Markup(files["page.js"]),  # noqa: S704 - a file of ours
        "style_hash": _hash(files["page.css"]),
        "script_hash": _hash(files["page.js"]),
        "rows": _rows(vehicles.rows),
    }


def _rows(rows: list[str]) -> Iterator[Markup]:
    """Yield the vehicles as the inside of a JSON list; `<` stands escaped in each."""
    for begin in range(0, len(rows), CHUNK):
        yield Markup((",\n" if begin else "") + ",\n".join(rows[begin : begin + CHUNK]))  # noqa: S704 - JSON, as above


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _settings(run: Run) -> Iterator[tuple[str, str]]:
    """Yield what the run was told, and what it ran on."""
    arguments = run.arguments
    if arguments.refs is not None:
        yield "references", f"{len(arguments.refs):,} were given"
    yield "source", arguments.source
    yield "refresh", str(arguments.refresh).lower()
    for name in SETTINGS:
        value = getattr(run.config, name)
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        yield name, without_credentials(shown) if "://" in shown else shown.lower() if value is True else shown
    yield "jobdir", str(run.job_folder)
    yield "scrapy", scrapy.__version__


def without_credentials(address: str) -> str:
    """Return an address without the user name and password that may stand before its host."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
