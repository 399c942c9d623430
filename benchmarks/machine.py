"""One line about the machine: figures of two machines, or of a busy one, cannot be compared."""

from __future__ import annotations

import datetime as dt
import os
import platform

import psutil

BUSY = 10.0  # per cent of all cores that others may use


def machine() -> str:
    """Return the line, with a warning when something else is at work."""
    others = psutil.cpu_percent(interval=1.0)
    line = (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}  {os.cpu_count()} cores  "
        f"{psutil.virtual_memory().total / 1e9:.0f} GB  {platform.system()} {platform.release()}  "
        f"Python {platform.python_version()}  busy {others:.0f}%"
    )
    return line if others < BUSY else f"{line}\nSOMETHING ELSE IS AT WORK on this machine: the figures suffer from it"
