"""Plain ASCII tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Cell = str | float | None


def text(cell: Cell) -> str:
    """Return a cell as it is printed: three figures that count, `n/a` for what is not known."""
    if cell is None:
        return "n/a"
    if isinstance(cell, float):
        return f"{cell:.0f}" if abs(cell) >= 100 else f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.2f}"  # noqa: PLR2004
    return str(cell).encode("ascii", "backslashreplace").decode()


def table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table: the first column to the left, all others to the right. A `/` breaks a heading into lines."""
    cells = [[text(cell) for cell in row] for row in rows]
    heads = [name.split("/") for name in header]
    height = max(map(len, heads))
    heading = [[([""] * (height - len(head)) + head)[line] for head in heads] for line in range(height)]
    widths = [max(len(row[column]) for row in (*heading, *cells)) for column in range(len(header))]
    rule = ["-" * width for width in widths]
    return "\n".join(_line(row, widths) for row in (*heading, rule, *cells))


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()
