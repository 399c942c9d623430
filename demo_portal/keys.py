"""What addresses and bookout links name a vehicle by."""

import uuid
from collections.abc import Sequence

from demo_portal.dice import dice_for
from demo_portal.options import Options
from demo_portal.vehicles import Vehicle


class Keys:
    """The vehicles' names in addresses, and in the ids of bookout links."""

    def __init__(self, options: Options, vehicles: Sequence[Vehicle]) -> None:
        self.suffixed = options.vehicle_key == "suffix"
        self.guids = _guids(options, vehicles) if options.vehicle_key == "guid" else {}
        self.by_key = {self.key(vehicle): vehicle for vehicle in vehicles}

    def find(self, key: object) -> Vehicle | None:
        """Return the vehicle that an address or a form names."""
        return self.by_key.get(str(key))

    def key(self, vehicle: Vehicle) -> str:
        """Return what addresses name the vehicle by."""
        return self.guids.get(vehicle, vehicle.row_id)

    def link(self, vehicle: Vehicle) -> str:
        """Return what the id of the vehicle's bookout link ends with."""
        return f"{vehicle.row_id}_{vehicle.index * 5 % 9 + 1}" if self.suffixed else vehicle.row_id


def _guids(options: Options, vehicles: Sequence[Vehicle]) -> dict[Vehicle, str]:
    dice = dice_for("guids", options.seed)
    return {vehicle: str(uuid.UUID(int=dice.getrandbits(128), version=4)) for vehicle in vehicles}
