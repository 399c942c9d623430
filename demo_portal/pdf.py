"""Reports as PDF: a template laid out once, then filled in per vehicle at equal length.

Laying out each report would take reportlab milliseconds. The template's texts are fields of a fixed width; filling
one in pads it with blanks outside of the text, so that no offset in the file changes.
"""

import re

from demo_portal.layout import CHART_LEFT, CHART_STEP, lay_out
from demo_portal.vehicles import Vehicle, history, value_table

LABELS = ("Stock #:", "Stock Number:", "Reference:", "Ref #:")
UNKNOWN_LABEL = "Inventory item"
# A long reference is set small, so that it stays on the page.
LONG, SMALL_SIZE, USUAL_SIZE = 40, 3.2, 11
FIELD = re.compile(rb"\(~(\w+)~*\) Tj|%~(\w+)~*")
PAINT = {
    "Black": (20, 22, 25),
    "Silver": (170, 175, 180),
    "White": (228, 230, 232),
    "Blue": (30, 80, 150),
    "Red": (165, 30, 35),
    "Gray": (105, 110, 115),
    "Green": (35, 95, 65),
    "Bronze": (130, 95, 55),
}
PAINTING = {colour: " ".join(f"{part / 255:.3f}" for part in parts) + " rg" for colour, parts in PAINT.items()}


class Reporter:
    """Renders reports; templates are made when first needed."""

    def __init__(self) -> None:
        self.templates: dict[float, list[tuple[bytes, str, int]]] = {}
        self._template(USUAL_SIZE)

    def render(self, vehicle: Vehicle, *, labelled: bool = True) -> bytes:
        """Render the vehicle's report; without labels it names the vehicle beside an unknown word only."""
        texts = _texts(vehicle, labelled=labelled)
        parts: list[bytes] = []
        for before, name, width in self._template(SMALL_SIZE if len(vehicle.reference) > LONG else USUAL_SIZE):
            parts += (before, _fill(name, texts[name], width))
        return b"".join(parts)

    def _template(self, identity_size: float) -> list[tuple[bytes, str, int]]:
        if identity_size not in self.templates:
            self.templates[identity_size] = _split(lay_out(identity_size))
        return self.templates[identity_size]


def _texts(vehicle: Vehicle, *, labelled: bool) -> dict[str, str]:
    label = LABELS[vehicle.index % len(LABELS)] if labelled else UNKNOWN_LABEL
    texts = {
        "": "",
        "identity": f"{label} {vehicle.reference}",
        "vin": f"VIN: {vehicle.vin}" if labelled else "",
        "title": vehicle.title,
        "trim": vehicle.trim,
        "mileage": f"{vehicle.mileage:,} miles",
        "colour": vehicle.colour,
        "lot": vehicle.lot,
        "days": f"{vehicle.days} days",
        "clean": f"${vehicle.value:,}",
        "PAINT": PAINTING[vehicle.colour],
    }
    for row, (_, amounts) in enumerate(value_table(vehicle)):
        for column, amount in enumerate(amounts):
            texts[f"value{row}{column}"] = _aligned(amount)
    months = [amount for _, amount in history(vehicle)]
    for number, amount in enumerate(months):
        texts[f"month{number}"] = _aligned(amount)
    texts["BARS"] = _bars(months)
    return texts


def _bars(amounts: list[int]) -> str:
    scale = 320 / max(amounts)
    bars = [f"{CHART_LEFT + CHART_STEP * n} 420 24 {scale * amount - 180:.1f} re" for n, amount in enumerate(amounts)]
    return " ".join([*bars, "f"])


def _aligned(amount: int) -> str:
    """Pad an amount so that it ends where others do: two blanks are as wide as a digit, one as a comma."""
    text = f"${amount:,}" if amount >= 0 else f"-${-amount:,}"
    return " " * (15 - 2 * len(text) + text.count(",") + text.count("-")) + text


def _fill(name: str, text: str, width: int) -> bytes:
    """Return a field's bytes: an operator as it is (upper case) or a text to show, padded to its width."""
    if name and not name.isupper():
        text = "(" + text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") + ") Tj"
    return text.ljust(width).encode("latin-1", "replace")


def _split(pdf: bytes) -> list[tuple[bytes, str, int]]:
    """Cut the template into pieces: fixed bytes, then the name and the width of the field after them."""
    matches = list(FIELD.finditer(pdf))
    ends = [0, *(match.end() for match in matches)]
    pieces = [
        (pdf[end : match.start()], (match[1] or match[2]).decode(), len(match[0]))
        for end, match in zip(ends, matches, strict=False)
    ]
    return [*pieces, (pdf[ends[-1] :], "", 0)]
