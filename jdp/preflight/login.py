"""Runs the preflight spider: in a run folder of its own, without reports, messages or waits."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.crawler import Crawler

from jdp.portal.saved_session import FILE as KEPT
from jdp.preflight.items import FAIL, NOTE, Item
from jdp.preflight.recording import RecordingSpider, keep_capture
from jdp.preflight.spider import PreflightSpider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.settings import Settings

# What is not as in a run, whatever .env and the command line say.
ALONE: dict[str, Any] = {
    "EXTENSIONS": {"jdp.extensions.hangup.Hangup": 100, "jdp.extensions.log.Logs": 100},
    "ITEM_PIPELINES": {},
    "FEEDS": {},
    "FILES_STORE": "",
    "SESSION_WAIT": 0,
}


def log_in_and_look(
    process: AsyncCrawlerProcess,
    settings: Settings,
    jobdir: Path | None,
    tell: Callable[[Item], None],
    record: Path | None = None,
    *,
    with_report: bool = False,
) -> None:
    """Log in, look at the pages, log out. A session that a killed run left in `jobdir` is taken up, and ended.

    With `record` the pages are kept in that folder, as a capture that tells of nobody.
    """
    with _own_folder(tell) as folder:
        kept = jobdir / KEPT if jobdir is not None else None
        job = folder / "job"
        if kept is not None and kept.exists():
            job.mkdir()
            shutil.copy(kept, job / KEPT)
        own = settings.copy()
        own.setdict({**ALONE, "DOWNLOAD_FOLDER": str(folder), "JOBDIR": str(job)}, priority="cmdline")
        crawler = Crawler(RecordingSpider if record else PreflightSpider, own)
        crawl = process.crawl(crawler, tell=tell, with_report=with_report)
        process.start()
        if record is not None:
            keep_capture(crawler.spider, record, tell)
        if crawl.done() and not crawl.cancelled() and (error := crawl.exception()) is not None:
            raise error
        _tell_end(crawler, tell)
        if kept is not None and crawler.stats is not None and crawler.stats.get_value("jdp/logouts") is not None:
            kept.unlink(missing_ok=True)


def _tell_end(crawler: Crawler, tell: Callable[[Item], None]) -> None:
    reason = crawler.stats.get_value("finish_reason") if crawler.stats is not None else None
    if reason in ("shutdown", None):
        tell(Item(FAIL, "login", "stopped before everything was looked at"))


@contextmanager
def _own_folder(tell: Callable[[Item], None]) -> Iterator[Path]:
    """Give a folder that only its owner can read; it stays when there is something to look at in it."""
    folder = Path(tempfile.mkdtemp(prefix="jdp-preflight-")).resolve()
    try:
        yield folder
    finally:
        if any(folder.glob("*/run_data/evidence/*")):
            tell(Item(NOTE, "evidence", f"{folder} holds what the pages looked like; delete it afterwards"))
        else:
            shutil.rmtree(folder, ignore_errors=True)
