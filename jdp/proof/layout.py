"""Where words stand to each other: on a row, in one cell, below or above each other in one column."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jdp.proof.words import Word

# All in em, the size of the type.
CELL_GAP = 0.6  # more than a blank, also where lines are stretched to one width
HALF_HEIGHT = 0.35  # of a digit
NEXT_LINE = 0.6  # at least, from base to base
FARTHEST_LINE = 3.2
MOST_AROUND = 200  # cells that are looked at around one
MOST_IN_CELL = 40  # words


class Place(Protocol):
    """Something that has a place on a sheet."""

    @property
    def sheet(self) -> int: ...
    @property
    def left(self) -> float: ...
    @property
    def right(self) -> float: ...
    @property
    def base(self) -> float: ...
    @property
    def size(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Cell:
    """Words of a line that are no further apart than by a blank."""

    words: tuple[Word, ...]
    sheet: int
    left: float
    right: float
    base: float
    size: float

    @classmethod
    def of(cls, words: Sequence[Word]) -> Cell:
        first = words[0]
        return cls(tuple(words), first.sheet, first.left, words[-1].right, first.base, max(w.size for w in words))

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def gap(left: Place, right: Place) -> float:
    """Return what is between two places on a row, in em."""
    return (right.left - left.right) / max(left.size, right.size)


def cells_of(line: Iterable[Word]) -> Iterator[Cell]:
    """Yield a line's cells."""
    cell: list[Word] = []
    for word in line:
        if cell and (gap(cell[-1], word) > CELL_GAP or len(cell) == MOST_IN_CELL):
            yield Cell.of(cell)
            cell = []
        cell.append(word)
    if cell:
        yield Cell.of(cell)


def overlap(one: Place, other: Place) -> float:
    """Return how wide a stripe two places share, were one moved over the other."""
    return min(one.right, other.right) - max(one.left, other.left)


def is_on_row(one: Place, other: Place) -> bool:
    """Tell whether two places stand beside each other, as a person sees it: raised letters do, the next line not."""
    middles = one.base - HALF_HEIGHT * one.size, other.base - HALF_HEIGHT * other.size
    return abs(middles[0] - middles[1]) < HALF_HEIGHT * max(one.size, other.size)


class Layout:
    """The words of a document in lines and cells, and what stands around a place."""

    def __init__(self, words: Iterable[Word]) -> None:
        self.lines = [list(line) for _, line in groupby(words, key=lambda word: word.line)]
        self._cells: defaultdict[int, list[Cell]] = defaultdict(list)
        for line in self.lines:
            self._cells[line[0].sheet] += sorted(cells_of(line), key=lambda cell: cell.left)
        for cells in self._cells.values():
            cells.sort(key=lambda cell: cell.base)
        self._bases = {sheet: [cell.base for cell in cells] for sheet, cells in self._cells.items()}

    def cells(self) -> Iterator[Cell]:
        """Yield every cell."""
        for cells in self._cells.values():
            yield from cells

    def _between(self, sheet: int, first: float, last: float) -> list[Cell]:
        """Return the cells with a base between two, from the top, the first few hundred."""
        bases = self._bases.get(sheet, [])
        start = bisect_left(bases, first)
        return self._cells[sheet][start : min(bisect_right(bases, last), start + MOST_AROUND)]

    def row(self, place: Place) -> list[Cell]:
        """Return the cells beside a place and its own, from the left."""
        around = self._between(place.sheet, place.base - 2 * place.size, place.base + 2 * place.size)
        return sorted((cell for cell in around if is_on_row(cell, place)), key=lambda cell: cell.left)

    def off_row(self, place: Place) -> list[Cell]:
        """Return the cells that are raised or lowered against a place's row, by less than a line."""
        around = self._between(place.sheet, place.base - place.size, place.base + place.size)
        return [cell for cell in around if not is_on_row(cell, place)]

    def left_of(self, place: Place) -> Cell | None:
        """Return the nearest cell on the left, a cell of its own."""
        beside = [cell for cell in self.row(place) if cell.right <= place.left + place.size / 10]
        return max(beside, key=lambda cell: cell.right, default=None)

    def below(self, place: Place) -> Cell | None:
        """Return the nearest cell below a place in its column."""
        around = self._between(place.sheet, place.base, place.base + FARTHEST_LINE * place.size)
        return self._nearest(place, [cell for cell in around if cell.base - place.base > NEXT_LINE * cell.size])

    def above(self, place: Place) -> Cell | None:
        """Return the nearest cell above a place in its column."""
        around = self._between(place.sheet, place.base - FARTHEST_LINE * place.size, place.base)
        return self._nearest(place, [cell for cell in around if place.base - cell.base > NEXT_LINE * place.size])

    def next_row(self, place: Place) -> list[Cell]:
        """Return the cells of the next row below, in whichever column."""
        around = self._between(place.sheet, place.base, place.base + FARTHEST_LINE * place.size)
        below = (cell for cell in around if cell.base - place.base > NEXT_LINE * cell.size)
        return next((self.row(cell) for cell in below), [])

    @staticmethod
    def _nearest(place: Place, cells: Iterable[Cell]) -> Cell | None:
        column = (cell for cell in cells if overlap(cell, place) > 0)
        return min(column, key=lambda cell: (abs(cell.base - place.base), -overlap(cell, place)), default=None)
