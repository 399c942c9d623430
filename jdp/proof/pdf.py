"""Bytes in, verdict out: is this PDF the report of that vehicle? Pure, knows neither Scrapy nor the site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import pypdfium2

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PAGES = 20
MAX_TEXT = 200_000
HEAD_LINES = 8
LONGEST_HEAD = 1000
MOST_WORDS = 8  # of a labelled value that are taken for a reference
LONGEST_VALUE = 300  # characters behind a label
MOST_LABELS = 1000
# ISO 3779: 17 characters without I, O and Q.
VIN = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NPR-Z]{17}(?![0-9A-Z])")
# PORTAL.md: "six digits with an optional capital letter"; what any other site's would at least share: a digit.
LIKE_A_REFERENCE = re.compile(r"(?=[^\s]*[0-9])[0-9A-Za-z-]{4,20}")


class Verdict(Enum):
    """What the content of a report says."""

    RIGHT = "right"
    WRONG = "wrong"
    BROKEN = "broken"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Proof:
    """A verdict and why; `other` is the reference of the vehicle that a wrong report belongs to, if listed."""

    verdict: Verdict
    reason: str
    other: str = ""
    head: str = ""


class KnownVehicles(Protocol):
    """What the proof must know of the other vehicles."""

    def status(self, reference: str) -> str | None:
        """Return None when no vehicle has this reference."""

    def has_vin_once(self, vin: str) -> bool:
        """Tell whether exactly one vehicle has this VIN."""


class BrokenPdfError(ValueError):
    """Raised when bytes are no complete PDF, from `read_text`, saying what they are."""


def prove(body: bytes, reference: str, vin: str, inventory: KnownVehicles, labels: tuple[str, ...]) -> Proof:
    """Judge a report by its content: complete, and this vehicle's by a labelled reference or a unique VIN."""
    try:
        return judge(read_text(body), reference, vin, inventory, labels)
    except BrokenPdfError as error:
        return Proof(Verdict.BROKEN, str(error))


def read_text(body: bytes) -> str:
    """Return the text layer; raises BrokenPdfError. PDFium is not thread-safe: call it from one thread only."""
    if not body:
        raise BrokenPdfError("an empty answer instead of a PDF")
    if b"%PDF-" not in body[:1024]:
        raise BrokenPdfError("an HTML page instead of a PDF" if b"<" in body[:512] else "no PDF")
    if b"%%EOF" not in body[-2048:]:
        raise BrokenPdfError(f"a PDF cut off after {len(body)} bytes")
    try:
        return _text_layer(body)
    except pypdfium2.PdfiumError as error:
        raise BrokenPdfError(f"a damaged PDF ({error})") from None


def _text_layer(body: bytes) -> str:
    document = pypdfium2.PdfDocument(body)
    try:
        parts: list[str] = []
        for number in range(min(len(document), MAX_PAGES)):
            page = document[number]
            textpage = page.get_textpage()
            parts.append(textpage.get_text_bounded())
            textpage.close()
            page.close()
        return "\n".join(parts)[:MAX_TEXT].replace("\r\n", "\n")
    finally:
        document.close()


def judge(text: str, reference: str, vin: str, inventory: KnownVehicles, labels: tuple[str, ...]) -> Proof:
    """Judge a report by its text."""
    found = islice(labelled_values(text, labels), MOST_LABELS)
    named = {_name(value, reference, inventory, by_looks=marked) for value, marked in found} - {""}
    vins = set(VIN.findall(text))
    others = sorted(name for name in named if name != reference and inventory.status(name) is not None)
    foreign = sorted(found for found in vins if found != vin and inventory.has_vin_once(found))
    if others or foreign:
        return _wrong(others[0] if others else "", foreign)
    if reference in named:
        return Proof(Verdict.RIGHT, "labelled reference")
    if named:
        return Proof(Verdict.WRONG, f"the report names {min(named)}")
    if vin in vins and inventory.has_vin_once(vin):
        return Proof(Verdict.RIGHT, "VIN")
    head = "\n".join(line for line in text.splitlines() if line.strip())
    head = "\n".join(head.splitlines()[:HEAD_LINES])[:LONGEST_HEAD]
    return Proof(Verdict.UNPROVEN, "the report names no vehicle beside a known label", head=head)


def _wrong(other: str, vins: list[str]) -> Proof:
    name = other or f"the VIN {vins[0]}"
    return Proof(Verdict.WRONG, f"another vehicle's report: it names {name}", other=other)


def labelled_values(text: str, labels: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Yield what stands behind each label (the rest of its line, else the next one), and whether a `:` or `#` does."""
    longest_first = sorted(labels, key=len, reverse=True)
    pattern = "|".join(re.escape(label).replace(r"\ ", r"\s+") for label in longest_first)
    for label in re.finditer(rf"(?<![0-9A-Za-z])(?:{pattern})(?![0-9A-Za-z])([\s:#]*)", text, re.IGNORECASE):
        value = text[label.end() : label.end() + LONGEST_VALUE].partition("\n")[0]
        yield value.strip(), bool(label.group(1).strip())


def _name(value: str, reference: str, inventory: KnownVehicles, *, by_looks: bool) -> str:
    """Return the reference that a labelled value begins with: the longest known one, else perhaps one by its looks.

    Whole tokens only: 165598 is not 165598A. References may contain blanks, so `HOST 1` is tried before `HOST`.
    """
    ends = sorted({match.start() for match in re.finditer(r"[,;.]*(?:\s|$)|\s|$", value)})[:MOST_WORDS]
    for end in reversed(ends):
        if value[:end] == reference or inventory.status(value[:end]) is not None:
            return value[:end]
    first = value[: ends[0]] if ends else value
    return first if by_looks and LIKE_A_REFERENCE.fullmatch(first) else ""
