"""What stands beside, below or above a label, when it is the label's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jdp.proof.layout import CELL_GAP, NEXT_LINE, Cell, Layout, gap, overlap

if TYPE_CHECKING:
    from collections.abc import Callable

    from jdp.proof.labels import Label
    from jdp.proof.words import Word

    Chain = tuple[Word, ...]
    Fits = Callable[[Chain], bool]

# All in em, the size of the type.
LOOSEST = 1.0  # between two words of a value
NEAREST_FIELD = 15.0  # a label further left than that claims nothing
FARTHEST_CAPTION = 2.2  # from a value down to its caption
WRAPPED_HEADING = 1.35  # from the first line of a heading to its second
SAME_EDGE = 0.6
MOST_CELLS = 6  # right of a label that its value is sought in
NEARER = 0.85  # times the other's distance: it is plainly the nearer one


class Value(NamedTuple):
    """Words that stand where a label's value does; unsure when that is another place just as well."""

    words: Chain
    sure: bool


class Values:
    """Finds the values of labels in a layout. `fits` tells what may be a value: whole cells, but for those beside."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def of(self, label: Label, begins: Fits, fits: Fits) -> list[Value]:
        """Return what may be a label's value: beside it what `begins` with one, below and above what `fits` whole."""
        beside = self._beside(label)
        if beside and begins(beside) and not self._is_claimed_from_above(label, beside[0]):
            return [Value(beside, sure=True), *self._next_beside(beside, fits)]
        if beside and label.colon and gap(label, beside[0]) <= LOOSEST:
            return []
        below, above = self._below(label, fits), self._above(label, fits)
        if below and above:
            down, up = below[0].base - label.base, label.base - above[0].base
            below, above = (below if down <= up / NEARER else ()), (above if up <= down / NEARER else ())
        sure = not (below and above) and not self._is_second_line_of_heading(label)
        return [Value(words, sure=sure) for words in (below, above) if words] + self._next_below(below, fits)

    def _beside(self, label: Label) -> Chain:
        cells = [cell for cell in self.layout.row(label) if cell.right > label.right - label.size / 10]
        words = [word for cell in cells[:MOST_CELLS] for word in cell.words]
        words = sorted((word for word in words if word.left >= label.right - label.size / 10), key=lambda w: w.left)
        if label.rest is not None:
            words = [label.rest, *(word for word in words if word.left >= label.rest.right - label.size / 10)]
        chain = words[:1]
        for word in words[1:]:
            if gap(chain[-1], word) > LOOSEST:
                break
            chain.append(word)
        return tuple(chain)

    def _is_claimed_from_above(self, label: Label, value: Word) -> bool:
        """Tell whether a cell far from its label stands below a heading with a colon, which has no other value."""
        if gap(label, value) <= LOOSEST:
            return False
        above = self.layout.above(value)
        return (
            above is not None and above.text.endswith(":") and value.base - above.base < gap(label, value) * value.size
        )

    def _next_beside(self, chain: Chain, fits: Fits) -> list[Value]:
        """Return the value in the next column: a row of several vehicles names them all."""
        beside = [cell for cell in self.layout.row(chain[0]) if gap(chain[-1], cell) > CELL_GAP]
        return [Value(cell.words, sure=True) for cell in beside[:1] if fits(cell.words)]

    def _next_below(self, chain: Chain, fits: Fits) -> list[Value]:
        """Return the value in the next row: a column of several vehicles names them all."""
        cell = self.layout.below(chain[0]) if chain else None
        found = self._own_words(chain[0], cell) if cell is not None else ()
        return [Value(found, sure=True)] if cell and fits(found) and not self._is_claimed_from_left(cell) else []

    def _below(self, label: Label, fits: Fits) -> Chain:
        if self._is_among_fields(label):
            return ()
        words = self._in_table(label)
        cell = None if words else self.layout.below(label)
        if cell is not None and not self._has_value_row_before(label, cell) and not self._has_caption(label, cell):
            words = self._own_words(label, cell)
        return words if fits(words) and not self._is_claimed_from_left(Cell.of(words)) else ()

    def _in_table(self, label: Label) -> Chain:
        """Return the cell below a heading by its number, where the next row has one for each, whatever the edges."""
        heads, values = self.layout.row(label), self.layout.next_row(label)
        if not label.alone or len(values) != len(heads) or len(heads) == 1:
            return ()
        for head, value in zip(heads, values, strict=True):
            if any(overlap(value, other) > 0 for other in heads if other is not head):
                return ()
        return next((value.words for head, value in zip(heads, values, strict=True) if overlap(head, label) > 0), ())

    def _has_caption(self, label: Label, cell: Cell) -> bool:
        """Tell whether a cell below a label has another one below it that is plainly nearer."""
        caption = None if label.colon else self.layout.below(cell)
        if caption is None or caption.base - cell.base >= NEARER * (cell.base - label.base):
            return False
        return _has_no_digit(caption)

    def _above(self, label: Label, fits: Fits) -> Chain:
        cell = None if label.colon else self.layout.above(label)
        if cell is None or label.base - cell.base > FARTHEST_CAPTION * label.size or not fits(cell.words):
            return ()
        heading = self.layout.above(cell)
        nearer = heading is not None and (cell.base - heading.base) * NEARER <= label.base - cell.base
        claimed = nearer and heading is not None and _has_no_digit(heading)
        return () if claimed or self._is_claimed_from_left(cell) else cell.words

    def _own_words(self, column: Label | Word, cell: Cell) -> Chain:
        """Return a cell's words in a column, none when others in it belong to no other column."""
        own = tuple(word for word in cell.words if overlap(word, column) > 0)
        heads = [word for head in self.layout.row(column) for word in head.words if overlap(word, column) <= 0]
        for word in cell.words:
            others = max((overlap(word, head) for head in heads), default=0)
            if others > (overlap(word, column) if word in own else 0) or (word not in own and others <= 0):
                return () if word in own or others <= 0 else own
        return own

    def _has_value_row_before(self, label: Label, cell: Cell) -> bool:
        """Tell whether other labels on the row have their values nearer: then this one's is missing."""
        others = [self.layout.below(other) for other in self.layout.row(label) if overlap(other, label) <= 0]
        return any(other is not None and cell.base - other.base > NEXT_LINE * cell.size for other in others)

    def _is_claimed_from_left(self, cell: Cell) -> bool:
        left = self.layout.left_of(cell)
        return left is not None and left.text.endswith((":", "#")) and gap(left, cell) < NEAREST_FIELD

    def _is_among_fields(self, label: Label) -> bool:
        """Tell whether the labels above or below it have their values beside them: then its own is missing."""
        row = [cell for cell in self.layout.row(label) if overlap(cell, label) <= 0]
        if any(cell.text.endswith((":", "#")) for cell in row):
            return False
        near = [cell for cell in (self.layout.above(label), self.layout.below(label)) if cell is not None]
        return any(abs(cell.left - label.left) < SAME_EDGE * label.size and self._is_field(cell) for cell in near)

    def _is_field(self, cell: Cell) -> bool:
        ends = [number for number, word in enumerate(cell.words, 1) if word.text.endswith(":")]
        if not ends or ends[0] < len(cell.words):
            return bool(ends)
        return any(0 < gap(cell, other) < NEAREST_FIELD for other in self.layout.row(cell))

    def _is_second_line_of_heading(self, label: Label) -> bool:
        above = self.layout.above(label) if label.alone else None
        near = above is not None and label.base - above.base <= WRAPPED_HEADING * label.size
        return near and above is not None and _has_no_digit(above) and above.text[-1:].isalpha()


def _has_no_digit(cell: Cell) -> bool:
    return not any(letter.isdigit() for letter in cell.text)
