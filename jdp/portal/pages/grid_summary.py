"""The pager's summary: how many rows the grid says that there are, in whatever words."""

from __future__ import annotations

import re
from typing import NamedTuple

# Thousands may stand apart by a comma, a point, an apostrophe or a blank of any width.
TOGETHER = re.compile("\\d{1,3}(?:[.,'\u2019\u00a0\u202f ]\\d{3})+(?!\\d)|\\d+")
APART = re.compile("\\d{1,3}(?:[.,'\u2019\u00a0\u202f]\\d{3})+(?!\\d)|\\d+")


class Pager(NamedTuple):
    """What is known beside the summary: the page (one-based), how many there are, and the rows on it."""

    page: int
    pages: int
    rows: int


class Summary(NamedTuple):
    """The count that a summary tells, None when it tells none; `readable` unless it says what nobody understood."""

    total: int | None
    readable: bool = True


def pages_told(text: str) -> int:
    """Return how many pages a summary speaks of that begins with "Page 1 of 3", in whatever words; 1 at least."""
    page, pages = (*_numbers(text, APART), 0, 0)[:2]
    return pages if 0 < page <= pages else 1


def read_summary(text: str, pager: Pager) -> Summary:
    """Read the count of rows out of a summary.

    Its numbers are the page, the pages, the count, a range of rows, perhaps more. What agrees with the rows that
    are there is the count. When nothing does the largest is taken: a count that is too large is noticed.
    """
    if not text:
        return Summary(None)
    together, apart = (_without_pages(_numbers(text, pattern), pager) for pattern in (TOGETHER, APART))
    fitting = [[number for number in numbers if _fits(number, pager)] for numbers in (together, apart)]
    numbers = fitting[0] or fitting[1] or together
    if numbers:
        return Summary(max(numbers))
    return Summary(None, readable=bool(_numbers(text, APART)))


def _numbers(text: str, pattern: re.Pattern[str]) -> list[int]:
    return [int("".join(sign for sign in found if sign.isdecimal())) for found in pattern.findall(text)]


def _without_pages(numbers: list[int], pager: Pager) -> list[int]:
    """Leave out "1 of 3" where it stands; a summary may do without."""
    for at in range(len(numbers) - 1):
        if numbers[at : at + 2] in ([pager.page, pager.pages], [pager.pages, pager.page]):
            return numbers[:at] + numbers[at + 2 :]
    return numbers


def _fits(total: int, pager: Pager) -> bool:
    """Tell whether a count agrees with the rows that are on this page."""
    page, pages, rows = pager
    if pages <= 1:
        return total == rows
    if page < pages:
        return rows * (pages - 1) < total <= rows * pages
    size, rest = divmod(total - rows, pages - 1)
    return rest == 0 and size >= rows
