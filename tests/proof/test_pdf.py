"""Whose report is it? Real PDFs against a real ledger."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdp.items import Vehicle
from jdp.proof.glyphs import MAX_CHARACTERS
from jdp.proof.pdf import Proof, Verdict, judge, prove
from jdp.proof.words import Word
from jdp.runs.ledger import Ledger
from tests.helpers.parts import LABELS, pdf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RIGHT, WRONG, BROKEN, UNPROVEN = Verdict.RIGHT, Verdict.WRONG, Verdict.BROKEN, Verdict.UNPROVEN
MINE, OTHER, TWIN = "1HGCM82633A004352", "2T1BURHE0JC034461", "3VWFE21C04M000001"
HOSTILE = ("HOST 1", "A/B-7", "../../etc/passwd", "=SUM(A1)", "O'Neil 12", "CON", "x.(*)+7", "Lot 7 Row 4 B")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Return an inventory: 165598 (MINE) and 165598A, 165531 (OTHER), hostile ones, two with one VIN."""
    vehicles = [
        Vehicle("165598", vin=MINE),
        Vehicle("165598A"),
        Vehicle("165531", vin=OTHER),
        Vehicle("170001", vin=TWIN),
        Vehicle("170001A", vin=TWIN),
        *map(Vehicle, HOSTILE),
    ]
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.list_vehicles(vehicles)
    yield ledger
    ledger.close()


class Nobody:
    """An inventory that lists nobody."""

    def status(self, reference: str) -> str | None: ...

    def has_vin_once(self, vin: str) -> bool:  # noqa: ARG002 - as an inventory has it
        return False


def judged(
    ledger: Ledger, body: bytes, reference: str = "165598", vin: str = "", labels: tuple[str, ...] = LABELS
) -> Proof:
    return prove(body, reference, vin, ledger, labels)


@pytest.mark.parametrize(
    "line",
    [
        "Stock #: 165598",
        "Stock Number: 165598",
        "Reference: 165598",
        "Ref #: 165598",
        "STOCK #:165598",
        "Stock # 165598",
        "stock number :  165598",
        "Stock #: 165598   VIN: none",
        "Dealer 4711, Stock #: 165598",
    ],
)
def test_right_by_label(ledger: Ledger, line: str) -> None:
    assert judged(ledger, pdf("Vehicle Bookout", line, "Mileage: 12,345")).verdict is RIGHT


@pytest.mark.parametrize("punctuated", ["165598, VIN follows", "165598;", "165598."])
def test_right_before_punctuation(ledger: Ledger, punctuated: str) -> None:
    assert judged(ledger, pdf(f"Stock #: {punctuated}")).verdict is RIGHT


@pytest.mark.parametrize(("printed", "asked"), [("165598A", "165598"), ("165598", "165598A")])
def test_wrong_reference_with_and_without_letter(ledger: Ledger, printed: str, asked: str) -> None:
    proof = judged(ledger, pdf(f"Stock #: {printed}"), asked)
    assert (proof.verdict, proof.other) == (WRONG, printed)


@pytest.mark.parametrize(("printed", "asked"), [("165700A", "165700"), ("165700", "165700A")])
def test_wrong_reference_with_and_without_letter_not_listed(ledger: Ledger, printed: str, asked: str) -> None:
    ledger.list_vehicles([Vehicle(asked)])
    proof = judged(ledger, pdf(f"Stock #: {printed}"), asked)
    assert (proof.verdict, proof.other) == (WRONG, "")
    assert printed in proof.reason


@pytest.mark.parametrize("reference", HOSTILE)
def test_right_hostile_reference(ledger: Ledger, reference: str) -> None:
    assert judged(ledger, pdf(f"Reference: {reference}"), reference).verdict is RIGHT
    assert judged(ledger, pdf(f"Reference: {reference} Mileage 5"), reference).verdict is RIGHT


@pytest.mark.parametrize("reference", HOSTILE)
def test_wrong_hostile_reference(ledger: Ledger, reference: str) -> None:
    proof = judged(ledger, pdf(f"Reference: {reference}"))
    assert (proof.verdict, proof.other) == (WRONG, reference)


def test_wrong_shorter_reference_is_its_beginning(ledger: Ledger) -> None:
    ledger.list_vehicles([Vehicle("HOST")])
    assert judged(ledger, pdf("Reference: HOST 1"), "HOST").other == "HOST 1"
    assert judged(ledger, pdf("Reference: HOST 1"), "HOST 1").verdict is RIGHT


def test_wrong_other_listed_vehicle(ledger: Ledger) -> None:
    proof = judged(ledger, pdf("Stock #: 165531"))
    assert (proof.verdict, proof.other) == (WRONG, "165531")


def test_wrong_other_vehicle_beside_the_right_one(ledger: Ledger) -> None:
    proof = judged(ledger, pdf("Stock #: 165598", "Reference: 165531"))
    assert (proof.verdict, proof.other) == (WRONG, "165531")


def test_wrong_vehicle_that_is_not_listed(ledger: Ledger) -> None:
    proof = judged(ledger, pdf("Stock #: 999999"), vin=MINE)
    assert (proof.verdict, proof.other) == (WRONG, "")
    assert "999999" in proof.reason


def test_wrong_vin_of_another(ledger: Ledger) -> None:
    proof = judged(ledger, pdf("Stock #: 165598", f"VIN {OTHER}"), vin=MINE)
    assert proof.verdict is WRONG
    assert OTHER in proof.reason


def test_right_by_vin_alone(ledger: Ledger) -> None:
    assert judged(ledger, pdf("Bookout", f"VIN {MINE}"), vin=MINE) == Proof(RIGHT, "VIN")


def test_unproven_vin_not_unique(ledger: Ledger) -> None:
    assert judged(ledger, pdf(f"VIN {TWIN}"), "170001", TWIN).verdict is UNPROVEN


