"""From a vehicle to its report."""
