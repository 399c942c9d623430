"""The way of a report to the disk: last guard, store, ledger, in that order."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

from scrapy import Request
from scrapy.exceptions import DropItem
from scrapy.http.request import NO_CALLBACK
from scrapy.pipelines.files import FilesPipeline
from scrapy.pipelines.media import FileInfo, FileInfoOrError, MediaPipeline
from scrapy.utils.asyncio import run_in_thread
from scrapy.utils.defer import ensure_awaitable
from twisted.python.failure import Failure

from jdp.exceptions import StorageError
from jdp.fingerprints import IDENTITY
from jdp.items import STORED, UNPROVEN, Report
from jdp.run import Run
from jdp.storage import AtomicFilesStore, safe_name, write_atomically
from jdp.waiting import stop_run
from jdp.words import ROUTINE

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
        pipeline = super().from_crawler(crawler)
        pipeline.run = Run.of(crawler)
        return pipeline

    async def process_item(self, item: Any) -> Any:  # type: ignore[override]  # `spider` is deprecated
        if not isinstance(item, Report):
            return item
        if item.status == UNPROVEN:
            await self._keep_unproven(item)
        await super().process_item(item)
        item.size, item.body = len(item.body), b""
        try:
            await self.run.settling.settle(item)
        except (sqlite3.Error, UnicodeError) as error:
            self._cannot_store(item, error)
        told = {ROUTINE: item.status == STORED}
        logger.info("%s: %s", ascii(item.reference)[1:-1], _outcome(item), extra=told)
        self.crawler.stats.inc_value(f"jdp/reports/{item.status}")
        return item

    def get_media_requests(self, item: Any, info: MediaPipeline.SpiderInfo) -> list[Request]:  # noqa: ARG002
        if item.status != STORED:
            return []
        # The identity keeps two vehicles apart whose reports have one address (the session's current vehicle).
        identity = ("file", item.reference)
        return [Request(self.run.config.portal_url, callback=NO_CALLBACK, meta={IDENTITY: identity})]

    async def media_to_download(  # type: ignore[override]  # Scrapy awaits whatever comes back
        self,
        request: Request,
        info: MediaPipeline.SpiderInfo,
        *,
        item: Any = None,
    ) -> FileInfo:
        """Store the bytes that are already there, instead of downloading any."""
        path = self.file_path(request, info=info, item=item)
        digest, status = hashlib.sha256(item.body).hexdigest(), "downloaded"
        try:
            await ensure_awaitable(self.store.persist_file(path, BytesIO(item.body), info))
        except OSError as error:  # raised, Scrapy would log a traceback for what one sentence says
            item.reason, status = str(error), "failed"
        return FileInfo(url=request.url, path=path, checksum=digest, status=status)

    def file_path(
        self,
        request: Request,  # noqa: ARG002
        response: Any = None,  # noqa: ARG002
        info: MediaPipeline.SpiderInfo | None = None,  # noqa: ARG002
        *,
        item: Any = None,
    ) -> str:
        return f"{safe_name(item.reference)}.pdf"

    def item_completed(self, results: list[FileInfoOrError], item: Any, info: MediaPipeline.SpiderInfo) -> Any:
        info.downloaded.clear()  # Scrapy keeps every result until the end of the run
        for _, result in results:
            if isinstance(result, Failure):
                self._cannot_store(item, result.value)
            if result["status"] == "failed":
                self._cannot_store(item, item.reason)
            item.file, item.sha256 = result["path"], result["checksum"]
            self.unproven_in_a_row = 0
        return item

    def _cannot_store(self, item: Report, error: BaseException | str | None) -> NoReturn:
        self.crawler.stats.inc_value("jdp/reports_lost")
        stop_run(self.crawler, StorageError(f"{item.reference}'s report cannot be stored: {error}"))
        raise DropItem(f"{item.reference}: not stored")

    async def _keep_unproven(self, item: Report) -> None:
        path = self.run.data / "unproven" / f"{safe_name(item.reference)}.pdf"
        path.parent.mkdir(exist_ok=True)
        try:
            await run_in_thread(write_atomically, path, item.body)
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
