"""Where the environment becomes settings and a run gets its folder, before any other part is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from jdp.browser import launch_options
from jdp.config.arguments import Arguments
from jdp.config.config import Config
from jdp.config.environment import ENVIRONMENT_PRIORITY, apply_environment, environment
from jdp.portal.session import Session
from jdp.runs.run import Run
from jdp.utils.proxy import browser_proxy

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

SPARE = 2  # tabs beside those of vehicles: the inventory's, the login's
HANDLER = "jdp.engine.handler.DownloadHandler"


class JdpAddon:
    """Validates the configuration of the inventory spider and opens its run."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.run: Run | None = None
        self.session: Session | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def update_settings(self, settings: BaseSettings) -> None:
        """Fix what follows from the configuration; raises ConfigError. Other spiders (`scrapy shell`) pass by."""
        arguments = getattr(self.crawler.spider, "arguments", None)
        if not isinstance(arguments, Arguments):
            return
        config = prepare(settings)
        self.run = Run.open(config, arguments, settings.get("JOBDIR"))
        self.session = Session.begin(self.crawler, self.run)
        derived = {
            "JOBDIR": str(self.run.job_folder),
            "FILES_STORE": self.run.files_store,
            "LOG_LEVEL": config.log_level,
            "CONCURRENT_REQUESTS": config.concurrency,
            # What counts is how many jdp/reports/limiter.py lets in: tabs, reports, and the inventory's own tab.
            "CONCURRENT_REQUESTS_PER_DOMAIN": 2 * config.concurrency + SPARE,
            "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": config.concurrency + SPARE,
            "PLAYWRIGHT_LAUNCH_OPTIONS": launch_options(config.browser, config.headless) | _proxy(config),
            # A portal by http may go on to https; each handler starts its browser with its first tab.
            "DOWNLOAD_HANDLERS": dict.fromkeys({urlsplit(config.portal_url).scheme, "https"}, HANDLER),
        }
        for name, value in derived.items():
            settings.set(name, value, priority=max(ENVIRONMENT_PRIORITY, settings.getpriority(name) or 0))


def _proxy(config: Config) -> dict[str, object]:
    proxy = browser_proxy(config.portal_url)
    return {"proxy": proxy} if proxy else {}


def prepare(settings: BaseSettings) -> Config:
    """Overlay the environment on `settings` and return the checked configuration; raises ConfigError."""
    environ = environment(settings)
    apply_environment(settings, environ)
    return Config.from_settings(settings, environ)
