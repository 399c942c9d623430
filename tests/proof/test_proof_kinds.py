"""The proof by where things stand on the page: each kind of report that the order of the text tells wrong."""

from __future__ import annotations

import random
from collections import Counter
from io import BytesIO

import pytest
from reportlab.pdfgen.canvas import Canvas

from jdp.items import Vehicle
from jdp.proof.envelope import BrokenPdfError, cut_off, own_bytes
from jdp.proof.pdf import Proof, Verdict, prove
from jdp.proof.prover import Prover
from tests.helpers.layouts import report
from tests.helpers.parts import LABELS

RIGHT, WRONG, BROKEN, UNPROVEN = Verdict.RIGHT, Verdict.WRONG, Verdict.BROKEN, Verdict.UNPROVEN
VINS = {
    "165530": "1HGCM82633A165530",
    "165531": "1HGCM82633A165531",
    "165598": "5YJSA1E26MF165598",
    "165598A": "5YJSA1E26MF165599",
}
UNLISTED = "2T1BURHE0JC034461"
WIDTH = 33.36  # of six digits in this type
Text = tuple[float, float, str]


class Inventory:
    """Four vehicles, with or without their VINs."""

    def __init__(self, vins: dict[str, str], *, knows_vins: bool = True) -> None:
        self.vins = vins
        self.knows_vins = knows_vins

    def status(self, reference: str) -> str | None:
        return "listed" if reference in self.vins else None

    def has_vin_once(self, vin: str) -> bool:
        return self.knows_vins and vin in self.vins.values()


