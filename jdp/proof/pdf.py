"""Bytes in, verdict out: is this PDF the report of that vehicle? Pure, knows neither Scrapy nor the site."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import pypdfium2

from jdp.proof.envelope import BrokenPdfError, own_bytes
from jdp.proof.glyphs import read_document
from jdp.proof.labels import LabelFinder
from jdp.proof.layout import Layout
from jdp.proof.names import NameFinder, Names
from jdp.proof.vins import LENGTH, looks_like_one, shown_vins, vins_in_fields
from jdp.proof.words import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jdp.proof.words import Word

HEAD_LINES = 8
LONGEST_HEAD = 1000
NAMES_NOBODY = "the report names no vehicle beside a known label"


class Verdict(Enum):
    """What the content of a report says."""

    RIGHT = "right"
    WRONG = "wrong"
    BROKEN = "broken"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Proof:
    """A verdict and why; `other` is the reference of the vehicle that a wrong report belongs to, if listed.

    `by_vin` tells that it shows the vehicle's own VIN, which no other vehicle has.
    """

    verdict: Verdict
    reason: str
    other: str = ""
    head: str = ""
    by_vin: bool = field(default=False, compare=False)


class KnownVehicles(Protocol):
    """What the proof must know of the other vehicles."""

    def status(self, reference: str) -> str | None:
        """Return None when no vehicle has this reference."""

    def has_vin_once(self, vin: str) -> bool:
        """Tell whether exactly one vehicle has this VIN."""


class SharedNumbers(KnownVehicles, Protocol):
    """What is known of vehicles where several may stand under one reference number."""

    def is_shared(self, number: str) -> bool:
        """Tell whether more than one vehicle of the inventory has this reference number."""


def prove(body: bytes, reference: str, vin: str, inventory: KnownVehicles, labels: tuple[str, ...]) -> Proof:
    """Judge a report by its content: complete, and this vehicle's by a labelled reference or a unique VIN."""
    try:
        return judge(read_words(body), reference, vin, inventory, labels)
    except BrokenPdfError as error:
        return Proof(Verdict.BROKEN, str(error))


def read_words(body: bytes) -> list[Word]:
    """Return the text with its places; raises BrokenPdfError. PDFium is not thread-safe: call it from one thread."""
    try:
        return read_document(own_bytes(body))
    except pypdfium2.PdfiumError as error:
        raise BrokenPdfError(f"a damaged PDF ({error})") from None


def judge(words: Sequence[Word], reference: str, vin: str, inventory: KnownVehicles, labels: tuple[str, ...]) -> Proof:
    """Judge a report by its words: VINs first, as no two cars have one, then the references beside labels."""
    layout = Layout(words)
    names = NameFinder(layout, reference, _speller(reference, inventory)).find(_finder(labels))
    vins = _Vins(layout, vin, inventory)
    others = sorted(names.sure - {reference})
    if others or vins.foreign:
        return _wrong(others[0] if others else "", vins.foreign)
    if vins.contradict:
        return Proof(Verdict.WRONG, f"another vehicle's report: its VIN is {vins.contradict[0]}")
    return _of_nobody_else(names, vins, reference) or _unproven(words, vins)


def prove_apart(proof: Proof, number: str, inventory: SharedNumbers) -> Proof:
    """Take a right report for unproven where its number may be another vehicle's, and no VIN says whose it is."""
    if proof.verdict is not Verdict.RIGHT or proof.by_vin or not inventory.is_shared(number):
        return proof
    return Proof(Verdict.UNPROVEN, f"several vehicles stand under {number}, and no VIN tells whose report it is")


def _of_nobody_else(names: Names, vins: _Vins, reference: str) -> Proof | None:
    """Judge a report that names no other vehicle for sure."""
    sure = reference in names.sure and not names.possible - {reference}
    if sure and (vins.own or not vins.strange):
        return Proof(Verdict.RIGHT, "labelled reference", by_vin=vins.own)
    if vins.own:
        return Proof(Verdict.RIGHT, "VIN", by_vin=True)
    if names.unknown and reference not in names.sure | names.possible:
        return Proof(Verdict.WRONG, f"the report names {min(names.unknown)}")
    return None


def _unproven(words: Sequence[Word], vins: _Vins) -> Proof:
    head = "\n".join(text_of(words).splitlines()[:HEAD_LINES])[:LONGEST_HEAD]
    why = f"the report shows a VIN that is not this vehicle's, {vins.strange[0]}" if vins.strange else NAMES_NOBODY
    return Proof(Verdict.UNPROVEN, why, head=head)


def _wrong(other: str, vins: list[str]) -> Proof:
    name = other or f"the VIN {vins[0]}"
    return Proof(Verdict.WRONG, f"another vehicle's report: it names {name}", other=other)


class _Vins:
    """The VINs that a report shows, held against the vehicle's own."""

    def __init__(self, layout: Layout, vin: str, inventory: KnownVehicles) -> None:
        mine, fields = vin.upper(), vins_in_fields(layout)
        shown = shown_vins(layout) | fields
        # A row may show the end of a VIN only: that proves nothing, and contradicts no VIN that ends so.
        self.own = len(mine) == LENGTH and mine in shown and inventory.has_vin_once(vin)
        self.foreign = sorted(each for each in shown if each != mine and inventory.has_vin_once(each))
        self.contradict = sorted(fields) if not any(mine in each for each in fields) else []
        self.strange = sorted(filter(looks_like_one, shown)) if not any(mine in each for each in shown) else []


def _speller(reference: str, inventory: KnownVehicles) -> Callable[[str], str]:
    """Return what spells listed references as they are listed, if need be in capitals, each looked up once."""

    @lru_cache(1024)
    def known(text: str) -> str:
        spellings = (text, text.upper()) if text else ()
        return next((each for each in spellings if each == reference or inventory.status(each) is not None), "")

    return known


@lru_cache(8)
def _finder(labels: tuple[str, ...]) -> LabelFinder:
    return LabelFinder(labels)