def test_right_reference_beside_vin_not_unique(ledger: Ledger) -> None:
    assert judged(ledger, pdf("Stock #: 170001A", f"VIN {TWIN}"), "170001A", TWIN).verdict is RIGHT


def test_unproven_vin_inside_a_longer_token(ledger: Ledger) -> None:
    assert judged(ledger, pdf(f"Serial {MINE}9"), vin=MINE).verdict is UNPROVEN


def test_unproven_vehicle_without_vin(ledger: Ledger) -> None:
    assert judged(ledger, pdf("Nothing in here"), vin="").verdict is UNPROVEN


@pytest.mark.parametrize("line", ["165598", "Unit: 165598", "Livestock #: 165598", "Stock #:"])
def test_unproven_without_known_label(ledger: Ledger, line: str) -> None:
    proof = judged(ledger, pdf("Vehicle Bookout", line))
    assert proof.verdict is UNPROVEN
    assert proof.head.splitlines()[0] == "Vehicle Bookout"


def test_unproven_label_before_a_word(ledger: Ledger) -> None:
    assert judged(ledger, pdf("Reference: see the handbook")).verdict is UNPROVEN


@pytest.mark.parametrize("label", ["Unit No", "Unit No:", "Reference Number", "Fahrzeug (Nr.)"])
def test_right_by_custom_label(ledger: Ledger, label: str) -> None:
    body = pdf(f"{label.removesuffix(':')}: 165598")
    assert judged(ledger, body).verdict is UNPROVEN
    assert judged(ledger, body, labels=(*LABELS, label)).verdict is RIGHT


def test_wrong_other_vehicle_behind_a_label_without_colon(ledger: Ledger) -> None:
    assert judged(ledger, pdf("Stock # 165531")).other == "165531"


def test_unproven_label_in_a_sentence(ledger: Ledger) -> None:
    assert judged(ledger, pdf("For your reference 2026 prices")).verdict is UNPROVEN


def test_label_as_written_is_no_pattern(ledger: Ledger) -> None:
    assert judged(ledger, pdf("Stock X: 165598"), labels=("Stock .",)).verdict is UNPROVEN


@pytest.mark.parametrize(
    "lines",
    [
        ("Stock #:", "165598"),
        ("Stock", "Number:", "165598"),
        ("Reference:", "Stock #: 165598"),
        ("Reference: Stock #: 165598",),
        ("Stock #:", "Reference:", "165598"),
        ("Reference #: 165598",),
    ],
)
def test_right_value_apart_from_label(ledger: Ledger, lines: tuple[str, ...]) -> None:
    assert judged(ledger, pdf(*lines)).verdict is RIGHT


@pytest.mark.parametrize("lines", [("Stock #:", "165531"), ("Reference:", "Stock #: 165531")])
def test_wrong_value_apart_from_label(ledger: Ledger, lines: tuple[str, ...]) -> None:
    assert judged(ledger, pdf(*lines)).other == "165531"


def test_right_value_in_the_next_column(ledger: Ledger) -> None:
    assert judged(ledger, pdf("Stock #:", columns=("165598", "Mileage: 7"))).verdict is RIGHT


def test_broken_empty(ledger: Ledger) -> None:
    assert judged(ledger, b"").verdict is BROKEN


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_broken_cut(ledger: Ledger, kept: float) -> None:
    whole = pdf("Stock #: 165598", pageCompression=0)
    proof = judged(ledger, whole[: int(len(whole) * kept)])
    assert proof.verdict is BROKEN
    assert "cut off" in proof.reason


def test_broken_cut_just_before_the_end(ledger: Ledger) -> None:
    assert judged(ledger, pdf("Stock #: 165598").rstrip()[:-1]).verdict is BROKEN


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!doctype html><title>Error</title>Stock #: 165598", "HTML"),
        (b"\n\n <html>Stock #: 165598", "HTML"),
        (b"Stock #: 165598", "no PDF"),
        (b"%PDF-1.4\n" + b"\x00garbage" * 100 + b"\n%%EOF\n", "damaged"),
    ],
)
def test_broken_no_pdf(ledger: Ledger, body: bytes, words: str) -> None:
    proof = judged(ledger, body)
    assert proof.verdict is BROKEN
    assert words in proof.reason


def test_broken_behind_a_password(ledger: Ledger) -> None:
    assert judged(ledger, pdf("Stock #: 165598", encrypt="secret")).verdict is BROKEN


@pytest.mark.parametrize("line", ["Ref # a " * 25_000, "Stock #: " + "7 " * 99_000, "Reference\n" * 20_000])
def test_text_made_to_be_slow_is_judged_at_once(ledger: Ledger, line: str) -> None:
    """Without bounds the first takes minutes, in the thread that everything else waits for."""
    words = set_in_type(line[:MAX_CHARACTERS])
    began = time.monotonic()
    assert judge(words, "165598", "", ledger, LABELS).verdict in (UNPROVEN, WRONG)
    assert time.monotonic() - began < 5


@given(
    st.text() | st.lists(st.sampled_from(["Ref #", "165598", "165531", MINE, ":", "\n", " ", "A", "\x00"])).map("".join)
)
def test_any_text_is_judged(text: str) -> None:
    assert judge(set_in_type(text), "165598", MINE, Nobody(), LABELS).verdict in (RIGHT, WRONG, UNPROVEN)


def set_in_type(text: str) -> list[Word]:
    """Set a text in letters of one width, as it is broken into lines."""
    return [
        Word(0, line, match.start() * 6.0, match.end() * 6.0, line * 12.0, 10.0, match[0])
        for line, words in enumerate(text.split("\n"))
        for match in re.finditer(r"\S+", words)
    ]
