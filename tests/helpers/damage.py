"""Damage to a JOBDIR, as disks, crashes and people do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from pathlib import Path


def damages() -> st.SearchStrategy[tuple[str, int, int]]:
    return st.tuples(
        st.sampled_from(["cut", "flip", "remove", "swap", "empty", "garbage"]), st.integers(0), st.integers(0)
    )


def do_damage(job: Path, kind: str, which: int, where: int) -> None:
    """Damage one of the JOBDIR's files."""
    files = sorted(path for path in job.rglob("*") if path.is_file())
    path = files[which % len(files)]
    data = path.read_bytes()
    place = where % max(len(data), 1)
    if kind == "remove":
        path.unlink()
    elif kind == "swap":
        other = files[where % len(files)]
        others = other.read_bytes()
        other.write_bytes(data)
        path.write_bytes(others)
    else:
        flipped = data[:place] + bytes([data[place] ^ 1 << where % 8]) + data[place + 1 :] if data else b"\0"
        path.write_bytes({"cut": data[:place], "flip": flipped, "empty": b"", "garbage": flipped * 3}[kind])
