"""Words with their places: pieces of text that touch each other, whatever the order they were painted in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# All in em, the size of the type. A digit is 0.5 wide, a blank 0.2 to 0.3.
SAME_BASE = 0.22
TOUCHING = 0.02  # what rounding leaves between two letters painted one after the other
JOINED = 0.045  # and between two pieces of one word
OVERLAPPING = 0.12  # what kerning takes
SAME_PITCH = 0.06  # by which the gaps of spaced letters differ
WIDEST_PITCH = 1.6  # boxes of a form, one for each letter
SPACED_LETTERS = 3  # at least, to tell that a word's letters are spaced


class Word(NamedTuple):
    """Letters that touch each other. `base` grows downwards; a sheet is a page, as read in one direction."""

    sheet: int
    line: int
    left: float
    right: float
    base: float
    size: float
    text: str


@dataclass(slots=True)
class Piece:
    """Letters that were painted one after the other; `closed` when a blank was painted behind them."""

    left: float
    right: float
    base: float
    size: float
    text: str
    closed: bool = False

    def gap(self, after: Piece) -> float:
        """Return what is between this piece and one right of it, in em."""
        return (after.left - self.right) / self.size


def words_of(sheet: int, pieces: Iterable[Piece], first_line: int = 0) -> Iterator[Word]:
    """Yield the words of a sheet, line by line from the top, each from the left."""
    for number, line in enumerate(_lines(pieces), first_line):
        for word in _joined(_spaced(list(_once(line)))):
            left, right = round(word.left, 2), round(word.right, 2)
            yield Word(sheet, number, left, right, round(word.base, 2), round(word.size, 2), word.text)


def _lines(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    line: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.base):
        if line and piece.base - line[0].base > SAME_BASE * min(piece.size, line[0].size):
            yield line
            line = []
        line.append(piece)
    if line:
        yield line


def _once(line: list[Piece]) -> Iterator[Piece]:
    """Yield a line's pieces from the left; what was struck twice is there once."""
    last: Piece | None = None
    for piece in sorted(line, key=lambda piece: piece.left):
        once = None if last is None else _struck_twice(last, piece)
        if last is not None and once is None:
            yield last
        last = once or piece
    if last is not None:
        yield last


def _joined(line: Iterable[Piece]) -> Iterator[Piece]:
    """Yield what touches as one."""
    last: Piece | None = None
    for piece in line:
        if last is not None and _touch(last, piece):
            last = Piece(last.left, piece.right, last.base, last.size, last.text + piece.text, piece.closed)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _struck_twice(one: Piece, other: Piece) -> Piece | None:
    """Return the longer of two pieces when the shorter lies on it and says the same."""
    common = min(one.right, other.right) - max(one.left, other.left)
    if common <= 0:
        return None
    short, long = sorted((one, other), key=lambda piece: len(piece.text))
    return long if common > (short.right - short.left) / 2 and short.text in long.text else None


def _touch(one: Piece, other: Piece) -> bool:
    alike = abs(one.size - other.size) <= one.size / 10
    return alike and not one.closed and -OVERLAPPING <= one.gap(other) <= JOINED


def _spaced(line: Sequence[Piece]) -> Iterator[Piece]:
    """Yield single letters at one pitch (spaced type, a box for each letter) as one word."""
    number = 0
    while number < len(line):
        count = _letters_at_one_pitch(line, number)
        letters = line[number : number + count]
        number += count
        text = "".join(letter.text for letter in letters)
        last = letters[-1]
        yield last if count == 1 else replace(letters[0], right=last.right, text=text, closed=last.closed)


def _letters_at_one_pitch(line: Sequence[Piece], start: int) -> int:
    pitch, count = None, 1
    if len(line[start].text) > 1:
        return count
    for one, other in pairwise(line[start:]):
        gap = one.gap(other)
        if one.closed or len(other.text) > 1 or not -OVERLAPPING <= gap <= WIDEST_PITCH:
            break
        if pitch is not None and abs(gap - pitch) > SAME_PITCH + pitch / 4:
            break
        pitch, count = gap if pitch is None else pitch, count + 1
    return count if count >= SPACED_LETTERS else 1


def text_of(words: Iterable[Word]) -> str:
    """Return the words as lines of text, for people."""
    return "\n".join(" ".join(word.text for word in line) for _, line in groupby(words, key=lambda word: word.line))
