"""From what tabs asked for to a recipe that needs none: it reproduces several observations exactly. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice, product
from typing import TYPE_CHECKING

from jdp.reports.recipe import CALL, COOKIE, PAGE, ROW, Recipe
from jdp.reports.templates import ENCODINGS, LEAST_KEY, TOKEN, Anchor, Slot, Template, anchor_of, row_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jdp.items import Vehicle
    from jdp.portal.recording import Exchange, ReportRequest

LEAST_COOKIE = 8
MOST_PAIRS = 100  # of calls that are held against each other, the latest first
# ASP.NET's __RequestVerificationToken and its relatives: never the same from one session to the next.
FORGERY = re.compile(r"verif|forgery|csrf|xsrf", re.IGNORECASE)


@dataclass(frozen=True)
class Observation:
    """What a tab asked for on behalf of a vehicle, when the report that came was proven to be this vehicle's."""

    vehicle: Vehicle
    ask: ReportRequest
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def known(self) -> dict[str, str]:
        """Values that a request may hold and that can be had anew: the row's, and the session's cookies."""
        cookies = {f"{COOKIE}{name}": value for name, value in self.cookies.items() if len(value) >= LEAST_COOKIE}
        return row_values(self.vehicle) | cookies

    @property
    def page(self) -> Exchange | None:
        """The vehicle's page, as the last document that the tab loaded."""
        return next((call for call in reversed(self.ask.calls) if call.page), None)


def learn(observations: Sequence[Observation]) -> Recipe | None:
    """Return a recipe that reproduces the newest observation and another vehicle's exactly; None when there is none."""
    *others, newest = observations
    for other in reversed(others):
        if other.vehicle.reference != newest.vehicle.reference:
            recipe = _Lesson(other, newest).recipe()
            if recipe is not None:
                return recipe
    return None


class NotTheSameError(Exception):
    """Raised when requests differ by more than values that are known, from _Lesson."""