def page(*texts: Text, turned: bool = False, size: float = 10) -> bytes:
    """Return a PDF with texts at their places; `turned` as iText writes a landscape page."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=(612, 792))
    if turned:
        canvas.setPageRotation(90)
        canvas.transform(0, 1, -1, 0, 612, 0)
    canvas.setFont("Helvetica", size)
    for text in texts:
        canvas.drawString(*text)
    canvas.save()
    return out.getvalue()


def asked(body: bytes, reference: str, *, by_vin: bool = False) -> Proof:
    return prove(body, reference, VINS[reference] if by_vin else "", Inventory(VINS, knows_vins=by_vin), LABELS)


GOOD = page((60, 700, "Stock #: 165530"))


# 1. Bytes around the PDF


@pytest.mark.parametrize(
    "behind", [b"\0" * 30_000, b"<html>" + b"<p>menu</p>" * 300 + b"</html>", b"\r\n0\r\n\r\n", b""]
)
@pytest.mark.parametrize("before", [b"", b"\r\n\r\n", b"\xef\xbb\xbf" + b" " * 2000])
def test_right_with_bytes_around_the_pdf(before: bytes, behind: bytes) -> None:
    assert asked(before + GOOD + behind, "165530").verdict is RIGHT
    assert own_bytes(before + GOOD + behind).rstrip() == GOOD.rstrip()


def test_what_was_cut_off_is_told() -> None:
    assert cut_off(b"12" + GOOD + b"123", GOOD) == "2 bytes before its PDF and 3 bytes behind its PDF"
    assert cut_off(GOOD, own_bytes(GOOD)) == ""


def test_what_is_stored_is_the_pdf_and_what_was_cut_off_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert Prover.own_bytes(Vehicle("165530"), GOOD + b"<html>") == GOOD
    assert "165530: cut off its report: 6 bytes behind its PDF" in caplog.text
    assert Prover.own_bytes(Vehicle("165530"), b"<html>") == b"<html>"


@pytest.mark.parametrize(
    "behind", [b"\n9 0 obj\n<</Type/Pa", b"\n9 0 obj\n<<" + bytes(4000), b"\n12 0", b"\nxref\n0 3\n0000"]
)
def test_broken_cut_behind_an_inner_end(behind: bytes) -> None:
    with pytest.raises(BrokenPdfError, match="cut off"):
        own_bytes(GOOD + behind)


def test_broken_linearized_cut_at_its_inner_end() -> None:
    with pytest.raises(BrokenPdfError, match="cut off"):
        own_bytes(b"%PDF-1.5\n1 0 obj\n<</Linearized 1/L 90000/O 3>>\nendobj\nstartxref\n99\n%%EOF\n")
    with pytest.raises(BrokenPdfError, match="cut off"):
        own_bytes(b"%PDF-1.5\n1 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF\n")


# 2. Label and value


def test_right_turned_page() -> None:
    lines = ((60, 500, "Stock #: 165530"), (60, 480, "2021 Honda Accord"))
    assert asked(page(*lines, turned=True), "165530").verdict is RIGHT


def test_wrong_turned_page_before_a_letter() -> None:
    body = page((60, 500, "Stock #: 165598"), (60, 480, "A - condition"), turned=True)
    assert asked(body, "165598A").other == "165598"


TABLE = ((60.0, 700.0, "Mileage"), (200.0, 700.0, "Stock #"), (340.0, 700.0, "VIN"), (60.0, 684.0, "165531"))


@pytest.mark.parametrize("reverse", [False, True])
def test_value_below_its_heading(*, reverse: bool) -> None:
    texts = (*TABLE, (200.0, 684.0, "165530"), (340.0, 684.0, "none"))
    body = page(*(reversed(texts) if reverse else texts))
    assert asked(body, "165530").verdict is RIGHT
    assert asked(body, "165531").other == "165530"


def test_value_below_its_heading_that_is_aligned_otherwise() -> None:
    body = page(*TABLE, (240, 684, "165530"), (380, 684, "none"))
    assert asked(body, "165530").verdict is RIGHT


def test_unproven_value_missing_below_its_heading() -> None:
    body = page(*TABLE, (340, 684, "none"), (200, 668, "165530"))
    assert asked(body, "165530").verdict is UNPROVEN
    assert asked(body, "165531").verdict is UNPROVEN


def test_value_above_its_caption() -> None:
    captions = ((60, 688, "Stock #"), (200, 688, "Mileage"), (60, 660, "165531"), (60, 648, "Odometer"))
    body = page((60, 700, "165530"), (200, 700, "7"), *captions)
    assert asked(body, "165530").verdict is RIGHT
    assert asked(page(*captions), "165531").verdict is UNPROVEN


@pytest.mark.parametrize("next_line", ["165530", "2021 Honda Accord", "165530 miles"])
def test_unproven_value_missing_beside_its_label(next_line: str) -> None:
    body = page((60, 700, "Year: 2021"), (60, 684, "Stock #:"), (60, 668, next_line))
    assert asked(body, "165530").verdict is UNPROVEN


def test_unproven_value_of_the_label_on_its_left() -> None:
    body = page((60, 700, "Stock #"), (60, 684, "Mileage:"), (160, 684, "165530"), (160, 700, "Stock #"))
    assert asked(body, "165530").verdict is UNPROVEN


def test_wrong_column_of_several_vehicles() -> None:
    body = page((60, 700, "Stock #"), (60, 684, "165530"), (60, 668, "165531"))
    assert asked(body, "165530").other == "165531"


# 3. Whole numbers


@pytest.mark.parametrize(
    "letter",
    [(110, 688, "A"), (110 + WIDTH + 1, 700, "A"), (110 + WIDTH + 2, 700, "A"), (110 + WIDTH, 704, "A")],
    ids=["narrow cell", "next cell", "gap", "raised"],
)
@pytest.mark.parametrize("reference", ["165598", "165598A"])
def test_unproven_letter_that_may_be_of_the_number(letter: Text, reference: str) -> None:
    body = page((60, 700, "Stock #:"), (110, 700, "165598"), letter)
    assert asked(body, reference).verdict is UNPROVEN
    both = page((60, 700, "Stock #:"), (110, 700, "165598"), letter, (60, 600, f"VIN: {VINS[reference]}"))
    assert asked(both, reference, by_vin=True) == Proof(RIGHT, "VIN")


def test_right_letter_of_the_next_field() -> None:
    body = page((60, 700, "Stock #:"), (110, 700, "165598"), (60, 688, "Grade:"), (110, 688, "A"))
    assert asked(body, "165598").verdict is RIGHT


def test_right_word_glued_to_the_number() -> None:
    body = page((60, 700, "Stock #:"), (110, 700, "165530"), (110 + WIDTH + 1, 700, "VIN"))
    assert asked(body, "165530").verdict is RIGHT


@pytest.mark.parametrize("apart", [(0.0, 0.0), (0.4, 0.0), (0.8, 0.8)])
def test_right_struck_twice(apart: tuple[float, float]) -> None:
    body = page((60, 700, "Stock #: 165530"), (60 + apart[0], 700 - apart[1], "Stock #: 165530"))
    assert asked(body, "165530").verdict is RIGHT


@pytest.mark.parametrize("pitch", [5.56, 5.8, 6.06, 8.0, 14.0])
def test_right_letter_by_letter(pitch: float) -> None:
    letters = [(110 + number * pitch, 700.0, letter) for number, letter in enumerate("165530")]
    assert asked(page((60, 700, "Stock #:"), *reversed(letters)), "165530").verdict is RIGHT


# 4. VIN and number


@pytest.mark.parametrize("number", ["Stock #: 165598a", "Stock #: I6553O", "Ref #: 2026-11", "Stock #: 999999"])
def test_right_vin_beside_a_number_that_nobody_has(number: str) -> None:
    reference = "165598A" if "165598a" in number else "165530"
    body = page((60, 700, number), (60, 680, f"VIN: {VINS[reference]}"))
    assert asked(body, reference, by_vin=True).verdict is RIGHT


@pytest.mark.parametrize("label", ["VIN: ", "VIN ", "VIN #: ", "Vehicle Identification Number: "])
def test_wrong_other_vin_in_its_own_field(label: str) -> None:
    body = page((60, 700, "Stock #: 165530"), (60, 680, f"{label}{UNLISTED}"))
    assert asked(body, "165530", by_vin=True).verdict is WRONG
    assert asked(body, "165530").verdict is RIGHT


def test_unproven_other_vin_in_no_field() -> None:
    body = page((60, 700, "Stock #: 165530"), (60, 680, UNLISTED))
    assert asked(body, "165530", by_vin=True).verdict is UNPROVEN


def test_right_other_vin_of_a_trade_in() -> None:
    body = page((60, 700, f"VIN: {VINS['165530']}"), (60, 680, f"Trade-in VIN: {UNLISTED}"))
    assert asked(body, "165530", by_vin=True).verdict is RIGHT


@pytest.mark.parametrize("second", ["Reference: 165531", f"VIN {VINS['165531']}"])
def test_wrong_two_vehicles(second: str) -> None:
    body = page((60, 700, "Stock #: 165530"), (60, 680, f"VIN: {VINS['165530']}"), (60, 660, second))
    assert asked(body, "165530", by_vin=True).verdict is WRONG


# 5. Labels and VINs as they are printed


@pytest.mark.parametrize("line", ["Stock #165530", "STOCK#: 165530", "Stock#165530", "Ref#165530", "STOCK # : 165530"])
def test_right_label_as_dealers_print_it(line: str) -> None:
    assert asked(page((60, 700, line)), "165530").verdict is RIGHT


@pytest.mark.parametrize("label", ["Prior Stock #:", "Trade-in Stock #", "Cross-Reference:", "Comp 1 Stock #:"])
def test_unproven_tail_of_a_longer_label(label: str) -> None:
    assert asked(page((60, 720, "Unit: 165531"), (60, 700, f"{label} 165530")), "165530").verdict is UNPROVEN


def test_right_label_behind_another_field() -> None:
    assert asked(page((60, 700, "Make: Honda Stock #: 165530")), "165530").verdict is RIGHT


@pytest.mark.parametrize(
    "vin", ["1hgcm82633a165530", "1HG CM82633A 165530", "1HGCM-82633-A165530", "1HGCM82633AI6553O"]
)
def test_right_vin_as_it_is_printed(vin: str) -> None:
    assert asked(page((60, 700, f"VIN: {vin}")), "165530", by_vin=True) == Proof(RIGHT, "VIN")


def test_right_vin_letter_by_letter() -> None:
    letters = [(100 + 14.0 * number, 700.0, letter) for number, letter in enumerate(VINS["165530"])]
    assert asked(page((60, 700, "VIN:"), *letters), "165530", by_vin=True) == Proof(RIGHT, "VIN")


def test_text_outside_of_the_page_is_no_evidence() -> None:
    assert asked(page((60, -50, "Stock #: 165530")), "165530").verdict is UNPROVEN


# All of it by chance

TWINS = {f"{165500 + n}{letter}": f"1HGCM826{len(letter)}3A{165500 + n}" for n in range(40) for letter in ("", "A")}


@pytest.mark.parametrize("by_vin", [True, False])
def test_no_wrong_report_is_right_in_any_layout(*, by_vin: bool) -> None:
    """A report of another vehicle, whose number differs by a letter or stands in it as mileage, is never right."""
    dice, found = random.Random(20261125), Counter[tuple[Verdict, Verdict]]()  # noqa: S311 - layouts, no secrets
    inventory = Inventory(TWINS, knows_vins=by_vin)
    for _ in range(250):
        its, mine = dice.sample(sorted(TWINS), 2)
        mine = dice.choice([mine, its[:-1] if its.endswith("A") else f"{its}A"])
        body, empty = report(dice, its, TWINS[its], dice.choice([mine.rstrip("A"), "23,456"]))
        right, wrong = (
            prove(body, each, TWINS[each] if by_vin else "", inventory, LABELS).verdict for each in (its, mine)
        )
        found[RIGHT if empty and not by_vin else right, wrong] += 1
    assert set(found) <= {(RIGHT, WRONG), (RIGHT, UNPROVEN)}
