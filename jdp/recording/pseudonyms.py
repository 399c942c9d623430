"""Made-up values for real ones: the same for the same, of the same shape, by a key that dies with the process."""

from __future__ import annotations

import hmac
import re
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

VIN_LENGTH = 17
VIN_CHARACTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
VIN_VALUES = {
    sign: value
    for value, signs in enumerate(("0", "AJ1", "BKS2", "CLT3", "DMU4", "ENV5", "FW6", "GPX7", "HY8", "RZ9"))
    for sign in signs
}
VIN_CHECKS = "0123456789X"
CHECK_PLACE = 8
VIN = re.compile(r"(?=.*[0-9])(?=.*[A-Z])[0-9A-HJ-NPR-Z]{17}", re.IGNORECASE)
HEX = re.compile(r"(?=.*[0-9])(?=.*[a-f])[0-9a-f]{8,}", re.IGNORECASE)
RUNS = re.compile(r"[0-9]+|[^\W\d_]+|.", re.DOTALL)
LETTERS, DIGITS, HEX_LETTERS = "abcdefghijklmnopqrstuvwxyz", "0123456789", "abcdef"
ACCENTED = "\u00e4\u00e9\u00ee\u00f1\u00f8\u00fc"
WIDE = "\u4e00\u4e8c\u4e09\u5341\u571f\u5927"
SCARCE = 4  # characters; shorter ones meet others by chance
TELLING = 5  # characters of a real value that a made-up one may not hold
LONGEST = 40
MOST_TRIES = 200


class Pseudonyms:
    """Replaces tokens. `avoid` are real values, which no made-up one may meet."""

    def __init__(self, key: bytes = b"") -> None:
        self._key = key or secrets.token_bytes(32)
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()
        self.seen: set[str] = set()

    def begin_again(self) -> None:
        """Give them all anew: what was replaced so far is known now, and met by nothing."""
        self._given.clear()
        self._taken.clear()

    def of(self, token: str) -> str:
        """Return the made-up value for a token, spelled in its own case."""
        if VIN.fullmatch(token):
            return _in_case_of(token, self._unique(token.upper(), self._vin))
        if HEX.fullmatch(token):
            return _in_case_of(token, self._unique(token.lower(), self._hex))
        # A letter behind a number stays behind the number's own made-up one.
        return "".join(self._run(run) for run in RUNS.findall(token))

    def _run(self, run: str) -> str:
        if run.isdecimal() and run.isascii():
            return self._unique(run, self._number)
        return _in_case_of(run, self._unique(run.lower(), self._word)) if run.isalpha() else run

    def _unique(self, token: str, make: Callable[[str, int], str]) -> str:
        """Return the token's own made-up value, which no other one has where there is room for that."""
        self.seen.add(token)
        if token not in self._given:
            made = ""
            for again in range(MOST_TRIES):
                made = make(token, again)
                if len(token) < SCARCE or (made not in self._taken and not self._holds_real(made)):
                    break
            self._given[token] = made
            self._taken.add(made)
        return self._given[token]

    def _holds_real(self, made: str) -> bool:
        if made in self.seen:
            return True
        if not any(sign.isdigit() for sign in made) or len(made) > LONGEST:
            return False
        ends = range(TELLING, len(made) + 1)
        return any(made[begin:end] in self.seen for end in ends for begin in range(end - TELLING + 1))

    def _stream(self, token: str, again: int) -> list[int]:
        """Return numbers that only the key and the token tell."""
        numbers: list[int] = []
        block = 0
        while len(numbers) < len(token):
            numbers += hmac.digest(self._key, f"{again}/{block}/{token}".encode("utf-8", "replace"), "sha256")
            block += 1
        return numbers

    def _number(self, token: str, again: int) -> str:
        digits = [DIGITS[number % 10] for number in self._stream(token, again)[: len(token)]]
        if token[0] == "0":
            return "0" + "".join(digits[1:])
        return (digits[0] if digits[0] != "0" else "7") + "".join(digits[1:])

    def _word(self, token: str, again: int) -> str:
        return "".join(_letter(sign, number) for sign, number in zip(token, self._stream(token, again), strict=False))

    def _hex(self, token: str, again: int) -> str:
        numbers = self._stream(token, again)
        return "".join(
            DIGITS[number % 10] if sign.isdigit() else HEX_LETTERS[number % 6]
            for sign, number in zip(token, numbers, strict=False)
        )

    def _vin(self, token: str, again: int) -> str:
        numbers = self._stream(token, again)
        made = "".join(
            DIGITS[number % 10] if sign.isdigit() else VIN_CHARACTERS[number % len(VIN_CHARACTERS)]
            for sign, number in zip(token, numbers, strict=False)
        )
        return _checked(made) if token == _checked(token) else made


def _checked(vin: str) -> str:
    """Return a VIN with the check digit that it has to have."""
    rest = sum(VIN_VALUES[sign] * weight for sign, weight in zip(vin, VIN_WEIGHTS, strict=True)) % 11
    return vin[:CHECK_PLACE] + VIN_CHECKS[rest] + vin[CHECK_PLACE + 1 :]


def _letter(sign: str, number: int) -> str:
    if sign.isascii():
        return LETTERS[number % len(LETTERS)]
    return (WIDE if sign.upper() == sign.lower() else ACCENTED)[number % len(WIDE)]


def _in_case_of(token: str, made: str) -> str:
    made = made.ljust(len(token), LETTERS[0])[: len(token)]  # some letters' small ones are two
    if token.upper() == token:
        return made.upper()
    return "".join(new.upper() if old.isupper() else new.lower() for old, new in zip(token, made, strict=False))
