"""Which vehicles' references stand beside known labels, and which may."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from jdp.proof.layout import gap
from jdp.proof.values import LOOSEST, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jdp.proof.labels import Label, LabelFinder
    from jdp.proof.layout import Cell, Layout
    from jdp.proof.words import Word

    Spell = Callable[[str], str]

MOST_LABELS = 300
MOST_WORDS = 8  # of a labelled value that are taken for a reference
MOST_LETTERS = 40
# All in em, the size of the type.
GLUED = 0.2  # at most, between two words that may be one
NARROW_LINE = 1.45  # from a line of a narrow cell to its next one
SAME_EDGE = 1.0
AROUND = "()[]\"',;."


@dataclass
class Names:
    """References beside labels: those that stand there for sure, those that may, those that no vehicle has."""

    sure: set[str] = field(default_factory=set)
    possible: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)


class NameFinder:
    """Reads references; `known` spells a listed one as it is listed and returns "" for any other text."""

    def __init__(self, layout: Layout, reference: str, known: Spell) -> None:
        self.layout = layout
        self.values = Values(layout)
        self._known = known
        self._shape = _shape(reference)

    def find(self, labels: LabelFinder) -> Names:
        """Return what stands beside labels."""
        names = Names()
        for label in islice(labels.find(self.layout), MOST_LABELS):
            for value in self.values.of(label, self._begins, self._is_whole):
                self._read(label, value.words, names, sure=value.sure)
        return names

    def _read(self, label: Label, words: Sequence[Word], names: Names, *, sure: bool) -> None:
        name, count = self._natural(words)
        doubtful = set(self._longer(label, words, count)) - {name}
        listed = {listed for each in (name, *doubtful) if (listed := self._known(each))}
        alone = len(doubtful) + (1 if name else 0) == 1
        (names.sure if sure and alone else names.possible).update(listed)
        if name and not listed and alone and label.marks:
            names.unknown.add(name)
        if not alone:
            names.possible.update(doubtful)

    def _natural(self, words: Sequence[Word]) -> tuple[str, int]:
        """Return the reference that a value begins with, and its words: the longest known one, else one by its shape.

        Whole words only. References may contain blanks, so `HOST 1` is tried before `HOST`.
        """
        for count in range(min(len(words), MOST_WORDS), 0, -1):
            text = " ".join(word.text for word in words[:count])
            for spelling in (text, text.rstrip(",;."), text.strip(AROUND)):
                if len(spelling) <= 10 * MOST_LETTERS and self._known(spelling):
                    return self._known(spelling), count
        first = words[0].text.strip(AROUND) if words else ""
        return (first, 1) if self._is_like(first) else ("", 0)

    def _longer(self, label: Label, words: Sequence[Word], count: int) -> Iterator[str]:
        """Yield what it may be as well: a letter near by, or what hardly a gap parts from it, may be of the number."""
        joined = " ".join(word.text for word in words[: max(count, 1)]).strip(AROUND)
        yield from self._wrapped(label, words[max(count, 1) - 1], joined)
        for one, other in islice(pairwise(words), max(count, 1) - 1, MOST_WORDS):
            text = re.sub(r"[^0-9A-Za-z]", "", other.text)
            if gap(one, other) > (LOOSEST if len(text) == 1 else GLUED):
                break
            joined += text
            if self._is_plausible(joined):
                yield self._known(joined) or joined

    def _wrapped(self, label: Label, last: Word, joined: str) -> Iterator[str]:
        """Yield what it may be when a narrow cell goes on below it, or a letter is raised or lowered behind it."""
        for text in (*self._on_next_line(label, last), *self._raised(last)):
            if self._is_plausible(joined + text):
                yield self._known(joined + text) or joined + text

    def _on_next_line(self, label: Label, last: Word) -> Iterator[str]:
        """Yield what stands alone below a value, where a narrow cell would go on."""
        cell = self.layout.below(last)
        if cell is None or cell.base - last.base > NARROW_LINE * last.size or len(cell.words) > 1:
            return
        if not self._is_of_next_field(label, cell):
            yield re.sub(r"[^0-9A-Za-z]", "", cell.words[0].text)

    def _raised(self, last: Word) -> Iterator[str]:
        for cell in self.layout.off_row(last):
            text = re.sub(r"[^0-9A-Za-z]", "", cell.text)
            if len(text) == 1 and -LOOSEST / 2 <= gap(last, cell) <= LOOSEST:
                yield text

    def _is_of_next_field(self, label: Label, cell: Cell) -> bool:
        left = self.layout.left_of(cell)
        if left is None:
            return False
        edges = min(abs(left.left - label.left), abs(left.right - label.right))
        return left.text.endswith(":") or edges < SAME_EDGE * label.size

    def _begins(self, words: Sequence[Word]) -> bool:
        return bool(words) and (self._natural(words)[1] > 0 or self._joins(words))

    def _joins(self, words: Sequence[Word]) -> bool:
        """Tell whether words with hardly a gap between them are a known reference together."""
        joined = words[0].text
        for one, other in islice(pairwise(words), MOST_WORDS):
            if gap(one, other) > GLUED:
                return False
            joined += other.text
            if self._known(joined):
                return True
        return False

    def _is_whole(self, words: Sequence[Word]) -> bool:
        """Tell whether words are a reference and nothing else, but for a letter that may be of it."""
        if not words or len(words) > MOST_WORDS:
            return False
        count = self._natural(words)[1]
        rest = "".join(word.text for word in words[count:])
        return (count > 0 and len(rest.strip(AROUND)) <= 1) or bool(self._known("".join(word.text for word in words)))

    def _is_plausible(self, text: str) -> bool:
        return len(text) <= MOST_LETTERS and bool(self._known(text) or self._is_like(text))

    def _is_like(self, text: str) -> bool:
        return len(text) <= MOST_LETTERS and "9" in self._shape and _shape(text) == self._shape


def _shape(text: str) -> str:
    """Return what a reference is made of, without the letter that tells two vehicles with one number apart."""
    shape = re.sub(r"[A-Za-z]", "A", re.sub(r"[0-9]", "9", text))
    return shape[:-1] if re.search(r"9A$", shape) else shape
