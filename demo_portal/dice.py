"""The portal's only source of chance: always seeded, so that a run can be had again."""

import random


def dice_for(*purpose: object) -> random.Random:
    """Make a generator for one purpose; the same words give the same sequence."""
    return random.Random(" ".join(str(word) for word in purpose))  # noqa: S311 -- nothing secret comes from it
