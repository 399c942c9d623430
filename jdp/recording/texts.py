"""What of a site's texts and names may stand in a capture: what is said to everybody; the rest is replaced."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jdp.recording.pseudonyms import VIN, Pseudonyms
from jdp.recording.spellings import LEAST, spellings
from jdp.recording.vocabulary import PARTS, is_public

if TYPE_CHECKING:
    from collections.abc import Iterable

BLACK = "***"
BETWEEN = ",.'\u2019\u00a0\u202f "  # thousands
GROUPED = rf"[0-9]{{1,3}}(?:[{BETWEEN}][0-9]{{3}})+(?![0-9])(?:[.,][0-9]{{1,2}}(?![0-9]))?"
NUMBER = rf"(?<![^\W_])(?:{GROUPED}|[0-9]+(?:[.,/:-][0-9]+)*)(?![^\W_])"
WORD = r"[^\W_]+(?:['\u2019][^\W\d_]+)*"
TOKEN = re.compile(rf"(?P<number>{NUMBER})|(?P<word>{WORD})")
MONEY = ("$", "\u20ac", "\u00a3", "\u00a5")
LONG_NUMBER = 4  # digits; shorter ones count things
NAMED_NUMBER = 5  # digits within an identifier; rows and columns have shorter ones
OPAQUE = re.compile(r"(?=(?:[A-Za-z_]*[0-9]){3})(?=[0-9_]*[A-Za-z])[0-9A-Za-z]{16,}")
CHUNK = re.compile(r"[^\W_]+")
NAME_PART = re.compile(rf"{PARTS.pattern}|[^\W\d_]+")
TWO_NAMES = re.compile(r"\b[^\W\d_a-z][^\W\d_]+(?:[ .&]+[^\W\d_a-z][^\W\d_]+)+")
QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")
LABELLED = re.compile("[:#]")
SHORTEST_NAME = 3
TOLD = ("text", "label", "hint", "json", "code")  # kinds that names stand in
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
GREETED = re.compile(r"\b(?:welcome(?: back)?|hello|hi|dear|(?:logged|signed) in as)[,:]?\s+([^\W\d_]+)", re.IGNORECASE)


class Texts:
    """Replaces what may be somebody's. `learn` comes first, with all that is to be replaced.

    `secrets` are blacked out wherever they stand, but for `own`: what jdp itself knows of the site by name.
    """

    def __init__(self, secrets: Iterable[str], own: Iterable[str], pseudonyms: Pseudonyms) -> None:
        self.pseudonyms = pseudonyms
        self.secrets = sorted({each for each in secrets if each}, key=len, reverse=True)
        self._own = frozenset(own)
        self._secret = _any_of(self.secrets, self._own)
        self._account = {part.lower() for each in self.secrets for part in _unknown(each)}
        self.names: set[str] = {*self._account}
        self.identifiers: set[str] = {*self._own}
        self._tokens: set[str] = set()
        self._written: set[str] = set()

    def learn(self, strings: Iterable[tuple[str, str]]) -> None:
        """Note whose names and values stand in the strings, each with its kind."""
        for kind, string in strings:
            if kind in ("cell", "value"):
                self.names |= {word.lower() for word in _unknown(string)}
                self.keep_out(string.strip())
            elif kind == "name":
                self.identifiers.update(string.split())
            elif kind in TOLD:
                self._learn_names(string)

    def _learn_names(self, string: str) -> None:
        """Take for names: words with capitals that stand together; who is greeted; mail addresses."""
        for found in (*MAIL.findall(string), *GREETED.findall(string)):
            self.names.update(word.lower() for word in _unknown(found))
        for pair in TWO_NAMES.findall(string):
            unknown = [word.lower() for word in _unknown(pair)]
            if len(unknown) > 1:
                self.names.update(unknown, ["".join(unknown), "".join(_words(pair)).lower()])

    def keep_out(self, value: str) -> None:
        """Note a value that may stand nowhere."""
        if len(value) >= LEAST and (_unknown(value) or re.search("[0-9]{4}", re.sub("[,.]", "", value))):
            self._written |= spellings(value)
        self._tokens |= {token for token in re.findall(r"[0-9A-Za-z]{4,}", value) if re.search("[0-9]{3}", token)}

    def _blackened(self, string: str) -> str:
        return self._secret.sub(lambda found: found[0] if found[0] in self._own else BLACK, string)

    # Texts

    def text(self, string: str, *, numbers: bool = False) -> str:
        """Keep words said to everybody, and small numbers among nothing else."""
        every = numbers or any(not is_public(word) for word in _words(string))

        def replaced(found: re.Match[str]) -> str:
            if found["number"] is not None:
                before = string[: found.start()].rstrip()
                return self._number(found[0], every=every or before.endswith(MONEY))
            return found[0] if self._is_public(found[0]) else self._token(found[0])

        return TOKEN.sub(replaced, string)

    def _is_public(self, word: str) -> bool:
        return len(word) == 1 or (is_public(word) and word not in self._tokens)

    def _token(self, word: str) -> str:
        return self.pseudonyms.of(word)

    def _number(self, number: str, *, every: bool) -> str:
        digits = re.sub("[^0-9]", "", number)
        if not every and len(digits) < LONG_NUMBER:
            return number
        if re.fullmatch(GROUPED, number):  # the same as without what stands between thousands
            cents = re.search(r"[.,][0-9]{1,2}$", number)
            whole = number[: cents.start()] if cents else number
            made = iter(self._token(re.sub("[^0-9]", "", whole)))
            number = "".join(next(made) if sign.isdecimal() else sign for sign in whole)
            return number + (cents[0] if cents else "")
        return re.sub("[0-9]+", lambda found: self._token(found[0]), number)

    def label(self, string: str) -> str:
        """Keep words that are nobody's name, known or not: a renamed label is what a capture is for."""
        return self._label(string, self.names)

    def header(self, string: str) -> str:
        """Keep a column's header: its words may stand in the cells below it, too."""
        return self._label(string, self._account)

    def _label(self, string: str, names: set[str]) -> str:

        def replaced(found: re.Match[str]) -> str:
            if found["number"] is not None:
                return self._number(found[0], every=False)
            word = found[0]
            plain = word.isalpha() or len(word) < LEAST
            mine = any(part.lower() in names for part in (word, *PARTS.findall(word)))
            return word if plain and not mine and word not in self._tokens else self._token(word)

        return TOKEN.sub(replaced, string)

    def hint(self, string: str) -> str:
        """Do the same, but for what names an element of the pages."""
        return self.name(string) if string.strip().lstrip("#.") in self.identifiers else self.text(string)

    def said(self, string: str) -> str:
        """Scrub a sentence of jdp's own, which may quote the site."""
        plain = QUOTED.sub(lambda found: self.text(found[0]), self._blackened(string))
        return self.label(plain)

    def cell(self, string: str) -> str:
        """Replace all of a row's cell, but for the labels in it."""
        return self.text(string, numbers=True) if LABELLED.search(string) else self.value(string)

    def value(self, string: str) -> str:
        """Replace every word and number."""
        return TOKEN.sub(
            lambda found: self._number(found[0], every=True) if found["number"] else self._token(found[0]), string
        )

    def pager(self, string: str) -> str:
        """Keep numbers: they say how many pages and rows there are."""
        return TOKEN.sub(
            lambda found: found[0] if found["number"] or self._is_public(found[0]) else self._token(found[0]), string
        )

    # Names and addresses

    def name(self, string: str) -> str:
        """Keep identifiers, but for what is somebody's in them."""
        return CHUNK.sub(lambda found: self._chunk(found[0]), string)

    def _chunk(self, chunk: str) -> str:
        if chunk in self._own:
            return chunk
        if chunk in self._tokens or chunk in self._written or VIN.fullmatch(chunk) or OPAQUE.fullmatch(chunk):
            return self._token(chunk)
        return NAME_PART.sub(lambda found: self._name_part(found[0]), chunk)

    def _name_part(self, part: str) -> str:
        long = part.isdigit() and (len(part) >= NAMED_NUMBER or part in self._tokens)
        return self._token(part) if long or part.lower() in self.names else part


def _words(string: str) -> list[str]:
    return [found["word"] for found in TOKEN.finditer(string) if found["word"]]


def _unknown(string: str) -> list[str]:
    """Return the words that are not said to everybody."""
    return [word for word in _words(string) if len(word) >= SHORTEST_NAME and word.isalpha() and not is_public(word)]


def _any_of(secrets: Iterable[str], own: frozenset[str]) -> re.Pattern[str]:
    """Return what matches each secret in every spelling; `own` names that hold one match first, as a whole."""
    ways = {way for each in secrets for way in spellings(each)}
    short = [rf"(?<![0-9A-Za-z]){re.escape(each)}(?![0-9A-Za-z])" for each in secrets if len(each) < LEAST]
    kept = sorted((name for name in own if any(way.lower() in name.lower() for way in ways)), key=len, reverse=True)
    found = [*map(re.escape, kept), *map(re.escape, sorted(ways, key=len, reverse=True)), *short]
    return re.compile("|".join(found) or "(?!)", re.IGNORECASE)
