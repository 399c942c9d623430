"""Labels in print: whole ones, none that is the tail of a longer one."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from jdp.proof.layout import CELL_GAP, gap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jdp.proof.layout import Cell, Layout
    from jdp.proof.words import Word

LONGEST_GAP = 1.2  # em, within a label
WRAPPED = 2.2  # em from the first line of a label to its second
# A label begins anew behind these; behind a word, a number or a dash it is the tail of a longer one.
BEGINS_ANEW = tuple(":;,|/*([{<>=\u2022\u00b7")


@dataclass(frozen=True, slots=True)
class Label:
    """A label: its place, and what stands right behind it in its own word."""

    sheet: int
    left: float
    right: float
    base: float
    size: float
    marks: str  # the `:` and `#` at its end
    rest: Word | None
    alone: bool  # nothing else stands in its cell

    @property
    def colon(self) -> bool:
        return ":" in self.marks


class LabelFinder:
    """Finds labels of some names, whatever blanks are in them."""

    def __init__(self, names: Iterable[str]) -> None:
        split = [re.findall(r"#|[^\s#]+", name.strip().rstrip(":").casefold()) for name in names]
        spelled = sorted({"".join(words) for words in split if words}, key=len, reverse=True)
        self._pattern = re.compile(rf"(?:{'|'.join(map(re.escape, spelled)) or '(?!)'})[:#]*", re.IGNORECASE)
        # By its first words: what is left for the next line.
        self._tails: dict[str, list[re.Pattern[str]]] = {}
        for words in split:
            for number in range(1, len(words)):
                tail = re.compile(rf"{re.escape(''.join(words[number:]))}[:#]*", re.IGNORECASE)
                self._tails.setdefault("".join(words[:number]), []).append(tail)

    def find(self, layout: Layout) -> Iterator[Label]:
        """Yield every label, from the top of each sheet; those broken over two lines come last."""
        for line in layout.lines:
            starts = _starts(line)
            for match in self._pattern.finditer(_squeezed(line)):
                yield from _label(line, starts, match)
        for cell in layout.cells():
            for tail in self._tails.get(_squeezed(cell.words).casefold(), ()):
                yield from _wrapped(cell, tail, layout)


def _squeezed(words: Iterable[Word]) -> str:
    return "".join(word.text for word in words)


def _starts(line: Iterable[Word]) -> list[int]:
    """Return where each word begins in the squeezed text."""
    return [0, *accumulate(len(word.text) for word in line)]


def _label(line: Sequence[Word], starts: Sequence[int], match: re.Match[str]) -> Iterator[Label]:
    """Yield the label at a match in a line's squeezed text, when it is one."""
    first, last = bisect_right(starts, match.start()) - 1, bisect_left(starts, match.end()) - 1
    if any(gap(one, other) > LONGEST_GAP for one, other in pairwise(line[first : last + 1])):
        return
    left, right = _cut(line[first], match.start() - starts[first])[1], _cut(line[last], match.end() - starts[last])
    behind = right[1].text
    if not _begins(line, first, match.start() - starts[first]) or (behind[:1].isalnum() and match[0][-1].isalnum()):
        return
    marks = re.sub(r".*[^:#]", "", match[0])
    alone = not behind and _has_no_neighbour(line, first, last)
    place = (left.sheet, left.left, right[0].right, left.base, max(word.size for word in line[first : last + 1]))
    yield Label(*place, marks=marks, rest=right[1] if behind else None, alone=alone)


def _cut(word: Word, at: int) -> tuple[Word, Word]:
    """Return the two parts of a word, as if all letters were of one width."""
    middle = word.left + (word.right - word.left) * at / len(word.text)
    return word._replace(right=middle, text=word.text[:at]), word._replace(left=middle, text=word.text[at:])


def _begins(line: Sequence[Word], number: int, offset: int) -> bool:
    """Tell whether a label begins here, and no longer one before: that would be another label."""
    if offset:
        return line[number].text[offset - 1] in BEGINS_ANEW
    if number == 0 or gap(line[number - 1], line[number]) > CELL_GAP or line[number - 1].text.endswith(BEGINS_ANEW):
        return True
    # In "Make: Honda Stock #:" the one word is the other label's value.
    return number > 1 and line[number - 2].text.endswith(":") and gap(line[number - 2], line[number - 1]) < CELL_GAP


def _has_no_neighbour(line: Sequence[Word], first: int, last: int) -> bool:
    before = first > 0 and gap(line[first - 1], line[first]) <= CELL_GAP
    return not before and not (last + 1 < len(line) and gap(line[last], line[last + 1]) <= CELL_GAP)


def _wrapped(head: Cell, tail: re.Pattern[str], layout: Layout) -> Iterator[Label]:
    """Yield the label that begins with a cell and goes on in the one below."""
    below = layout.below(head)
    match = tail.match(_squeezed(below.words)) if below is not None else None
    if below is None or match is None or below.base - head.base > WRAPPED * head.size:
        return
    for label in _label(below.words, _starts(below.words), match):
        yield replace(label, left=min(label.left, head.left), right=max(label.right, head.right))
