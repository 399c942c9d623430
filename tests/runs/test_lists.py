"""What the manifest's cells may do to a spreadsheet or a terminal: nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdp.utils.csv_text import FORMULA, harmless

ODD = "=+-@\t\r\x1b\x07\x00\u202e\u2066\u200fA1"


@given(st.text() | st.text(ODD))
def test_any_cell_is_harmless(text: str) -> None:
    cell = harmless(text)
    assert isinstance(cell, str)
    assert not cell.startswith(FORMULA)
    assert not [sign for sign in cell if unicodedata.bidirectional(sign) in ("RLO", "LRO", "RLE", "RLI", "PDF", "FSI")]
    assert not [sign for sign in cell if unicodedata.category(sign) == "Cc" and sign not in "\t\n\r"]


@pytest.mark.parametrize("text", ["165530", "Coup\xe9", "a\nb", "\u8eca", "C:\\x1b", "'quoted'"])
def test_plain_cell_is_left_alone(text: str) -> None:
    assert harmless(text) == text


def test_what_would_be_obeyed_is_read() -> None:
    assert harmless("\x1b[2J\u202egnp.exe") == r"\x1b[2J\u202egnp.exe"
