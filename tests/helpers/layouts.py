"""Reports in many layouts, made by chance from a seed, with what is true of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from reportlab.pdfgen.canvas import Canvas

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

Pair = tuple[str, str]
Text = tuple[float, float, str]
STOCK_LABELS = ("Stock #", "Stock#", "STOCK #", "Stock Number", "Reference", "Ref #")
FONTS = ("Helvetica", "Times-Roman", "Courier", "Helvetica-Bold")
SPACING = 1 / 25  # em
NOTES = ("A - condition good", "2021 Honda Accord", "Vehicle Bookout", "165598", "Page 1 of 2", "1,234 miles")


@dataclass
class Sheet:
    """A page under way: what is to be painted, in whichever order."""

    dice: random.Random
    font: str
    size: float
    texts: list[Text] = field(default_factory=list)

    def put(self, x: float, y: float, text: str) -> None:
        self.texts.append((x, y, text))

    def paint(self) -> bytes:
        out, dice = BytesIO(), self.dice
        canvas = Canvas(out, pagesize=(612, 792))
        if dice.random() < 0.2:
            canvas.setPageRotation(90)
            canvas.transform(0, 1, -1, 0, 792, 0)
        painter = dice.choice([_plain, _plain, _by_glyph, _spaced, _twice])
        dice.shuffle(self.texts)
        for text in self.texts:
            painter(canvas, self.font, self.size, text)
        canvas.save()
        return out.getvalue()


def _plain(canvas: Canvas, font: str, size: float, text: Text) -> None:
    canvas.setFont(font, size)
    canvas.drawString(*text)


def _by_glyph(canvas: Canvas, font: str, size: float, text: Text) -> None:
    canvas.setFont(font, size)
    x, y, letters = text
    for letter in letters:
        canvas.drawString(x, y, letter)
        x += canvas.stringWidth(letter, font, size)


def _spaced(canvas: Canvas, font: str, size: float, text: Text) -> None:
    canvas.setFont(font, size)
    canvas.drawString(*text, charSpace=size * SPACING)


def _twice(canvas: Canvas, font: str, size: float, text: Text) -> None:
    x, y, letters = text
    _plain(canvas, font, size, text)
    _plain(canvas, font, size, (x + size / 20, y, letters))


def _inline(sheet: Sheet, pairs: list[Pair], y: float) -> None:
    for label, value in pairs:
        sheet.put(60, y, f"{label}: {value}")
        y -= 1.5 * sheet.size


def _columns(sheet: Sheet, pairs: list[Pair], y: float) -> None:
    colon = sheet.dice.choice(["", ":"])
    for label, value in pairs:
        sheet.put(60, y, label + colon)
        sheet.put(220, y, value)
        y -= sheet.dice.choice([1.3, 2.0]) * sheet.size


def _header_row(sheet: Sheet, pairs: list[Pair], y: float) -> None:
    colon = sheet.dice.choice(["", ":"])
    for number, (label, value) in enumerate(pairs):
        sheet.put(40 + 140 * number, y, label + colon)
        sheet.put(40 + 140 * number, y - 1.6 * sheet.size, value)


def _captions_below(sheet: Sheet, pairs: list[Pair], y: float) -> None:
    for number, (label, value) in enumerate(pairs):
        sheet.put(40 + 140 * number, y, value)
        sheet.put(40 + 140 * number, y - 1.1 * sheet.size, label)


def _stacked(sheet: Sheet, pairs: list[Pair], y: float) -> None:
    for label, value in pairs:
        sheet.put(60, y, label)
        sheet.put(60, y - 1.2 * sheet.size, value)
        y -= 3.0 * sheet.size


STYLES: tuple[Callable[[Sheet, list[Pair], float], None], ...] = (
    _inline,
    _columns,
    _header_row,
    _captions_below,
    _stacked,
)


def report(dice: random.Random, reference: str, vin: str, mileage: str) -> tuple[bytes, bool]:
    """Return a report in a layout of its own, and whether the field for its number is empty, as now and then it is."""
    sheet = Sheet(dice, dice.choice(FONTS), dice.choice([7.0, 9.0, 10.0, 12.0]))
    missing = dice.random() < 0.1
    printed = vin if dice.random() < 0.7 else dice.choice([vin.lower(), f"{vin[:3]} {vin[3:9]} {vin[9:]}"])
    pairs = [
        ("VIN", printed),
        (dice.choice(STOCK_LABELS), "" if missing else reference),
        ("Mileage", mileage),
        ("Year", "2021"),
    ]
    dice.shuffle(pairs)
    sheet.put(60, 740, "Vehicle Bookout")
    dice.choice(STYLES)(sheet, pairs, 660)
    for number in range(dice.randrange(4)):
        sheet.put(60, 400 - 30 * number, dice.choice(NOTES))
    return sheet.paint(), missing
