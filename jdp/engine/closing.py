"""Every wait of the crawl: it ends at once when the engine begins to close."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

from jdp.engine.private import schedule
from jdp.exceptions import EngineClosingError, StopRunError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from scrapy.crawler import Crawler

T = TypeVar("T")
logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1
CLOSING_SECONDS = 3.0  # that what is under way may take after the engine has begun to close

# One look-out for all that wait: dozens may, for hours.
_lookouts: WeakKeyDictionary[Crawler, asyncio.Task[None]] = WeakKeyDictionary()


def is_closing(crawler: Crawler) -> bool:
    """Tell whether the engine has begun to close; Scrapy 2.19 sends no signal for that."""
    slot = crawler.engine._slot  # noqa: SLF001
    return slot is None or slot.closing is not None or not crawler.engine.running


async def until(crawler: Crawler, awaitable: Awaitable[T], grace: float = 0.0) -> T:
    """Await; raises EngineClosingError once the engine begins to close, or `grace` seconds later."""
    task = asyncio.ensure_future(awaitable)
    try:
        if not task.done():
            await asyncio.wait({task, _lookout(crawler)}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done() and grace:
            await asyncio.wait({task}, timeout=grace)
        if not task.done():
            raise EngineClosingError("the run is being stopped")
        return task.result()
    finally:
        task.cancel()


async def pause(crawler: Crawler, seconds: float) -> None:
    """Sleep; raises EngineClosingError once the engine begins to close."""
    await until(crawler, asyncio.sleep(seconds))


async def closing(crawler: Crawler) -> None:
    """Return once the engine has begun to close."""
    await asyncio.wait({_lookout(crawler)})


@contextmanager
def telling(crawler: Crawler, what: str) -> Iterator[None]:
    """Have the stat `jdp/waiting` say what is waited for, for whoever looks at the run."""
    crawler.stats.set_value("jdp/waiting", what)
    try:
        yield
    finally:
        crawler.stats.set_value("jdp/waiting", "")


def _lookout(crawler: Crawler) -> asyncio.Task[None]:
    if crawler not in _lookouts:
        _lookouts[crawler] = asyncio.ensure_future(_look_out(crawler))
    return _lookouts[crawler]


async def _look_out(crawler: Crawler) -> None:
    while not is_closing(crawler):  # noqa: ASYNC110 - the engine has no event for it
        await asyncio.sleep(POLL_SECONDS)


def stop_run(crawler: Crawler, error: StopRunError) -> None:
    """Close the spider for `error`; the first error of a run is the one that is told."""
    if crawler.stats.get_value("jdp/stop_message") is not None:
        return
    crawler.stats.set_value("jdp/stop_message", str(error))
    logger.critical("%s", error)
    schedule(crawler.engine.close_spider_async(reason=error.finish_reason))
