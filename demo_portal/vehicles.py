"""The vehicles of the demo portal: made up from a seed, never from real data."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from demo_portal.dice import dice_for, throw

# World manufacturer identifier, model, trims, price when new.
MODELS = (
    ("Honda", "1HG", "Accord", ("LX 4D Sedan", "EX-L 4D Sedan 1.5T", "Sport 4D Sedan, 2.0T"), 29500),
    ("Honda", "5FN", "Pilot", ("EX-L 4D SUV AWD", "Touring 4D SUV, 7-Seat"), 41800),
    ("Toyota", "4T1", "Camry", ("LE 4D Sedan", "XSE 4D Sedan V6"), 30400),
    ("Toyota", "5TD", "Highlander", ("XLE 4D SUV AWD", "Limited 4D SUV"), 43900),
    ("Ford", "1FT", "F-150", ("XLT SuperCrew 5'6\" Box", "Lariat SuperCrew, 4x4", "XL Regular Cab"), 47200),
    ("Ford", "1FM", "Explorer", ("XLT 4D SUV 4WD", "ST 4D SUV"), 44100),
    ("Chevrolet", "1GC", "Silverado 1500", ("LT Crew Cab 4WD", "RST Double Cab"), 46300),
    ("Chevrolet", "1G1", "Malibu", ("LS 4D Sedan", "LT 4D Sedan"), 26100),
    ("Nissan", "1N4", "Altima", ("2.5 S 4D Sedan", "2.5 SV 4D Sedan AWD"), 27400),
    ("Nissan", "5N1", "Rogue", ("SV 4D SUV AWD", "Platinum 4D SUV"), 33200),
    ("Jeep", "1C4", "Grand Cherokee", ("Laredo E 4D SUV", "Limited 4D SUV 4x4"), 45600),
    ("Hyundai", "KM8", "Tucson", ("SEL 4D SUV", "Limited 4D SUV AWD"), 32800),
    ("BMW", "WBA", "330i", ("xDrive 4D Sedan", "4D Sedan & M Sport Package"), 47900),
    ("Mercedes-Benz", "W1K", "C 300", ("4MATIC 4D Sedan", "4D Sedan"), 49300),
)
COLOURS = ("Black", "Silver", "White", "Blue", "Red", "Gray", "Green", "Bronze")
LOTS = ("Front Line", "North Lot", "Service", "Overflow")
HOSTILE = (
    "../../etc/passwd",
    "CON",
    "a/b",
    "TRAIL ",
    "hostile1a",
    "hostile1A",
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1",
    "L" * 195 + "-LONG",
    "r\u00e9f-1",
    "..",
    "\x1b]0;owned\x07\x1b[2J",
    "\u202e035561",
)
HOSTILE_TRIM = '<b onclick="alert(1)">"Sport", 4x4 & \'more\'</b> \x1b[31m\u202egnp.exe'

# One vehicle in so many has a letter to its reference, beginning with this one.
LETTER_EVERY, LETTER_FIRST = 24, 9

VIN_CHARACTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
# Letters and digits by what they count for in the check digit: first those that count 0, then 1 and so on.
VIN_GROUPS = ("0", "AJ1", "BKS2", "CLT3", "DMU4", "ENV5", "FW6", "GPX7", "HY8", "RZ9")
VIN_VALUES = {character: value for value, group in enumerate(VIN_GROUPS) for character in group}
VIN_CHECKS = "0123456789X"
MONTHS = "DJFMAMJJASON"
MODEL_YEARS = {2017: "H", 2018: "J", 2019: "K", 2020: "L", 2021: "M", 2022: "N", 2023: "P", 2024: "R", 2025: "S"}


@dataclass(frozen=True, slots=True, eq=False)
class Vehicle:
    """One vehicle of the inventory."""

    index: int
    reference: str
    row_id: str
    vin: str
    year: int
    make: str
    model: str
    trim: str
    colour: str
    lot: str
    mileage: int
    value: int
    days: int

    @property
    def title(self) -> str:
        """Year, make and model in one line."""
        return f"{self.year} {self.make} {self.model}"


def make_vehicles(count: int, seed: int, hostile: int, twins: int = 0) -> list[Vehicle]:
    """Make that many vehicles, in the order of their references; some of them hostile, some with another's number."""
    dice = dice_for("vehicles", seed)
    vehicles = [_vehicle(index, reference, dice) for index, reference in enumerate(_references(count, dice))]
    places = sorted(dice.sample(range(count), min(hostile, count)))
    for number, place in enumerate(places):
        again = "" if number < len(HOSTILE) else f"-{number}"
        reference = HOSTILE[number % len(HOSTILE)] + again
        vehicles[place] = replace(vehicles[place], reference=reference, trim=HOSTILE_TRIM)
    for number in range(min(twins, count // 2)):
        # The first vehicles' numbers stand once more, on the last ones: mostly on another page of the grid.
        vehicles[count - 1 - number] = replace(vehicles[count - 1 - number], reference=vehicles[number].reference)
    return vehicles


def extra_vehicles(count: int, seed: int) -> list[Vehicle]:
    """Make vehicles that no grid has, for an export that differs from it."""
    dice = dice_for("extra", seed)
    return [_vehicle(10_000_000 + number, str(900001 + number), dice) for number in range(count)]


def _references(count: int, dice: random.Random) -> list[str]:
    found: list[str] = []
    number = 165530
    while len(found) < count:
        found.append(str(number))
        # A letter marks a second vehicle under the same number, so the plain one is always there too.
        if len(found) % LETTER_EVERY == LETTER_FIRST:
            found.append(f"{number}{dice.choice('AAAB')}")
        number += dice.randint(1, 4)
    return found[:count]


def _vehicle(index: int, reference: str, dice: random.Random) -> Vehicle:
    make, maker, model, trims, price = dice.choice(MODELS)
    year = dice.choice(tuple(MODEL_YEARS))
    mileage = max(900, (2026 - year) * dice.randint(7000, 15500) + dice.randint(-3000, 3000))
    value = round(price * 0.87 ** (2026 - year) - mileage * 0.03, -1)
    return Vehicle(
        index=index,
        reference=reference,
        row_id=str(48213000 + index * 13 + dice.randrange(13)),
        vin=_vin(maker, year, index, dice),
        year=year,
        make=make,
        model=model,
        trim=dice.choice(trims),
        colour=dice.choice(COLOURS),
        lot=dice.choice(LOTS),
        mileage=mileage,
        value=int(max(value, 1500)),
        days=dice.randint(1, 140),
    )


def _vin(maker: str, year: int, index: int, dice: random.Random) -> str:
    section = "".join(dice.choices(VIN_CHARACTERS, k=5))
    plant = dice.choice(VIN_CHARACTERS)
    # The serial number carries the index, which keeps each VIN unique.
    digits = f"{maker}{section}0{MODEL_YEARS[year]}{plant}{(index * 7 + 100003) % 1_000_000:06d}"
    rest = sum(VIN_VALUES[digit] * weight for digit, weight in zip(digits, VIN_WEIGHTS, strict=True)) % 11
    return digits[:8] + VIN_CHECKS[rest] + digits[9:]


def history(vehicle: Vehicle) -> Iterator[tuple[str, int]]:
    """Yield the vehicle's value month by month for a year, newest last."""
    throws = throw(len(MONTHS), vehicle.vin)
    for age, month, thrown in zip(range(11, -1, -1), MONTHS, throws, strict=True):
        # Up to one per cent more or less.
        yield month, 10 * round(vehicle.value * (1 + age * 0.011 + (thrown / 12750 - 0.01)) / 10)


def value_table(vehicle: Vehicle) -> list[tuple[str, list[int]]]:
    """Return the valuation's rows: base, adjustments and total for each kind of value."""
    kinds = (0.86, 0.93, 1.0, 1.17)
    base = [int(vehicle.value * kind) for kind in kinds]
    miles = [int((60_000 - vehicle.mileage) * 0.02 * kind) for kind in kinds]
    extras = [int(425 * kind) for kind in kinds]
    total = [sum(column) for column in zip(base, miles, extras, strict=True)]
    return [("Base value", base), ("Mileage adjustment", miles), ("Options", extras), ("Adjusted value", total)]
