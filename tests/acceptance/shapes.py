"""Crawl 45 vehicles of every shape of the grid, alone and some at once; print a line for each.

python tests/acceptance/shapes.py [--mixes N] [--seed N] [--bookout script] [SHAPE ...]

Right is what brings all reports with exit status 0, or says in a sentence, with status 1 or 2, which shape it cannot
read; within 90 s either way.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from demo_portal.shape_names import CLIENTS, FILTERS, GROUPS, OTHERS, PAGING, SHAPES
from tests.helpers.crawls import crawl, running_portal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.helpers.crawls import Crawl

VEHICLES = 45
SECONDS = 90
MIXED = 3
# What a sentence says that names a shape which is not read.
NAMED = {
    "endless": "endless paging",
    "endless-told": "endless paging",
    "swallow": "no EndCallback came",
    "dropped": "does not turn to page 2",
    "alert": "the page says 'Server error 4711",
    "filter-stays": "_DXFREditorcol.* still shows a filter",
    "collapsed-stays": "groups .* are closed",
}


def mixes(count: int, seed: int) -> list[tuple[str, ...]]:
    """Return some shapes at once, by chance: of those that exclude each other one at most."""
    dice, found = random.Random(seed), []  # noqa: S311 - no secret
    while len(found) < count:
        groups = dice.sample([PAGING, FILTERS, GROUPS, CLIENTS, OTHERS, OTHERS, OTHERS], MIXED)
        mix = tuple(sorted({dice.choice(sorted(group)) for group in groups}))
        if len(mix) == MIXED and mix not in found:
            found.append(mix)
    return found


def verdict(shapes: Sequence[str], result: Crawl, right: int) -> str:
    """Say what a crawl has come to; "WRONG" begins what must not be."""
    if result.seconds > SECONDS:
        return f"WRONG: took longer than {SECONDS} s"
    if result.exit_status == 0:
        return "read" if right == VEHICLES else "WRONG: exit status 0, and not all are right"
    named = [shape for shape in shapes if re.search(NAMED.get(shape, "(?!)"), result.output)]
    if result.exit_status in (1, 2) and named:
        return f"refused, named: {', '.join(named)}"
    return "WRONG: nothing names the shape"


def check(shapes: tuple[str, ...], bookout: str) -> bool:
    """Crawl once and print what came of it; True when it is as it must be."""
    folder = Path(tempfile.mkdtemp(prefix="jdp-"))
    options = [part for shape in shapes for part in ("--grid-shape", shape)]
    with running_portal("--vehicles", VEHICLES, "--bookout", bookout, *options) as portal:
        result = crawl(portal, folder)
        digests = portal.sha256
    stored = result.digests if result.runs else {}
    right = sum(digests.get(reference) == digest for reference, digest in stored.items())
    told = verdict(shapes, result, right)
    good = not told.startswith("WRONG") and right == len(stored)
    print(
        f"{' + '.join(shapes):<44} stored {len(stored):>2}, right {right:>2}/{VEHICLES}  exit {result.exit_status}  "
        f"{result.seconds:>5.1f} s  {told}",
        flush=True,
    )
    if good:
        shutil.rmtree(folder)
    else:
        print(f"    {folder}\n{result.output[-3000:]}", flush=True)
    return good


def main() -> int:
    """Run what the arguments name, else each shape alone and the mixes; return 1 when one is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mixes", type=int, default=10, help="how many times three shapes at once")
    parser.add_argument("--seed", type=int, default=1, help="what the mixes come from")
    parser.add_argument("--bookout", choices=("href", "script"), default="href", help="what opens a vehicle")
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help="shapes to run at once, with + between them")
    given = parser.parse_args()
    wanted = [tuple(shapes.split("+")) for shapes in given.shapes]
    wanted = wanted or [*((shape,) for shape in SHAPES), *mixes(given.mixes, given.seed)]
    results = [check(shapes, given.bookout) for shapes in wanted]
    print(f"{sum(results)} of {len(results)} as they must be")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
