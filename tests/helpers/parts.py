"""Parts that component tests share: settings of the project, a run in a temporary folder, reports of vehicles."""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace
from typing import TYPE_CHECKING

from reportlab.pdfgen.canvas import Canvas
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

import jdp.settings
from jdp.config.arguments import Arguments
from jdp.config.config import Config
from jdp.items import STORED, Report, Vehicle
from jdp.runs.run import Run

if TYPE_CHECKING:
    from pathlib import Path

LABELS = tuple(jdp.settings.REPORT_LABELS)
ENVIRON = {"JD_PASS": "pass-word-7391"}


def project_settings(**given: object) -> Settings:
    """Return the project's settings; `given` as from `-s` on the command line."""
    settings = Settings()
    settings.setmodule(jdp.settings, "project")
    settings.setdict(given, "cmdline")
    return settings


def config_in(folder: Path, **given: object) -> Config:
    """Return a configuration whose downloads go below a folder."""
    base = {"PORTAL_URL": "http://portal.test/ValuesOnline/", "JD_USER": "dealer", "DOWNLOAD_FOLDER": str(folder)}
    return Config.from_settings(project_settings(**{**base, **given}), ENVIRON)


def run_in(folder: Path, jobdir: Path | None = None, arguments: Arguments | None = None, **given: object) -> Run:
    """Open a run; `jobdir` as from `-s JOBDIR`."""
    return Run.open(config_in(folder, **given), arguments or Arguments(), str(jobdir) if jobdir else None)


def stats() -> MemoryStatsCollector:
    """Return a real stats collector."""
    return MemoryStatsCollector(SimpleNamespace(settings=Settings({"STATS_DUMP": False})))


class OpenEngine:
    """A stand-in for the crawler: an engine that can be closed."""

    def __init__(self) -> None:
        self._slot = SimpleNamespace(closing=None)
        self.engine = SimpleNamespace(_slot=self._slot, running=True)
        self.stats = stats()
        self.get_downloader_middleware = lambda _: None

    def close(self) -> None:
        """Begin to close."""
        self._slot.closing = object()


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def vehicle(number: int) -> Vehicle:
    """Return the vehicle of a row: references and VINs count up."""
    return Vehicle(f"{165000 + number}", f"{9000 + number}", f"1HGCM82633A{number:06}", f"2021 Make {number}")


def report(reference: str, status: str = STORED, reason: str = "") -> Report:
    """Return what became of a vehicle."""
    file = f"{reference}.pdf" if status == STORED else ""
    return Report(reference, "", "", status, reason, file, "ab" * 32, 40_000, 1.5, 1, "tab")


def store(run: Run, reference: str) -> Path:
    """Store a file and its row, as the pipeline does."""
    assert run.store_folder is not None
    path = run.store_folder / f"{reference}.pdf"
    path.write_bytes(bytes(40_000))
    run.ledger.settle(report(reference))
    return path


def pdf(*lines: str, columns: tuple[str, ...] = (), **options: object) -> bytes:
    """Return a PDF with these lines below each other; `columns` stand beside the first one."""
    out = BytesIO()
    canvas = Canvas(out, **options)
    for number, line in enumerate(lines):
        canvas.drawString(72, 760 - 20 * number, line)
    for number, text in enumerate(columns):
        canvas.drawString(250 + 120 * number, 760, text)
    canvas.save()
    return out.getvalue()
