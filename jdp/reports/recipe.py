"""How to ask for a report without a tab: what is sent, and where its values come from. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from jdp.reports.templates import ENCODINGS, TOKEN, Anchor, Slot, Template, may_be_key

VERSION = 1  # of the file; another one is learned anew
ROW, COOKIE, PAGE, CALL = "row:", "cookie:", "page:", "call"  # sources of slots


@dataclass(frozen=True)
class Recipe:
    """How a report is asked for without a tab.

    `call` is sent first where a part of `report` comes from its answer (`found` tells where it stands there), `page`
    is read once in a session for what its forms hold (`keys` tell where).
    """

    report: Template
    referer: Template | None = None
    call: Template | None = None
    found: Anchor | None = None
    page: Template | None = None
    keys: tuple[Anchor, ...] = ()

    def __str__(self) -> str:
        text = f"{self.report} with a value from {self.call}" if self.call else str(self.report)
        return TOKEN.sub(lambda token: "..." if may_be_key(token[0]) else token[0], " ".join(text.split()))

    @property
    def tells_a_key(self) -> bool:
        """Whether something in it may be a key that no page or answer was seen to give: not for the disk."""
        templates = (self.report, self.referer, self.call, self.page)
        texts = [part for template in templates if template for part in template.parts if isinstance(part, str)]
        texts += [key.before for key in (*self.keys, *((self.found,) if self.found else ()))]
        return any(may_be_key(token) for text in texts for token in TOKEN.findall(text))

    @property
    def row_sources(self) -> set[str]:
        """What of a vehicle's row has a part in it. Nothing: it would ask for anybody's report."""
        sources = self.report.sources | (self.call.sources if self.call else set())
        return {source for source in sources if source.startswith(ROW)}

    def to_json(self) -> str:
        return json.dumps({"version": VERSION, **asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Return the recipe that `to_json` wrote; raises ValueError for anything else."""
        try:
            values = json.loads(text)
            if values["version"] != VERSION:
                raise ValueError("a learned recipe of another version")
            templates = {name: _template_from(values[name]) for name in ("report", "referer", "call", "page")}
            found = _anchor_from(values["found"]) if values["found"] is not None else None
            recipe = cls(**templates, found=found, keys=tuple(_anchor_from(key) for key in values["keys"]))
            recipe.check()
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"no learned recipe: {error!r}") from None
        return recipe

    def check(self) -> None:
        """Raise ValueError for a recipe that could not be used, or that names no vehicle."""
        pages = {f"{PAGE}{number}" for number in range(len(self.keys))} if self.page else set()
        calls = {CALL} if self.call and self.found else set()
        for template, given in (
            (self.report, pages | calls),
            (self.call, pages),
            (self.page, set()),
            (self.referer, set()),
        ):
            sources = template.sources if template else set()
            if any(not source.startswith((ROW, COOKIE)) and source not in given for source in sources):
                raise ValueError("the learned recipe has a value from nowhere")
        requests = [template.parts[:1] for template in (self.report, self.call, self.page) if template is not None]
        if not all(first and re.match(r"(GET|POST) https?://", str(first[0])) for first in requests):
            raise ValueError("the learned recipe has no address")
        if not self.row_sources or not self.report.sources:
            raise ValueError("the learned recipe names no vehicle")


def _template_from(value: dict[str, Any] | None) -> Any:
    if value is None:
        return None
    return Template(tuple(part if isinstance(part, str) else _slot_from(**part) for part in value["parts"]))


def _slot_from(source: str, encoding: str) -> Slot:
    if not isinstance(source, str) or not isinstance(encoding, str) or encoding not in ENCODINGS:
        raise TypeError("no slot")
    return Slot(source, encoding)


def _anchor_from(value: dict[str, str]) -> Anchor:
    anchor = Anchor(**value)
    if not isinstance(anchor.before, str) or not isinstance(anchor.after, str):
        raise TypeError("no anchor")
    return anchor
