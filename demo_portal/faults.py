"""Faults: which vehicle is struck by what, settled by the seed before the first request."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from demo_portal.counters import Counters
from demo_portal.dice import dice_for
from demo_portal.options import Options
from demo_portal.poison import POISONS
from demo_portal.vehicles import Vehicle

# What demo_portal/hostility.py answers a report's request with.
HARMS = (
    "flood",
    "flood-told",
    "gzip-bomb",
    "packed-twice",
    "huge-head",
    "redirect-endless",
    "redirect-elsewhere",
    "redirect-slashes",
    *POISONS,
)

# Where in a vehicle's way a fault strikes; a trait is no event but stays with the vehicle.
STAGES = {
    "vehicle500": "page",
    "vehicle-never-ready": "values",
    "error500": "report",
    "busy429": "report",
    "no-answer": "report",
    "slow": "report",
    "cut": "report",
    "wrong": "report",
    "html": "report",
    "empty": "report",
    "lost-session": "report",
    "drop": "report",
    "direct-wrong": "direct",
    "no-label": "trait",
    "gone": "trait",
    "report-elsewhere": "trait",
    "bookout-file": "trait",
    **dict.fromkeys(HARMS, "report"),
}


class Faults:
    """The plan of faults and the tries seen so far."""

    def __init__(self, options: Options, vehicles: Sequence[Vehicle], counters: Counters) -> None:
        self.sticky = options.sticky
        self.counters = counters
        self.tries: Counter[tuple[str, str]] = Counter()
        self.plan: defaultdict[str, list[str]] = defaultdict(list)
        self.order = [vehicle.reference for vehicle in vehicles]
        dice_for("faults", options.seed).shuffle(self.order)
        self.taken = 0
        self.staying: set[tuple[str, str]] = set()
        for text in options.fault:
            self._add(text)
        for text in options.sticky_fault:
            self.staying |= {(reference, name) for name, reference in self._add(text)}

    def has(self, name: str, vehicle: Vehicle) -> bool:
        """Tell whether the vehicle has this trait."""
        return name in self.plan.get(vehicle.reference, ())

    def meet(self, name: str, vehicle: Vehicle) -> bool:
        """Tell whether the vehicle has this trait, and count it as shown."""
        self.counters.faults_struck.update([name] if self.has(name, vehicle) else [])
        return self.has(name, vehicle)

    def strike(self, stage: str, vehicle: Vehicle) -> str | None:
        """Return the fault that this try meets: each planned one once, or again and again if sticky."""
        names = [name for name in self.plan.get(vehicle.reference, ()) if STAGES[name] == stage]
        if not names:
            return None
        number = self.tries[stage, vehicle.reference]
        self.tries[stage, vehicle.reference] += 1
        if number >= len(names) and not self.sticky:
            names = [name for name in names if (vehicle.reference, name) in self.staying]
        if not names:
            return None
        name = names[number % len(names)]
        self.counters.faults_struck[name] += 1
        return name

    def _add(self, text: str) -> list[tuple[str, str]]:
        """Plan a fault; return it with the reference of each vehicle that it strikes."""
        name, mark, value = _split(text)
        references = value.split(",") if mark == "@" else self._share(float(value))
        for reference in references:
            self.plan[reference].append(name)
        return [(name, reference) for reference in references]

    def _share(self, rate: float) -> list[str]:
        """Take the next vehicles in the seed's order, so that faults fall on different ones while any are left."""
        count = min(len(self.order), max(1, round(rate * len(self.order)))) if rate > 0 else 0
        places = [(self.taken + step) % len(self.order) for step in range(count)]
        self.taken += count
        return [self.order[place] for place in places]


def _split(text: str) -> tuple[str, str, str]:
    mark = min((mark for mark in "=@" if mark in text), key=text.index, default="")
    name, _, value = text.partition(mark) if mark else (text, "", "")
    if name not in STAGES or not value:
        raise SystemExit(f"--fault {text}: want NAME=RATE or NAME@REF,REF with a NAME of {', '.join(STAGES)}")
    return name, mark, value
