"""Made-up values: the same for the same, of the same shape, met by no real one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdp.recording.grid import shape
from jdp.recording.pseudonyms import VIN_VALUES, VIN_WEIGHTS, Pseudonyms

VIN = "1HGCM82633A004352"


def is_checked(vin: str) -> bool:
    rest = sum(VIN_VALUES[sign] * weight for sign, weight in zip(vin, VIN_WEIGHTS, strict=True)) % 11
    return vin[8] == "0123456789X"[rest]


@pytest.mark.parametrize("token", ["165530", "165530A", "Smith", "McGrath", "O", "\u00c9mile", "3f2a09bc7d", "0042"])
def test_shape_stays_and_the_same_gets_the_same(token: str) -> None:
    made = Pseudonyms()
    assert shape(made.of(token)) == shape(token)
    assert made.of(token) == made.of(token)


def test_letter_stays_behind_its_number() -> None:
    made = Pseudonyms()
    assert re.fullmatch(rf"{made.of('165598')}[A-Z]", made.of("165598A"))


def test_case_is_no_other_value() -> None:
    made = Pseudonyms()
    assert made.of("SMITH") == made.of("smith").upper()
    assert made.of(VIN.lower()) == made.of(VIN).lower()


def test_vin_keeps_a_check_digit_that_is_right_and_no_other() -> None:
    made = Pseudonyms(b"the same in each run")
    assert is_checked(VIN)
    assert is_checked(made.of(VIN))
    assert not re.search("[IOQ]", made.of(VIN))
    wrong = [VIN[:8] + digit + VIN[9:] for digit in "0124"]
    assert not all(is_checked(made.of(vin)) for vin in wrong)


def test_no_two_share_one_and_none_meets_or_holds_a_real_one() -> None:
    made = Pseudonyms()
    real = [str(number) for number in range(165530, 166530)]
    for token in (*real, *(f"4821{number}" for number in real)):
        made.of(token)
    made.begin_again()
    given_now = [made.of(token) for token in real]
    assert len(set(given_now)) == len(real)
    assert not set(given_now) & set(real)
    longer = [made.of(f"4821{token}") for token in real]
    assert not any(token in each for each in longer for token in real)


@given(st.text(max_size=40))
def test_any_text_is_taken(text: str) -> None:
    assert len(Pseudonyms().of(text)) == len(text)
