"""How things are said to people: figures as they read them, and what need not be said twice."""

from __future__ import annotations

ROUTINE = "routine"  # attribute of a log record that a live display leaves out: it shows the same in its own way


def duration(seconds: float) -> str:
    """Return a time as one says it: `8 s`, `3 min 47 s`, `2 h 5 min`."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
