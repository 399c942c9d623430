"""The characters of a PDF's pages as PDFium places them. Not thread-safe, as PDFium is not."""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from ctypes import addressof, byref, c_double, c_float
from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, Any

import pypdfium2
from pypdfium2 import raw

from jdp.proof.words import OVERLAPPING, TOUCHING, Piece, Word, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PAGES = 20
MAX_CHARACTERS = 50_000  # of a document; a report has 2,000
BOX = Struct("4f")  # left, top, right, bottom of PDFium's FS_RECTF
BLANK = " "
LEVEL = 0.001  # radians
TURNS = 24  # directions that text may run in, by 15 degrees
EDGE = 1.0  # points that text may stand outside of the page and be seen
EXACT = 0.01
NEVER = -1.0  # no box has this height
USUAL_WIDTH = 0.5


def read_document(pdf: bytes) -> list[Word]:
    """Return the words of the first pages; raises PdfiumError."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        words: list[Word] = []
        left = MAX_CHARACTERS
        for number in range(min(len(document), MAX_PAGES)):
            page = document[number]
            left -= _read_page(page, number, left, words)
            page.close()
        return words
    finally:
        document.close()


def _read_page(page: Any, number: int, most: int, words: list[Word]) -> int:
    """Add a page's words; return how many characters it has."""
    textpage = page.get_textpage()
    count = min(textpage.count_chars(), most)
    sheets: defaultdict[int, list[Piece]] = defaultdict(list)
    for turn, piece in _Pen(textpage, page.get_bbox()).pieces(count):
        sheets[turn].append(piece)
    textpage.close()
    for turn in sorted(sheets, key=lambda turn: -len(sheets[turn])):
        words += words_of(number * TURNS + turn, sheets[turn], words[-1].line + 1 if words else 0)
    return int(count)


@lru_cache(4096)
def _plain(code: int) -> str:
    """Return a character as it is compared: no ligatures, wide forms, many kinds of blanks and dashes."""
    if code in (0x2, 0xAD, 0xFFFE):  # how PDFium marks a hyphen at a line's end
        return "-"
    text = unicodedata.normalize("NFKC", chr(code)) if code < 0x110000 else ""  # noqa: PLR2004 - Unicode's end
    if not text.strip():
        return BLANK
    kinds = {unicodedata.category(letter) for letter in text}
    if kinds & {"Cc", "Cf", "Cs"}:
        return ""
    return "-" if kinds == {"Pd"} else text


class _Pen:
    """Follows a page's characters in the order they were painted, and asks PDFium for no more than it needs."""

    def __init__(self, textpage: Any, bounds: tuple[float, float, float, float]) -> None:
        self.textpage = textpage.raw
        self.bounds = bounds
        self.box = raw.FS_RECTF()
        self._angles: dict[int, float] = {}
        self._widths: dict[tuple[int, int], float] = {}
        self._turn = 0
        self._last: Piece | None = None
        self._bottom = self._height = NEVER  # of the last piece; the gaps within which a character goes on with it
        self._least = self._most = 0.0
        self._x, self._y, self._matrix = c_double(), c_double(), raw.FS_MATRIX()

    def pieces(self, count: int) -> Iterator[tuple[int, Piece]]:
        """Yield pieces, each with the direction it is read in."""
        place, textpage, edges = byref(self.box), self.textpage, memoryview(self.box)
        code_of, box_of, unpack = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox, BOX.unpack_from
        for index in range(count):  # 1,000 times for a report: no call that it can do without
            code = code_of(textpage, index)
            text, last = _plain(code), self._last
            if text == BLANK:
                if last is not None and not last.closed:
                    last.closed = raw.FPDFText_IsGenerated(textpage, index) != 1  # PDFium makes up others
            elif text and box_of(textpage, index, place):
                left, top, right, bottom = unpack(edges)
                if last is not None:
                    alike = bottom == self._bottom and top - bottom == self._height
                    if alike and not last.closed and self._least <= left - last.right <= self._most:
                        last.text += text
                        last.right = right
                        continue
                    yield self._turn, last
                self._last = self._begin(index, code, text)
        if self._last is not None:
            yield self._turn, self._last

    def _begin(self, index: int, code: int, text: str) -> Piece | None:
        """Return the character as a new piece, None when it stands outside of the page."""
        x, y, matrix = self._x, self._y, self._matrix
        raw.FPDFText_GetCharOrigin(self.textpage, index, byref(x), byref(y))
        left, bottom, right, top = self.bounds
        if not (left - EDGE <= x.value <= right + EDGE and bottom - EDGE <= y.value <= top + EDGE):
            return None
        raw.FPDFText_GetMatrix(self.textpage, index, byref(matrix))
        size = raw.FPDFText_GetFontSize(self.textpage, index) * math.hypot(matrix.c, matrix.d) or 1.0
        box, angle = self.box, math.atan2(matrix.b, matrix.a)
        self._bottom, self._height = box.bottom, box.top - box.bottom
        self._least, self._most = -OVERLAPPING * size, TOUCHING * size
        if abs(angle) < LEVEL and abs(box.left - x.value) < EXACT and self._height > 0:
            self._turn = 0
            return Piece(box.left, box.right, -y.value, size, text)
        self._height = NEVER
        return self._begin_turned(index, code, text, angle, size)

    def _begin_turned(self, index: int, code: int, text: str, angle: float, size: float) -> Piece:
        """Return a character that does not stand upright, or of whose font PDFium knows no height."""
        self._turn = round(angle / math.tau * TURNS) % TURNS
        angle = self._angles.setdefault(self._turn, angle)  # a page that was scanned askew is so everywhere
        matrix = self._matrix
        stretch = math.hypot(matrix.a, matrix.b) / (math.hypot(matrix.c, matrix.d) or 1.0)
        across, up = math.cos(angle), math.sin(angle)
        left = self._x.value * across + self._y.value * up
        right = left + self._width(index, code) * size * stretch
        return Piece(left, right, self._x.value * up - self._y.value * across, size, text)

    def _width(self, index: int, code: int) -> float:
        """Return how far a character takes the pen, in em."""
        font = raw.FPDFTextObj_GetFont(raw.FPDFText_GetTextObject(self.textpage, index))
        key = (addressof(font.contents), code)
        if key not in self._widths:
            width = c_float()
            known = raw.FPDFFont_GetGlyphWidth(font, code, 1.0, byref(width))
            self._widths[key] = width.value if known and width.value > 0 else USUAL_WIDTH
        return self._widths[key]
