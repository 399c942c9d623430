"""The vehicle page whose Create PDF asks for no report: a script that failed, or another address, is named soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp.exceptions import PageMismatchError
from jdp.portal.tab import scripts
from tests.helpers.site import Answer
from tests.portal.pages.test_vehicle import ask, listed

if TYPE_CHECKING:
    from tests.helpers.site import Site
    from tests.helpers.tabs import Tab

FAILURES = {
    "create": r"Cannot read properties of null \(reading 'report'\)",
    "promise": "No report today",
    "page": "createViewer is not defined",
}


@pytest.mark.parametrize("fails", FAILURES)
def test_ask_script_that_fails_is_named_soon(
    capturing: Tab, site: Site, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    monkeypatch.setattr(scripts, "DOUBTFUL_SECONDS", 0.5)
    outcome = ask(capturing, listed(site, fails=fails, leads="nowhere"))
    with pytest.raises(PageMismatchError, match=f"vehicle page: Create PDF led nowhere, not to .*{FAILURES[fails]}"):
        outcome.result()
    assert outcome.error.certain  # and no time was used up
    assert scripts.QUIET_SECONDS < 5


def test_ask_that_leads_elsewhere_waits_no_longer_than_the_page_moves(
    capturing: Tab, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts, "DOUBTFUL_SECONDS", 0.3)
    outcome = ask(capturing, listed(site, leads="Print?id=7"))
    with pytest.raises(PageMismatchError, match="Create PDF led to /ValuesOnline/Print, not to an address"):
        outcome.result()
    assert outcome.error.certain
    assert site.asked_for("ValuesOnline/Print") == []


def test_ask_script_that_opens_no_dialog_is_named(capturing: Tab, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "QUIET_SECONDS", 0.3)
    with pytest.raises(PageMismatchError, match=r"reports dialog: nothing matches .*missing is not defined"):
        ask(capturing, listed(site, fails="dialog")).result()


def test_ask_another_script_that_fails_is_nothing_while_the_page_waits_for_an_answer(
    capturing: Tab, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts, "QUIET_SECONDS", 0.1)
    site.answers["GET", "token"] = Answer(body=b"1", seconds=0.8)
    assert ask(capturing, listed(site, fails="beside", waits="token")).error is None