class _Lesson:
    """One comparison of two observations."""

    def __init__(self, *observations: Observation) -> None:
        self.observations = observations
        self.known = [observation.known for observation in observations]
        pages = [observation.page for observation in observations]
        self.pages = [page for page in pages if page is not None]
        self.keys: list[Anchor] = []
        vehicle = observations[0].vehicle
        self._rows_own = {vehicle.row_id, vehicle.shown, vehicle.vin} - {""}

    def recipe(self) -> Recipe | None:
        try:
            report, varying = self.template([observation.ask.sent.text for observation in self.observations])
            call, found, encoding = self.call(varying) if varying else (None, None, "")
            report = report.written(CALL, encoding)
            page = self.plain([page.sent.text for page in self.pages]) if self.keys else None
        except NotTheSameError:
            return None
        recipe = Recipe(report, self.referer(), call, found, page, tuple(self.keys))
        return recipe if recipe.row_sources else None

    def referer(self) -> Template | None:
        try:
            return self.plain([observation.ask.referer for observation in self.observations])
        except NotTheSameError:
            return None

    def plain(self, texts: Sequence[str]) -> Template:
        """Return a template that needs no value from a call."""
        template, varying = self.template(texts)
        if varying:
            raise NotTheSameError
        return template

    def template(self, texts: Sequence[str]) -> tuple[Template, tuple[str, ...]]:
        """Return the template of some texts, and the values of its slot `call`; () when it has none."""
        parts: list[str | Slot] = []
        varying: list[tuple[str, ...]] = []
        columns = _columns(texts)
        while columns:
            between, *rest = columns
            parts.append(between[0])
            if not rest:
                break
            named = str(self._name_before(parts))
            values, columns = _joined(rest) if FORGERY.search(named) else (rest[0], rest[1:])
            slot = self.slot(named, values)
            if slot is not None or len(set(values)) == 1:
                parts.append(slot or values[0])
            elif parts[-2:] == [Slot(CALL), "."]:  # of a token in several parts
                parts.pop()
                varying[-1] = tuple(".".join(pair) for pair in zip(varying[-1], values, strict=True))
            else:
                parts.append(Slot(CALL))
                varying.append(values)
        if len(set(varying)) > 1:
            raise NotTheSameError
        return Template.of(parts), varying[0] if varying else ()

    def _name_before(self, parts: list[str | Slot]) -> str | Slot:
        """Return the field that the next value stands in, as far as one is named right before it."""
        between = parts[-1]
        return parts[-2] if len(parts) > 1 and isinstance(between, str) and set("=:") & set(between) else ""

    def slot(self, named: str, values: tuple[str, ...]) -> Slot | None:
        """Return where these values come from; None when that is not known. `named` is the field they stand in."""
        for source, first in self.known[0].items():
            for encoding, (encode, _) in ENCODINGS.items():
                if encode(first) == values[0] and self._fits(source, encoding, values):
                    return Slot(source, encoding)
        if values[0] in self._rows_own:  # which is the same for both, so it would be wrong for a third
            raise NotTheSameError
        forgery = bool(FORGERY.search(named)) and min(map(len, values)) >= LEAST_COOKIE
        if forgery or (named and len(set(values)) == 1 and len(values[0]) >= LEAST_KEY):
            return self.key(values, required=forgery)
        return None

    def _fits(self, source: str, encoding: str, values: tuple[str, ...]) -> bool:
        if source.startswith(ROW) and len(set(values)) < len(values):
            return False  # it is the same for all of them, so it names none
        encode = ENCODINGS[encoding][0]
        return all(encode(known.get(source, "")) == value for known, value in zip(self.known, values, strict=True))

    def key(self, values: tuple[str, ...], *, required: bool) -> Slot | None:
        """Return the slot of what every page holds for its forms."""
        for encoding, decoded in _decoded(values):
            pages = [page.answer for page in self.pages]
            anchor = anchor_of(decoded, pages) if len(pages) == len(values) else None
            if anchor is not None:
                if anchor not in self.keys:
                    self.keys.append(anchor)
                return Slot(f"{PAGE}{self.keys.index(anchor)}", encoding)
        if required:
            raise NotTheSameError
        return None

    def call(self, values: tuple[str, ...]) -> tuple[Template, Anchor, str]:
        """Return the call whose answer holds the values, where they stand in it, and how the report writes them."""
        first, second = self.observations
        pairs = product(reversed(first.ask.calls), reversed(second.ask.calls))
        for call, other in islice(pairs, MOST_PAIRS):
            for encoding, decoded in _decoded(values):
                anchor = anchor_of(decoded, [call.answer, other.answer])
                if anchor is None:
                    continue
                try:
                    return self.plain([call.sent.text, other.sent.text]), anchor, encoding
                except NotTheSameError:
                    continue
        raise NotTheSameError


def _columns(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Cut texts into what stands between tokens (even places) and tokens (odd ones); raises NotTheSameError."""
    cut = [TOKEN.split(text) for text in texts]
    if not cut or len({len(pieces) for pieces in cut}) > 1:
        raise NotTheSameError
    columns = list(zip(*cut, strict=True))
    if any(len(set(column)) > 1 for column in columns[::2]):
        raise NotTheSameError
    return columns


def _decoded(values: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what values in a request may be outside of one, each with the encoding that makes them again."""
    seen: set[tuple[str, ...]] = set()
    for encoding, (encode, decode) in ENCODINGS.items():
        decoded = tuple(map(decode, values))
        if tuple(map(encode, decoded)) == values and decoded not in seen:
            seen.add(decoded)
            yield encoding, decoded


def _joined(columns: list[tuple[str, ...]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return a value that has dots in it in one piece, and the columns behind it."""
    values, *rest = columns
    while len(rest) > 1 and rest[0][0] == ".":
        values = tuple(".".join(pair) for pair in zip(values, rest[1], strict=True))
        rest = rest[2:]
    return values, rest
