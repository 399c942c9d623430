"""What a page says and asks in dialogs of the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scrapy import Request

from jdp.exceptions import QuestionAskedError, TabFailedError
from jdp.portal.tab import dialogs
from jdp.portal.tab.dialogs import expect_no_question, said
from jdp.portal.tab.prepare import TabOrder, prepare_tab
from jdp.portal.tab.step import step
from jdp.utils.secret import Secret

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab


@step
async def fails(page: Page) -> None:
    raise TabFailedError(f"vehicle page: nothing came on {page.url}")


@pytest.fixture
def asking(tab: Tab, site: Site, monkeypatch: pytest.MonkeyPatch) -> Tab:
    """Return a tab at a page, where nothing is waited for once a question is answered."""
    monkeypatch.setattr(dialogs, "GRACE_SECONDS", 0)
    tab.prepare()
    tab.open(site.url("something_else.html"))
    return tab


def accept(tab: Tab) -> None:
    order = TabOrder(Secret([]), Secret([]), accept=True)
    tab.wait(prepare_tab(tab.page, Request("http://portal.test/", meta={"tab_order": order})))


def test_question_is_refused_and_quoted(asking: Tab, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        assert asking.wait(asking.page.evaluate("confirm('It counts towards your plan')")) is False
    with pytest.raises(QuestionAskedError, match=r"vehicle page: .*'It counts towards your plan'.*ACCEPT_DIALOGS=true"):
        expect_no_question(asking.page, "vehicle page")
    assert caplog.text.count("The page asks 'It counts towards your plan', and was told no") == 1


def test_question_is_why_a_step_failed(asking: Tab) -> None:
    assert isinstance(asking.run(fails).error, TabFailedError)
    asking.wait(asking.page.evaluate("confirm('Really?')"))
    outcome = asking.run(fails)
    assert isinstance(outcome.error, QuestionAskedError)
    assert outcome.error.snapshot is not None


def test_question_is_given_time(asking: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogs, "GRACE_SECONDS", 3600)
    asking.wait(asking.page.evaluate("confirm('Really?')"))
    expect_no_question(asking.page, "vehicle page")


def test_question_is_accepted_where_somebody_said_so(tab: Tab, site: Site) -> None:
    accept(tab)
    tab.open(site.url("something_else.html"))
    assert tab.wait(tab.page.evaluate("[confirm('Really?'), prompt('Which?', 'all')]")) == [True, "all"]
    expect_no_question(tab.page, "vehicle page", now=True)


def test_alert_is_closed_and_noted(asking: Tab, caplog: pytest.LogCaptureFixture) -> None:
    asking.wait(asking.page.evaluate("alert('Two days left')"))
    assert said(asking.page) == "Two days left"
    assert "The page says 'Two days left'" in caplog.text
    expect_no_question(asking.page, "vehicle page")


def test_question_on_leaving_never_holds_a_tab(asking: Tab, site: Site) -> None:
    asking.wait(asking.page.evaluate("addEventListener('beforeunload', (event) => event.preventDefault())"))
    asking.wait(asking.page.mouse.click(5, 5))  # without it the browser does not ask
    asking.open(site.url("home.html"))
    assert asking.page.url == site.url("home.html")
    expect_no_question(asking.page, "vehicle page")
