"""The way of a report to the disk: last guard, store, ledger, in that order."""

from __future__ import annotations

import hashlib
import logging
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

from scrapy.exceptions import DropItem, NotConfigured
from scrapy.pipelines.files import FilesPipeline
from scrapy.utils.asyncio import run_in_thread
from scrapy.utils.defer import ensure_awaitable

from jdp.engine.closing import stop_run
from jdp.exceptions import ConfigError, StorageError
from jdp.items import STORED, UNPROVEN, Report
from jdp.runs.ledger import LedgerError
from jdp.runs.run import Run
from jdp.runs.storage import AtomicFilesStore, safe_name
from jdp.utils.files import write_atomically
from jdp.utils.text import ROUTINE

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

UNPROVEN_IN_A_ROW = 3


class ReportsPipeline(FilesPipeline):
    """Stores proven reports under their reference, keeps unproven ones apart, writes every outcome into the ledger."""

    STORE_SCHEMES: ClassVar[dict[str, Any]] = {
        **FilesPipeline.STORE_SCHEMES,
        "": AtomicFilesStore,
        "file": AtomicFilesStore,
    }

    run: Run
    unproven_in_a_row = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline; raises ConfigError where Scrapy would switch it off and lose every report."""
        try:
            pipeline = super().from_crawler(crawler)
        except (NotConfigured, ImportError) as error:
            raise ConfigError(f"FILES_STORE={crawler.settings['FILES_STORE']} cannot be used: {error}") from None
        pipeline.run = Run.of(crawler)
        return pipeline

    async def process_item(self, item: Any) -> Any:  # type: ignore[override]  # `spider` is deprecated
        if not isinstance(item, Report):
            return item
        if item.status == UNPROVEN:
            await self._keep_unproven(item)
        if item.status == STORED:
            await self._store(item)
        item.size, item.body = len(item.body), b""
        try:
            await self.run.ledger_writer.settle(item)
        except LedgerError as error:
            self._cannot_store(item, error)
        told = {ROUTINE: item.status == STORED}
        logger.info("%s: %s", ascii(item.reference)[1:-1], _outcome(item), extra=told)
        self.crawler.stats.inc_value(f"jdp/reports/{item.status}")
        return item

    async def _store(self, item: Report) -> None:
        """Store a proven report under its reference, by the store that FILES_STORE names."""
        path = f"{safe_name(item.reference)}.pdf"
        try:
            await ensure_awaitable(self.store.persist_file(path, BytesIO(item.body), self.spiderinfo))
        except Exception as error:  # noqa: BLE001 - each kind of store fails in its own way: the run stops, and says so
            self._cannot_store(item, error)
        item.file, item.sha256 = path, hashlib.sha256(item.body).hexdigest()
        self.unproven_in_a_row = 0

    def _cannot_store(self, item: Report, error: BaseException) -> NoReturn:
        self.crawler.stats.inc_value("jdp/reports_lost")
        stop_run(self.crawler, StorageError(f"{item.reference}'s report cannot be stored: {error}"))
        raise DropItem(f"{item.reference}: not stored")

    async def _keep_unproven(self, item: Report) -> None:
        path = self.run.data / "unproven" / f"{safe_name(item.reference)}.pdf"
        path.parent.mkdir(exist_ok=True)
        try:
            await run_in_thread(write_atomically, path, item.body)
            if self.run.store_folder is not None:  # taken for proven until another vehicle came under its number
                (self.run.store_folder / path.name).unlink(missing_ok=True)
        except OSError as error:
            self._cannot_store(item, error)
        item.file = f"run_data/unproven/{path.name}"
        item.sha256 = hashlib.sha256(item.body).hexdigest()
        self.unproven_in_a_row += 1
        if self.unproven_in_a_row == UNPROVEN_IN_A_ROW:
            self._warn(item)

    def _warn(self, item: Report) -> None:
        if self.crawler.stats.get_value("jdp/unproven_warned"):
            return
        self.crawler.stats.set_value("jdp/unproven_warned", 1)
        logger.warning(
            "%d reports in a row name no vehicle beside a known label (REPORT_LABELS): they are kept in %s and not "
            "asked for again. The last one begins: %s",
            UNPROVEN_IN_A_ROW,
            self.run.data / "unproven",
            ascii(item.reason)[1:-1],
        )


def _outcome(item: Report) -> str:
    """Say in a line what became of a vehicle."""
    if item.status == STORED:
        return f"stored ({item.size / 1000:.0f} kB, {item.seconds:.1f} s)"
    return f"{item.status} ({ascii(item.reason)[1:-1][:200]})"
