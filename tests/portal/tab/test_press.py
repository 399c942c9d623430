"""Acting on what something lies over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jdp.exceptions import PageCoveredError
from jdp.portal.tab import press as presses
from jdp.portal.tab.press import cover, expect_uncovered, press

if TYPE_CHECKING:
    from tests.helpers.tabs import Tab

OVER = "<div id=over style='position:fixed;inset:0;z-index:9'>%s</div>"
PAGE = "<button id=wanted onclick=\"document.title += '!'\">Go</button>%s"


def show(tab: Tab, over: str = "", page: str = PAGE) -> None:
    tab.wait(tab.page.set_content(page % (OVER % over if over else "")))


def pressed(tab: Tab) -> str:
    """Press what is wanted; return how often its own listener heard it."""
    tab.wait(press(tab.page.locator("#wanted")))
    return str(tab.wait(tab.page.title()))


@pytest.mark.parametrize(
    "over",
    [
        "",
        "We use cookies. <button onclick='document.title=0'>Accept all</button>",
        "<iframe title='chat'></iframe>",
        "</div><dialog id=asks>What do you think?</dialog><script>asks.showModal()</script>",
        "How do you like it? <button onclick='over.remove()'>No thanks</button>",
    ],
)
def test_press_whatever_lies_over_it(tab: Tab, over: str) -> None:
    show(tab, over)
    assert pressed(tab) == "!"


@pytest.mark.parametrize(
    "way",
    [
        "<button onclick='over.remove()'>No, thanks</button>",
        "<span role=button aria-label=Close onclick='over.remove()'></span>x",
        "<a href='#' title='Dismiss' onclick='over.remove()'>-</a>",
        "<button onclick='over.remove()'>&times;</button>",
    ],
)
def test_press_closes_what_has_a_way_to(tab: Tab, way: str) -> None:
    show(tab, f"Survey {way}")
    assert pressed(tab) == "!"
    assert tab.wait(tab.page.locator("#over").count()) == 0


@pytest.mark.parametrize(
    "way", ["<button>Accept all</button>", "<button>Yes</button>", "<a href='/away'>Close</a>", "<button>OK</button>"]
)
def test_press_agrees_to_nothing_and_goes_nowhere(tab: Tab, way: str) -> None:
    show(tab, "Notice " + way.replace(">", " onclick='document.title = 9'>", 1))
    assert pressed(tab) == "!"
    assert tab.wait(tab.page.locator("#over").count()) == 1


def test_press_what_comes_to_lie_over_it_meanwhile(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presses, "PRESS_SECONDS", 0.3)
    monkeypatch.setattr(presses, "COVER", "() => null")
    show(tab, "A moment later")
    monkeypatch.setattr(presses, "WORDS", "() => ''")
    assert pressed(tab) == "!"


def test_cover_is_quoted(tab: Tab) -> None:
    show(tab, "Read-only  tonight\n<b>from 9 pm</b>")
    wanted = tab.page.locator("#wanted")
    assert tab.wait(cover(wanted)) == "Read-only tonight from 9 pm"
    with pytest.raises(PageCoveredError, match=r"vehicle page: something lies over the page.*Read-only tonight"):
        tab.wait(expect_uncovered("vehicle page", wanted))


def test_cover_without_words_is_named(tab: Tab) -> None:
    show(tab, "<i></i>")
    assert tab.wait(cover(tab.page.locator("#wanted"))) == "<div>"


def test_cover_is_no_label_and_no_part_of_the_element(tab: Tab) -> None:
    box = "<input type=checkbox id=wanted style='opacity:0'>"
    page = f"<label>{box}<i style='position:absolute;inset:0'></i>I agree</label>%s"
    show(tab, page=page)
    assert tab.wait(cover(tab.page.locator("#wanted"))) == ""
    show(tab, page="<button id=wanted><b>Go</b></button>%s")
    assert tab.wait(cover(tab.page.locator("#wanted"))) == ""
