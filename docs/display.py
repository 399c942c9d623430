# ruff: noqa: INP001 - a script, in no package
"""Draw docs/display.svg, the picture of the live display in README.md, with the code that draws it in a terminal.

    python docs/display.py

The vehicles are the demo portal's; the figures are those of a moment in a run of 1,820.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from demo_portal.vehicles import make_vehicles
from jdp.items import STORED, Report
from jdp.monitoring.drawing import Picture
from jdp.monitoring.progress import Progress
from jdp.monitoring.status import DIRECT, WORKING, Status

WIDTH = 90
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # they would be asked for from another host


def picture() -> Picture:
    """Return what the display shows at one moment."""
    moment = Status(WORKING, "", done=441, total=1820, already=0, failed=0, unproven=0, way=DIRECT, at_once=8)
    progress = Progress(moment, seconds=37.0, a_minute=883.0, left=94.0)
    vehicles = make_vehicles(6, seed=1, hostile=0)
    last = [
        Report(
            reference=vehicle.reference,
            vin=vehicle.vin,
            description=f"{vehicle.title} {vehicle.trim}",
            status=STORED,
            size=46_900 + 61 * number,
            seconds=0.4 + 0.1 * (number % 3),
        )
        for number, vehicle in enumerate(vehicles)
    ]
    return Picture(progress, last)


def main() -> None:
    """Write the file."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(picture())
    drawn = console.export_svg(title="scrapy crawl inventory", unique_id="display")
    Path(__file__).with_name("display.svg").write_text(FONTS.sub("", drawn), encoding="utf-8")


if __name__ == "__main__":
    main()
