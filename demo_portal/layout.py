"""The look of a report: reportlab lays out both pages, with fields in place of what differs by vehicle."""

import io
import math

from PIL import Image
from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from demo_portal.dice import dice_for
from demo_portal.vehicles import MONTHS

Colour = tuple[float, float, float]
BLACK, NAVY, GREY = (0.1, 0.13, 0.17), (0.07, 0.2, 0.31), (0.4, 0.45, 0.5)
GOLD, BLUE, LINE, GLASS = (0.94, 0.66, 0.19), (0.09, 0.41, 0.67), (0.8, 0.84, 0.88), (0.82, 0.88, 0.93)
LEFT, RIGHT = 54, 558
CHART_LEFT, CHART_STEP = 72, 40
FACTS = (("Mileage", "mileage"), ("Exterior color", "colour"), ("Location", "lot"), ("In stock", "days"))
KINDS = ("Rough trade-in", "Average trade-in", "Clean trade-in", "Clean retail")
ROWS = ("Base value", "Mileage adjustment", "Options", "Adjusted value")
NOTES = (
    "Values are made up from a seed for testing and are no offer, appraisal or statement of worth.",
    "Mileage adjustment is taken against sixty thousand miles. Options are those of the trim named above.",
    "This sheet was made by the demo portal, which is not connected with any valuation provider.",
)


def lay_out(identity_size: float) -> bytes:
    """Return both pages, uncompressed, so that the fields in them can be found and filled in."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=letter, invariant=1, pageCompression=0)
    canvas.setTitle("Vehicle Valuation Report")
    canvas.setAuthor("Values Online demo portal")
    _first_page(canvas, identity_size)
    _second_page(canvas, identity_size)
    canvas.save()
    return file.getvalue()


def field(name: str, width: int = 60) -> str:
    """Return a field's mark, as wide as what may take its place."""
    return f"~{name}".ljust(width, "~")


def _first_page(canvas: Canvas, identity_size: float) -> None:
    _heading(canvas, "Bookout Sheet", identity_size)
    _write(canvas, (LEFT, 598), field("title"), 20, bold=True)
    _write(canvas, (LEFT, 580), field("trim", 120), 11, GREY)
    for row, (label, name) in enumerate(FACTS):
        _write(canvas, (LEFT, 548 - row * 18), label, 9.5, GREY)
        _write(canvas, (150, 548 - row * 18), field(name), 9.5, bold=True)
    _car(canvas)
    _write(canvas, (LEFT, 446), "Valuation", 13, NAVY, bold=True)
    _value_table(canvas, 420)
    _write(canvas, (LEFT, 300), "Clean trade-in before adjustments", 9.5, GREY)
    _write(canvas, (LEFT, 274), field("clean"), 22, NAVY, bold=True)
    _end(canvas, 1)


def _second_page(canvas: Canvas, identity_size: float) -> None:
    _heading(canvas, "Market History", identity_size)
    _write(canvas, (LEFT, 606), "Clean trade-in, last twelve months", 13, NAVY, bold=True)
    canvas.setFillColorRGB(*BLUE)
    _operator(canvas, "BARS", 420)
    for number, month in enumerate(MONTHS):
        _write(canvas, (CHART_LEFT + 8 + number * CHART_STEP, 406), month, 8.5, GREY)
        row, column = number % 6, number // 6
        _write(canvas, (LEFT + column * 260, 364 - row * 18), f"Month {number + 1}", 9.5, GREY)
        _write(canvas, (150 + column * 260, 364 - row * 18), field(f"month{number}"), 9.5)
    _end(canvas, 2)


