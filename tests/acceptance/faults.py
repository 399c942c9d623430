"""Run the crawl against a portal that misbehaves, and against an inventory that moves; print a line for each.

python tests/acceptance/faults.py [faults] [no-label] [inventory]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.helpers.crawls import Crawl, Portal, crawl, running_portal
from tests.helpers.watch import Watch

VEHICLES = 200
FAULTS = ("error500", "busy429", "no-answer", "slow", "cut", "wrong", "html", "empty", "drop", "lost-session")


def watched(portal: Portal, *arguments: str, **environment: object) -> tuple[Crawl, Watch]:
    """Crawl with an eye on the final names."""
    folder = Path(tempfile.mkdtemp(prefix="jdp-"))
    with Watch(folder, set(portal.sha256.values())) as watch:
        result = crawl(portal, folder, *arguments, **environment)
    return result, watch


def say(name: str, good: bool, result: Crawl, text: str) -> bool:
    """Print one line, and the end of the log when it is not as it must be."""
    print(
        f"{name:<12} {'ok' if good else 'NOT AS IT MUST BE'}  exit {result.exit_status}  {text}  {result.seconds:.1f} s"
    )
    if not good:
        print(f"    {result.folder}\n{result.output[-4000:]}")
    return good


def faults() -> bool:
    """Each fault strikes 5% of the vehicles on their first try."""
    options = [f"--fault={name}=0.05" for name in FAULTS]
    with running_portal("--vehicles", VEHICLES, *options) as portal:
        result, watch = watched(portal, "-s", "CONCURRENT_REQUESTS=8", REPORT_TIMEOUT=10)
        counters = portal.counters
        good = result.exit_status == 0 and result.matches(portal.sha256) and not watch.wrong
        text = (
            f"right {len(result.digests)}/{VEHICLES}  wrong at any moment {len(watch.wrong)}  "
            f"struck {counters['faults_struck']}  logins {counters['logins']}  logouts {counters['logouts']}"
        )
    return say("faults", good and counters["logouts"] == 1, result, text)


def no_label() -> bool:
    """Every tenth report carries no known label: kept apart, asked for once, said once, exit 1."""
    with running_portal("--vehicles", 60, "--fault=no-label=0.1") as portal:
        result, watch = watched(portal, "-s", "CONCURRENT_REQUESTS=8")
        struck = portal.counters["faults_struck"]["no-label"]
        once = all(made == 1 for made in portal.counters["reports_made"].values())
        kept = len(list(result.run.glob("run_data/unproven/*.pdf")))
        good = result.exit_status == 1 and once and not watch.wrong and kept == struck
        good = good and len(result.digests) == 60 - struck
    return say(
        "no-label", good, result, f"kept apart {kept} of {struck}  stored {len(result.digests)}  made once {once}"
    )


def inventory() -> bool:
    """Check a saved filter, rows twice, rows that move, references out to do harm."""
    options = ("--saved-filter", "1655", "--duplicates", 3, "--moving", 4, "--hostile", 6)
    with running_portal("--vehicles", 100, *options) as portal:
        result, watch = watched(portal, "-s", "CONCURRENT_REQUESTS=8")
        outside = [path for path in result.folder.rglob("*.pdf") if path.parent != result.run / "pdfs"]
        good = result.exit_status == 0 and result.matches(portal.sha256) and not watch.wrong and not outside
        once = all(made == 1 for made in portal.counters["reports_made"].values())
    names = sorted(name for name in result.digests if not name.isalnum())
    return say("inventory", good and once, result, f"stored {len(result.digests)}  made once {once}  names {names}")


def main() -> int:
    """Run what the arguments name, else everything; return 1 when something is not as it must be."""
    all_of_them = {"faults": faults, "no-label": no_label, "inventory": inventory}
    results = [all_of_them[name]() for name in sys.argv[1:] or all_of_them]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
