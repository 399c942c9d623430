"""How much a tab takes in before it is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from jdp.portal.tab import limits
from tests.helpers.site import Answer

if TYPE_CHECKING:
    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

LARGE = Answer(body=b"<title>Large</title>" + b"<!-- " + b"words " * 2_000_000 + b"--><i id=end></i>")
# So much more than the limit that it cannot all be there before the stop.
ENDLESS = Answer(body=b"<title>Endless</title>" + b"<!-- " + b"words " * 15_000_000 + b"--><i id=end></i>")
FILE = Answer(body=bytes(64_000_000), headers={"Content-Disposition": 'attachment; filename="vehicle.csv"'})


def test_page_without_end_is_stopped(tab: Tab, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 1_000_000)
    tab.page.set_default_timeout(2000)
    site.answers["GET", "large"] = ENDLESS
    tab.prepare()
    with pytest.raises(PlaywrightTimeoutError):
        tab.open(site.url("large"))
    assert not tab.wait(tab.page.locator("#end").count())


def test_pages_as_large_as_any_are_loaded(tab: Tab, site: Site) -> None:
    site.answers["GET", "large"] = LARGE
    tab.prepare()
    for _ in range(2):
        tab.open(site.url("large"))
        assert tab.wait(tab.page.locator("#end").count())


@pytest.mark.parametrize(("download", "failure"), [(False, "canceled"), (True, None)])
def test_download_that_nobody_wants_is_stopped(tab: Tab, site: Site, failure: str | None, *, download: bool) -> None:
    site.answers["GET", "file"] = FILE
    tab.prepare(download=download)
    tab.open(site.url("home.html"))

    async def downloaded() -> str | None:
        async with tab.page.expect_download() as started:
            await tab.page.evaluate("location = 'file'")
        return await (await started.value).failure()

    assert tab.wait(downloaded()) == failure
