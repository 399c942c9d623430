"""When a page is loaded: what hangs on it is not waited for, and what holds it up is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp.exceptions import TabFailedError
from jdp.portal.tab import loading
from jdp.portal.tab.step import step
from tests.helpers.site import SILENT, Answer

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

HOLDS_UP = [
    "<script src='never.js?n=1'></script>",
    "<script defer src='never.js?n=2'></script>",
    "<link rel='stylesheet' href='never.js?n=3'><script>1</script>",
]


@step
async def reads(page: Page) -> str:
    return await page.locator("#wanted").inner_text()


@pytest.fixture
def hanging(tab: Tab, site: Site, monkeypatch: pytest.MonkeyPatch) -> Tab:
    """Return a tab of a site where never.js never comes."""
    monkeypatch.setattr(loading, "HUNG_SECONDS", 0.2)
    monkeypatch.setattr(loading, "POLL_SECONDS", 0.3)
    site.answers["GET", "never.js"] = Answer(status=SILENT)
    loading.LEFT_OUT.pop(tab.context, None)
    tab.prepare()
    return tab


def shows(site: Site, name: str, what: str, method: str = "GET") -> None:
    """Have an address show a page with something on it that hangs, before what is wanted."""
    site.answers[method, name] = Answer(body=f"<!doctype html><body>{what}<p id='wanted'>there</p>".encode())


def commit(tab: Tab, site: Site, name: str) -> None:
    tab.wait(tab.page.goto(site.url(name), wait_until="commit"))


@pytest.mark.parametrize("what", ["<img src='never.js'>", "<script async src='never.js'></script>"])
def test_loaded_without_what_nobody_needs(hanging: Tab, site: Site, what: str) -> None:
    shows(site, "page", what)
    commit(hanging, site, "page")
    assert hanging.run(reads).result() == "there"
    assert len(site.asked_for("/page")) == 1


@pytest.mark.parametrize("what", HOLDS_UP)
def test_loaded_past_what_holds_the_document_up(hanging: Tab, site: Site, what: str) -> None:
    shows(site, "page", what)
    commit(hanging, site, "page")
    assert hanging.run(reads).result() == "there"
    assert len(site.asked_for("/page")) == 2


def test_loaded_at_once_where_it_is_left_out_already(hanging: Tab, site: Site) -> None:
    shows(site, "page", HOLDS_UP[0])
    commit(hanging, site, "page")
    hanging.run(reads).result()
    hanging.renew()
    hanging.prepare()
    commit(hanging, site, "page")
    assert hanging.run(reads).result() == "there"
    assert len(site.asked_for("never.js")) == 1


def test_loaded_answer_to_a_form_is_taken_as_it_is(hanging: Tab, site: Site) -> None:
    site.answers["POST", "sent"] = Answer(body=f"<body><p id='wanted'>half</p>{HOLDS_UP[0]}".encode())
    hanging.open(site.url("something_else.html"))
    hanging.wait(
        hanging.page.evaluate(
            "() => { const form = Object.assign(document.createElement('form'), {method: 'post', action: 'sent'});"
            " document.body.append(form); form.submit(); }"
        )
    )
    hanging.wait(hanging.page.wait_for_url("**/sent", wait_until="commit"))
    assert hanging.run(reads).result() == "half"
    assert len(site.asked_for("/sent")) == 1


def test_loaded_never(hanging: Tab, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "LOADED_SECONDS", 0.5)
    monkeypatch.setattr(loading, "HUNG_SECONDS", 100)
    shows(site, "page", HOLDS_UP[0])
    commit(hanging, site, "page")
    with pytest.raises(TabFailedError, match="the page did not load"):
        hanging.run(reads).result()
