"""VINs in print: in one word or in groups, in capitals or not."""

from __future__ import annotations

import re
from itertools import accumulate, islice, pairwise
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
BETWEEN = str.maketrans("", "", "-.,;() ")  # what stands between groups, or behind the last one
WIDEST = 1.6  # em between two groups
MOST_LABELS = 100


def shown_vins(layout: Layout) -> set[str]:
    """Return what may be a VIN: any word that looks like one, and groups that are as long together."""
    return {vin for line in layout.lines for vin in _in_line(line)}


def _in_line(line: Sequence[Word]) -> Iterator[str]:
    for word in line:
        if len(word.text) >= LENGTH:
            yield from VIN.findall(word.text.upper())
    groups = [word.text.upper().translate(BETWEEN) for word in line]
    starts = list(accumulate(map(len, groups), initial=0))
    words = {start: number for number, start in reversed(list(enumerate(starts)))}
    joined = "".join(groups)
    for first, start in enumerate(starts[:-1]):
        after, vin = words.get(start + LENGTH), joined[start : start + LENGTH]
        if after is None or not VIN.fullmatch(vin):
            continue
        if all(gap(one, other) <= WIDEST for one, other in pairwise(line[first:after])):
            yield vin


def vins_in_fields(layout: Layout) -> set[str]:
    """Return what stands in a field for the vehicle's own VIN, as VINs are spelled; misread letters put right."""
    values, found = Values(layout), set()
    for label in islice(LABELS.find(layout), MOST_LABELS):
        for value in values.of(label, _is_vin, _is_vin):
            found.add(_joined(value.words).translate(MISREAD))
    return found


def _joined(words: Sequence[Word]) -> str:
    """Return the first words without what stands between groups, up to where a VIN's length is reached."""
    joined = ""
    for word in words:
        joined += word.text.upper().translate(BETWEEN)
        if len(joined) >= LENGTH:
            break
    return joined


def _is_vin(words: Sequence[Word]) -> bool:
    return bool(words) and ANY_17.fullmatch(_joined(words)) is not None


def looks_like_one(vin: str) -> bool:
    """Tell a VIN from a number of another kind: it has letters, and a number at its end."""
    return re.fullmatch(r"(?=.*[A-Z].*[A-Z]).*[0-9]{4}", vin) is not None
