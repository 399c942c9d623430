"""A capture as it lies in its folder, and what each of its vehicles would have been asked for by."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[0-9A-Za-z_-]{12,}")
Marks = dict[str, str]


class Capture:
    """A capture, and what each of its vehicles would have been asked for by."""

    def __init__(self, folder: Path) -> None:
        self.told: dict[str, Any] = json.loads((folder / "capture.json").read_text("utf-8"))
        self.addresses = {page["name"]: page["address"] for page in self.told["pages"]}
        self.html = {page["name"]: (folder / page["file"]).read_text("utf-8") for page in self.told["pages"]}
        self.base: str = self.told["portal"]
        self.vehicles: list[dict[str, Any]] = self.told["vehicles"]
        self.report: dict[str, Any] | None = self.told["report"]
        shown = (self.report or {}).get("vehicle")
        self.shown = next((each for each in self.vehicles if each["reference"] == shown), (self.vehicles or [{}])[0])
        self.tokens = self._tokens()

    def marks(self, vehicle: dict[str, Any]) -> Marks:
        """Return what stands for this vehicle where the captured pages have the captured one."""
        if vehicle is self.shown:
            return {}
        pairs = [(self.shown[name], vehicle[name]) for name in ("reference", "vin", "row_id")]
        pairs += zip(_parts(self.shown["address"]), _parts(vehicle["address"]), strict=False)
        pairs += [(token, _token(token, vehicle["row_id"])) for token in self.tokens]
        return {mine: other for mine, other in pairs if mine and other and mine != other}

    def _tokens(self) -> list[str]:
        """Return the parts of the report's address that are the vehicle's for a while."""
        request = (self.report or {}).get("request") or {"address": "", "body": ""}
        values = dict(parse_qsl(f"{urlsplit(request['address']).query}&{request['body']}")).values()
        own = {str(value) for value in self.shown.values()} | set(_parts(self.shown.get("address", "")))
        return [value for value in values if TOKEN.fullmatch(value) and value not in own]


def _parts(address: str) -> list[str]:
    split = urlsplit(address)
    return [*split.path.split("/"), *(value for _, value in parse_qsl(split.query))]


def _token(token: str, row_id: str) -> str:
    """Return another token of the same length for another vehicle."""
    digest = hashlib.sha256(f"{token} {row_id}".encode()).hexdigest()
    return (digest * (len(token) // len(digest) + 1))[: len(token)]


def replaced(text: str, marks: Marks) -> str:
    """Put one vehicle's marks in the place of another's, where they stand as whole words."""
    if not marks:
        return text
    known = "|".join(map(re.escape, sorted(marks, key=len, reverse=True)))
    return re.sub(rf"(?<![0-9A-Za-z])(?:{known})(?![0-9A-Za-z])", lambda found: marks[found[0]], text)
