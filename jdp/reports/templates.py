"""Text with places to fill in, and where in other texts the values for them stand. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from jdp.portal.recording import LEAST_MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jdp.items import Vehicle

LEAST_KEY = 16  # characters of what may be somebody's key
CONTEXT = 80  # characters before a value that tell where it stands
MOST_PLACES = 8  # in a text where a value is looked for
LONGEST_VALUE = 4096
# What browsers and servers do not cut: numbers, words, GUIDs, base64url, percent-encoded text.
WORD = re.compile(r"[0-9A-Za-z]+")
TOKEN = re.compile(r"([0-9A-Za-z%+~_*-]+)")
# What may be written into a request without changing its shape: a token, or some of a token in several parts.
PLAIN = re.compile(r"[0-9A-Za-z%+~_*-]+(?:\.[0-9A-Za-z%+~_*-]+)*")

ENCODINGS: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "": (str, str),
    "quoted": (lambda value: quote(value, safe=""), unquote),
    "plus": (quote_plus, unquote_plus),
}


class UnfilledError(ValueError):
    """Raised when a template lacks a value, or one would change the request's shape, from `Template.fill`."""

    def __init__(self, source: str) -> None:
        super().__init__(f"{source} has no value that can stand in a request")
        self.source = source


@dataclass(frozen=True)
class Slot:
    """A place to fill in: where its value comes from (`row:vin`, `cookie:name`, `page:0`, `call`), and how it looks."""

    source: str
    encoding: str = ""

    def write(self, values: Mapping[str, str]) -> str:
        """Return the value as it stands in the request; raises UnfilledError."""
        value = values.get(self.source, "")
        written = ENCODINGS[self.encoding][0](value)
        as_it_is = self.source.startswith("row:") and not self.encoding
        if not PLAIN.fullmatch(written) or (as_it_is and re.search("[%+]", written)):
            raise UnfilledError(self.source)
        return written


@dataclass(frozen=True)
class Template:
    """Text with slots."""

    parts: tuple[str | Slot, ...]

    @classmethod
    def of(cls, pieces: Sequence[str | Slot]) -> Template:
        """Return the template of some pieces, with all text between two slots in one part."""
        parts: list[str | Slot] = []
        for piece in pieces:
            if parts and isinstance(piece, str) and isinstance(parts[-1], str):
                parts[-1] += piece
            else:
                parts.append(piece)
        return cls(tuple(parts))

    @property
    def sources(self) -> set[str]:
        """Where the values of its slots come from."""
        return {part.source for part in self.parts if isinstance(part, Slot)}

    def written(self, source: str, encoding: str) -> Template:
        """Return the template with the slots of one source written in another way."""
        slot = Slot(source, encoding)
        parts = (slot if isinstance(part, Slot) and part.source == source else part for part in self.parts)
        return Template(tuple(parts))

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with every slot filled; raises UnfilledError."""
        return "".join(part if isinstance(part, str) else part.write(values) for part in self.parts)

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else f"{{{part.source}}}" for part in self.parts)


@dataclass(frozen=True)
class Anchor:
    """Where in a page or an answer a value stands: between `before` ("": its beginning) and `after` ("": its end)."""

    before: str
    after: str

    def find(self, text: str) -> str | None:
        """Return the value, None where nothing stands so."""
        place = text.find(self.before)
        for _ in range(MOST_PLACES):
            start = place + len(self.before)
            end = text.find(self.after, start + 1, start + 1 + LONGEST_VALUE) if self.after else len(text)
            if place < 0 or 0 < end - start <= LONGEST_VALUE:
                break
            place = text.find(self.before, place + 1) if self.before else -1
        return text[start:end] if place >= 0 and 0 < end - start <= LONGEST_VALUE else None


def row_values(vehicle: Vehicle) -> dict[str, str]:
    """Return all that the inventory's row says of a vehicle, each part of its id and link by itself, too."""
    values = {"row:id": vehicle.row_id, "row:reference": vehicle.shown, "row:vin": vehicle.vin}
    words = re.compile(r"[0-9A-Za-z-]+")
    for name, text, cut in (("id", vehicle.row_id, WORD), ("href", vehicle.href, words), ("link", vehicle.href, TOKEN)):
        known = set(values.values())
        values |= {f"row:{name}.{number}": one for number, one in enumerate(cut.findall(text)) if one not in known}
    return {name: value for name, value in values.items() if len(value) >= LEAST_MARK}


def may_be_key(token: str) -> bool:
    """Tell whether a part of a request looks like somebody's key, which is for no log and no disk."""
    return len(token) >= LEAST_KEY and re.search(r"\d", token) is not None


def anchor_of(values: Sequence[str], texts: Sequence[str]) -> Anchor | None:
    """Return the anchor that finds each value in its text; None when there is none.

    It holds as little as tells the place, and at least a name: what else stands before may be another vehicle's.
    """
    first, text = values[0], texts[0]
    for start in _places(first, text):
        before, after = text[max(0, start - CONTEXT) : start], text[start + len(first) :][:1]
        for value, other in zip(values[1:], texts[1:], strict=True):
            before = max((_common_end(before, other[:place]) for place in _places(value, other)), key=len, default="")
        for ending in _endings(before, whole=len(before) == start):
            anchor = Anchor(ending, after)
            if all(anchor.find(other) == value for value, other in zip(values, texts, strict=True)):
                return anchor
    return None


def _endings(before: str, *, whole: bool) -> list[str]:
    """Return the ends of a text that begin with a whole piece, shortest first; a first token may be cut."""
    pieces = TOKEN.split(before)
    ends = ["".join(pieces[number:]) for number in range(len(pieces) - 1, -1, -1)]
    named = ends[1:] if len(pieces) > 1 else ends
    return named if whole or pieces[0] else named[:-2]


def _places(value: str, text: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(value), text)][:MOST_PLACES]


def _common_end(one: str, other: str) -> str:
    length = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        length += 1
    return one[len(one) - length :]
