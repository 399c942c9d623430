"""Draws a report from what a capture says of it: each word at its place, as wide as it was."""

import io
from collections.abc import Callable
from typing import Any

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

FONT = "Helvetica"
TURNS = 24  # directions of a page that its sheets stand for, by 15 degrees


def draw(told: dict[str, Any], written: Callable[[str], str]) -> bytes:
    """Return a PDF with these words, each as `written` gives it."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=told["pages"][0][:2], invariant=1)
    for number, (width, height, _) in enumerate(told["pages"]):
        canvas.setPageSize((width, height))
        for sheet, _, left, right, base, size, text in told["words"]:
            if sheet // TURNS == number:
                _word(canvas, (left, right, base, size), sheet % TURNS, written(text))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _word(canvas: Canvas, place: tuple[float, float, float, float], turn: int, text: str) -> None:
    left, right, base, size = place
    canvas.saveState()
    canvas.rotate(turn * 360 / TURNS)
    drawn = canvas.beginText(left, -base)
    drawn.setFont(FONT, size)
    drawn.setHorizScale(100 * (right - left) / (stringWidth(text, FONT, size) or 1))
    drawn.textOut(text)
    canvas.drawText(drawn)
    canvas.restoreState()
