"""The portal's only source of chance: always seeded, so that a run can be had again."""

import hashlib
import random


def dice_for(*purpose: object) -> random.Random:
    """Make a generator for one purpose; the same words give the same sequence."""
    return random.Random(" ".join(str(word) for word in purpose))  # noqa: S311 -- nothing secret comes from it


def throw(count: int, *purpose: object) -> bytes:
    """Return up to 64 bytes for one purpose: a few throws, without the cost of a generator."""
    return hashlib.blake2b(" ".join(str(word) for word in purpose).encode(), digest_size=count).digest()
