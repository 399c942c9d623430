"""VINs in print: in one word or in groups, in capitals or not."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from jdp.proof.labels import LabelFinder
from jdp.proof.layout import gap
from jdp.proof.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jdp.proof.layout import Layout
    from jdp.proof.words import Word

LENGTH = 17
# ISO 3779: 17 characters without I, O and Q.
VIN = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NPR-Z]{17}(?![0-9A-Z])")
ANY_17 = re.compile(r"(?=.*[0-9])[0-9A-Z]{17}")
LABELS = LabelFinder(("VIN", "VIN #", "VIN No", "VIN No.", "VIN Number", "Vehicle Identification Number", "V.I.N."))
MISREAD = str.maketrans("IOQ", "100")  # no VIN has these letters
WIDEST = 1.6  # em between two groups
MOST_LABELS = 100


def shown_vins(layout: Layout) -> set[str]:
    """Return what may be a VIN: any word that looks like one, and groups that are as long together."""
    return {vin for line in layout.lines for vin in _in_line(line)}


def _in_line(line: Sequence[Word]) -> Iterator[str]:
    texts = [word.text.upper() for word in line]
    for text in texts:
        yield from VIN.findall(text)
    gaps = [gap(one, other) for one, other in pairwise(line)]
    for first in range(len(texts) - 1):
        vin = _grouped(texts[first:], gaps[first:])
        if VIN.fullmatch(vin):
            yield vin


def _grouped(texts: Sequence[str], gaps: Sequence[float]) -> str:
    """Return the beginning of a line without its blanks and dashes, up to where a VIN's length is reached."""
    joined = ""
    for number, text in enumerate(texts):
        if number and gaps[number - 1] > WIDEST:
            break
        joined += re.sub(r"[-.\s]", "", text)
        if len(joined) >= LENGTH:
            break
    return joined.rstrip(",;)")


def vins_in_fields(layout: Layout) -> set[str]:
    """Return what stands in a field for the vehicle's own VIN, as VINs are spelled; misread letters put right."""
    values, found = Values(layout), set()
    for label, _ in zip(LABELS.find(layout), range(MOST_LABELS), strict=False):
        for value in values.of(label, _is_vin, _is_vin):
            found.add(_joined(value.words).translate(MISREAD))
    return found


def _joined(words: Sequence[Word]) -> str:
    gaps = [gap(one, other) for one, other in pairwise(words)]
    return _grouped([word.text.upper() for word in words], gaps)


def _is_vin(words: Sequence[Word]) -> bool:
    return bool(words) and ANY_17.fullmatch(_joined(words)) is not None


def looks_like_one(vin: str) -> bool:
    """Tell a VIN from a number of another kind: it has letters, and a number at its end."""
    return re.fullmatch(r"(?=.*[A-Z].*[A-Z]).*[0-9]{4}", vin) is not None