def _heading(canvas: Canvas, title: str, identity_size: float) -> None:
    canvas.drawImage(ImageReader(_paper()), 0, 662, 612, 130)
    canvas.setFillColorRGB(*GOLD)
    canvas.rect(0, 658, 612, 4, stroke=0, fill=1)
    _write(canvas, (LEFT, 742), "Values Online", 12, GREY, bold=True)
    _write(canvas, (LEFT, 712), title, 24, NAVY, bold=True)
    _write(canvas, (LEFT, 690), field("identity", 460), identity_size, bold=True)
    _write(canvas, (LEFT, 673), field("vin"), 10)


def _value_table(canvas: Canvas, top: float) -> None:
    for column, kind in enumerate(KINDS):
        _write(canvas, (190 + column * 98, top), kind, 9, GREY, bold=True)
    canvas.setStrokeColorRGB(*LINE)
    for row, label in enumerate(ROWS):
        y, last = top - 22 - row * 22, label == ROWS[-1]
        canvas.line(LEFT, y + 14, RIGHT, y + 14)
        _write(canvas, (LEFT, y), label, 10, bold=last)
        for column in range(len(KINDS)):
            _write(canvas, (200 + column * 98, y), field(f"value{row}{column}"), 10, bold=last)


BODY = (
    (4, 44, 8, 50, 44, 54),
    (66, 82, 84, 92, 120, 92),
    (158, 92, 166, 84, 190, 56),
    (222, 52, 238, 46, 238, 22),
    (238, 18, 236, 16, 232, 16),
)
WINDOWS = ((76, 78, 90, 85, 120, 85), (150, 85, 160, 78, 176, 56))


def _car(canvas: Canvas) -> None:
    """Draw a car from the side, in the vehicle's colour."""
    canvas.saveState()
    canvas.translate(318, 478)
    _operator(canvas, "PAINT", 40)
    _shape(canvas, (4, 22), BODY, (8, 16))
    canvas.setFillColorRGB(*GLASS)
    _shape(canvas, (62, 56), WINDOWS, (62, 56))
    canvas.setFillColorRGB(*BLACK)
    canvas.rect(117, 55, 4, 31, stroke=0, fill=1)
    for x in (56, 190):
        for radius, shade in ((19, 0.1), (11, 0.75), (4, 0.3)):
            canvas.setFillColorRGB(shade, shade, shade)
            canvas.circle(x, 17, radius, stroke=0, fill=1)
    canvas.restoreState()


def _shape(canvas: Canvas, start: tuple[int, int], curves: tuple[tuple[int, ...], ...], end: tuple[int, int]) -> None:
    path = canvas.beginPath()
    path.moveTo(*start)
    for curve in curves:
        path.curveTo(*curve)
    path.lineTo(*end)
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)


def _end(canvas: Canvas, page: int) -> None:
    for row, line in enumerate(NOTES):
        _write(canvas, (LEFT, 232 - row * 13), line, 8.5, GREY)
    canvas.setStrokeColorRGB(*LINE)
    canvas.line(LEFT, 54, RIGHT, 54)
    _write(canvas, (LEFT, 40), "Values Online demo portal - Vehicle Valuation Report", 8, GREY)
    _write(canvas, (520, 40), f"Page {page} of 2", 8, GREY)
    canvas.showPage()


def _write(
    canvas: Canvas, place: tuple[float, float], text: str, size: float, colour: Colour = BLACK, *, bold: bool = False
) -> None:
    canvas.setFillColorRGB(*colour)
    canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
    canvas.drawString(*place, text)


def _operator(canvas: Canvas, name: str, width: int) -> None:
    """Leave room for drawing operators; a comment until it is filled in."""
    canvas.addLiteral("%" + field(name, width))


def _paper() -> Image.Image:
    """Draw the security paper behind the heading; its grain also gives the file a report's usual size."""
    dice, width, height = dice_for("paper"), 460, 98
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            wave = math.sin(x / 9 + 5 * math.sin(y / 17)) * math.sin(y / 6 + 3 * math.sin(x / 31))
            pixels.append(int(238 + 7 * wave) + dice.randrange(10))
    return Image.frombytes("L", (width, height), bytes(pixels))
