"""`scrapy crawl`, which here tells by its exit status what the run came to."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING, TypeVar

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.exceptions import UsageError

from jdp.addon import prepare
from jdp.browser import launch_options
from jdp.config.arguments import Arguments
from jdp.engine.private import has_extensions
from jdp.exceptions import ConfigError
from jdp.extensions.progress import ShowProgress
from jdp.extensions.run_end import RunEnd
from jdp.monitoring.metrics import NOT_STARTED

if TYPE_CHECKING:
    import argparse

    from scrapy.crawler import Crawler

T = TypeVar("T")
logger = logging.getLogger(__name__)


class CheckedCrawlCommand(CrawlCommand):
    """Checks settings and arguments before anything starts, prints the end table, returns 0, 1 or 2."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if args != ["inventory"]:
            super().run(args, opts)
            return
        assert self.settings is not None
        assert self.crawler_process is not None
        self._check(opts)
        if self.settings["LOG_LEVEL"] == "INFO":
            # Half a screen each, of components and of settings; -L DEBUG shows them.
            for name in ("scrapy.middleware", "scrapy.addons"):
                logging.getLogger(name).setLevel(logging.WARNING)
            logging.getLogger("scrapy.crawler").addFilter(lambda record: "Overridden settings" not in record.msg)
        crawler = self._create_crawler("inventory")
        crawl = asyncio.ensure_future(self.crawler_process.crawl(crawler, **opts.spargs))
        try:
            self.crawler_process.start()
        finally:
            if progress := self._extension(crawler, ShowProgress):
                progress.close()  # which a crash or a second Ctrl-C has left
        failure = crawl.exception() if crawl.done() and not crawl.cancelled() else None
        if isinstance(failure, ConfigError):
            raise self._usage_error(failure)
        if failure is not None:
            raise failure
        self._tell(crawler)

    def _check(self, opts: argparse.Namespace) -> None:
        """Raise UsageError for what can be known to be wrong beforehand."""
        assert self.settings is not None
        try:
            config = prepare(self.settings.copy())
            launch_options(config.browser, config.headless)
            Arguments.parse(opts.spargs)
        except ConfigError as error:
            raise self._usage_error(error) from None

    def _tell(self, crawler: Crawler) -> None:
        """Print the end table and take over its exit status."""
        end = self._extension(crawler, RunEnd)
        if end and not end.text:  # a second Ctrl-C: the engine did not come to say that it stopped
            crawler.stats.set_value("finish_reason", "killed")
            end.tell()
        self.exitcode = end.exit_status if end else NOT_STARTED
        if end and end.text:
            print(end.text, file=sys.stderr if self._feeds_to_stdout() else sys.stdout)

    def _extension(self, crawler: Crawler, kind: type[T]) -> T | None:
        """Return an extension; None when the crawl was not begun."""
        return crawler.get_extension(kind) if has_extensions(crawler) else None

    def _usage_error(self, error: ConfigError) -> UsageError:
        # Scrapyd keeps standard error apart from the job's log, which must tell too.
        logger.error("Result: exit_status=%d reason=not_started: %s", NOT_STARTED, error)
        return UsageError(str(error), print_help=False)

    def _feeds_to_stdout(self) -> bool:
        assert self.settings is not None
        return any(str(uri) in ("-", "stdout:") for uri in self.settings.getdict("FEEDS"))
