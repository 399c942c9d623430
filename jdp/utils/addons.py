"""What an add-on made for its crawler, found again by those who need it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from scrapy.exceptions import NotConfigured

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

T = TypeVar("T")


def made_by_addon(crawler: Crawler, kind: type[T]) -> T:
    """Return the one object of this kind; raises NotConfigured when no add-on of the crawler has made one."""
    made = [value for addon in crawler.addons.addons for value in vars(addon).values() if isinstance(value, kind)]
    if not made:
        raise NotConfigured  # another spider, or `scrapy shell`: nothing of ours is needed
    return made[0]
