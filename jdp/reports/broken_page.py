"""A vehicle page that works for nobody: no vehicle's failure, and nothing that another try mends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jdp.engine.closing import stop_run
from jdp.exceptions import PageBrokenError
from jdp.utils.text import some

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from jdp.exceptions import PageMismatchError
    from jdp.portal.session import Session

ENOUGH = 3  # vehicles, before the page worked for any


class BrokenPage:
    """Stops the run when the page certainly is another one than known, for each of the first vehicles."""

    def __init__(self, crawler: Crawler, session: Session) -> None:
        self.crawler = crawler
        self.session = session
        self._worked = False
        self._references: dict[str, None] = {}

    def worked(self) -> None:
        """Note that the page did what it should: from here on a failure is the vehicle's own."""
        self._worked = True

    def met(self, reference: str, error: PageMismatchError) -> None:
        """Note that the page did not; raises PageBrokenError when that is the page, not the vehicle."""
        if self._worked or not error.certain:
            return
        self._references[reference] = None
        if len(self._references) < ENOUGH:
            return
        shown = self.session.account.show("vehicle", error)
        met = some(self._references, ENOUGH)
        broken = PageBrokenError(
            f"{error}: so it went with the first vehicles ({met}), the others would not fare better. "
            f"See whether Create PDF works in a browser of your own{shown}"
        )
        stop_run(self.crawler, broken)
        raise broken
