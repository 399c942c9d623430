"""What the pager's summary tells, in whatever words."""

from __future__ import annotations

import pytest

from jdp.portal.pages.grid_summary import Pager, Summary, pages_told, read_summary

FIRST, SECOND, LAST = Pager(1, 3, 20), Pager(2, 3, 20), Pager(3, 3, 5)
MANY = Pager(1, 92, 20)


@pytest.mark.parametrize(
    ("text", "pager", "total"),
    [
        ("Page 1 of 3 (45 items)", FIRST, 45),
        ("Page 1 of 3 (1-20 of 45 items)", FIRST, 45),
        ("21-40 of 45", SECOND, 45),
        ("Showing 41 to 45 of 45 vehicles", LAST, 45),
        ("45 items, page 3 of 3", LAST, 45),
        ("Page 2 of 3 (45 items, 2 selected)", SECOND, 45),
        ("Seite 1 von 92 (1.820 Elemente)", MANY, 1820),
        ("Page 1 sur 92 (1 820 éléments)", MANY, 1820),
        ("1'820 Elemente, Seite 1 von 92", MANY, 1820),
        ("第 1 页 共 92 页 (1820 条)", MANY, 1820),
        ("\u0635\u0641\u062d\u0629 \u0661 \u0645\u0646 \u0663 (\u0664\u0665)", FIRST, 45),
        ("Page 1 of 1 (5 items)", Pager(1, 1, 5), 5),
        ("Page 1 of 0 (0 items)", Pager(1, 1, 0), 0),
        # What does not agree with the rows is believed all the same: that vehicles are missing is found out by it.
        ("Page 1 of 1 (1,820 items)", Pager(1, 1, 3), 1820),
        ("Page 1 of 92 (1820 items)", Pager(1, 92, 3), 1820),
    ],
)
def test_total(text: str, pager: Pager, total: int) -> None:
    assert read_summary(text, pager) == Summary(total)


@pytest.mark.parametrize("text", ["", "Page 1 of 3", "Sayfa 1 / 3"])
def test_no_total(text: str) -> None:
    assert read_summary(text, FIRST) == Summary(None)


def test_words_that_tell_nothing_are_not_taken_for_no_total() -> None:
    assert read_summary("Seite eins von drei", FIRST) == Summary(None, readable=False)


@pytest.mark.parametrize(("text", "pages"), [("Page 2 of 7 (9 items)", 7), ("9 items", 1), ("", 1)])
def test_pages_told(text: str, pages: int) -> None:
    assert pages_told(text) == pages
