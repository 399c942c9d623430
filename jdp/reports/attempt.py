"""One try of a vehicle, and what it brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jdp.items import Vehicle
    from jdp.portal.recording import ReportRequest
    from jdp.proof.pdf import Proof


@dataclass(frozen=True)
class Answer:
    """What an address gave, whose report it is, the address, and the way it was asked: tab, direct or disk."""

    body: bytes
    proof: Proof
    ask: ReportRequest | None
    way: str = "tab"
    seconds: float = 0.0  # of work on it, waiting not counted


@dataclass
class Attempt:
    """One try of a vehicle: the seconds that are left for work, waiting not counted, and what came without a tab."""

    vehicle: Vehicle
    seconds: float
    refused: str | None = None  # why it cannot be had without a tab
    unproven: Answer | None = None  # what came without a tab and names no vehicle
    turned_away: bool = False  # the portal refused it without a tab: that tells against the recipe once a tab is not
