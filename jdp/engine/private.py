"""Private names of Scrapy and Playwright that are needed elsewhere, each with the public way that would replace it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# Replaced by: an export of playwright.async_api, as Cookie is.
from playwright._impl._api_structures import SetCookieParam

# Replaced by: an export of playwright.async_api, as TimeoutError is; until then its text would have to be compared.
from playwright._impl._errors import TargetClosedError
from scrapy.utils.defer import _schedule_coro

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scrapy.crawler import Crawler

__all__ = ["SetCookieParam", "TargetClosedError", "has_extensions", "schedule"]


def schedule(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine from a function that cannot await it. Replaced by: a public name in scrapy.utils.asyncio."""
    _schedule_coro(coroutine)


def has_extensions(crawler: Crawler) -> bool:
    """Tell whether a crawl was begun. Replaced by: a `get_extension` that returns None before, instead of raising."""
    return bool(crawler._extensions)  # noqa: SLF001
