"""The records that travel through the crawl."""

from __future__ import annotations

from dataclasses import dataclass, field

STORED = "stored"
UNPROVEN = "unproven"
FAILED = "failed"
GONE = "gone"


@dataclass(frozen=True)
class Vehicle:
    """One row of the inventory.

    `reference` is its name, which no other has; `number` is the reference number that the site shows, "" when it is
    the name (jdp/runs/vehicle_names.py). `row_id` is what follows `bookOutButton_` in the row's link, `href` the
    link's real address or "", `page` the zero-based grid page that the row was read on.
    """

    reference: str
    row_id: str = ""
    vin: str = ""
    description: str = ""
    href: str = ""
    page: int = 0
    number: str = ""

    @property
    def shown(self) -> str:
        """The reference number, as the site shows it."""
        return self.number or self.reference


@dataclass
class Report:
    """What became of one vehicle in this run: the item that pipelines and feeds see.

    `seconds` is the time of work on the last try, waiting for its turn not counted, `tries` counts all of them, `size`
    is in bytes; `way` is "tab", "direct" or, for a file that was there already, "disk"; `evidence` is the folder,
    relative to the run's, that shows why it failed, or ""; `by_vin` tells that a VIN proves it; `body` is emptied
    once it is stored.
    """

    reference: str
    vin: str
    description: str
    status: str
    reason: str = ""
    file: str = ""
    sha256: str = ""
    size: int = 0
    seconds: float = 0.0
    tries: int = 0
    way: str = ""
    evidence: str = ""
    by_vin: bool = False
    body: bytes = field(default=b"", repr=False)
