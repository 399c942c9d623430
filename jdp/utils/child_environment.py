"""The environment that other programs are started with: ours, without what is ours alone."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# JD_PASS, a webhook's address, a bucket's key: a browser and its driver show their environment to whoever may look.
OURS = re.compile("(JD|MONITOR|AWS|SCRAPYD)_")


def child_environment() -> dict[str, str]:
    """Return the environment for a program that needs none of jdp's settings."""
    return {name: value for name, value in os.environ.items() if not OURS.match(name)}


@contextlib.contextmanager
def settings_hidden() -> Iterator[None]:
    """Hide jdp's settings from programs that a library starts meanwhile, which takes no environment for them."""
    ours = {name: value for name, value in os.environ.items() if OURS.match(name)}
    for name in ours:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(ours)
