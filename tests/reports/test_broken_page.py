"""The vehicle page that works for nobody: the run is stopped after the first vehicles, in the page's own words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from jdp.exceptions import PageBrokenError, PageMismatchError
from jdp.reports import broken_page
from jdp.reports.broken_page import ENOUGH, BrokenPage

CERTAIN = PageMismatchError("vehicle page: a script of the page failed with 'x is null'", certain=True)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> BrokenPage:
    monkeypatch.setattr(broken_page, "stop_run", lambda _, error: stopped.append(error))
    stopped.clear()
    account = SimpleNamespace(show=lambda name, _: f". The page is in {name}")
    return BrokenPage(SimpleNamespace(), SimpleNamespace(account=account))


stopped: list[PageBrokenError] = []


def test_broken_page_stops_the_run_and_names_whom_it_met(page: BrokenPage) -> None:
    page.met("165530", CERTAIN)
    page.met("165531", CERTAIN)
    with pytest.raises(PageBrokenError, match=r"'x is null': .*\(165530, 165531, 165532\).*The page is in vehicle"):
        page.met("165532", CERTAIN)
    assert [error.finish_reason for error in stopped] == ["page_broken"]


@pytest.mark.parametrize(
    ("references", "error", "worked"),
    [
        (["165530"] * ENOUGH, CERTAIN, False),  # its tries: the page may be its own
        (["165530", "165531", "165532"], CERTAIN, True),
        (["165530", "165531", "165532"], PageMismatchError("nothing matches after 30 s"), False),
    ],
)
def test_broken_page_is_not_what_may_be_the_vehicles_own(
    page: BrokenPage, references: list[str], error: PageMismatchError, worked: bool
) -> None:
    if worked:
        page.worked()
    for reference in references:
        page.met(reference, error)
    assert stopped == []
