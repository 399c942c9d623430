"""The live display's picture: calm, as wide as the terminal allows, ASCII where it shows no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from jdp.items import STORED, UNPROVEN
from jdp.monitoring.status import DIRECT, ONE_TAB
from jdp.utils.text import duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, ConsoleOptions, OverflowMethod, RenderableType, RenderResult

    from jdp.items import Report
    from jdp.monitoring.progress import Progress

WIDEST = 100
ROOM = 64  # columns that a description needs to be worth its place
WAYS = {DIRECT: "{} at once, without tabs", ONE_TAB: "one vehicle at a time, in a tab"}
TABS = "{} at once, in tabs"
STATUS_STYLE = {UNPROVEN: "yellow"}


class Picture:
    """What is drawn of a run's progress and its last vehicles, the newest last."""

    def __init__(self, progress: Progress, last: Iterable[Report]) -> None:
        self.progress = progress
        self.last = list(last)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(options.max_width, WIDEST) - 2
        plain = options.ascii_only
        parts: list[RenderableType] = [headline(self.progress, width)]
        if self.progress.moment.total:
            parts.append(bar(self.progress, width))
        parts += lines(facts(self.progress), width, " | " if plain else " \u00b7 ")
        if self.last:
            parts += [Text(), vehicles(self.last, width, plain=plain)]
        yield Padding(Group(*parts), (1, 0, 0, 1))


def headline(progress: Progress, width: int) -> Table:
    """Return what the run is doing and how long it will still take."""
    grid = Table.grid(expand=False)
    grid.width = width
    grid.add_column(ratio=1, no_wrap=True, overflow="crop")
    grid.add_column(justify="right", no_wrap=True)
    state = progress.moment.state
    style = "bold yellow" if progress.moment.waiting or "resting" in state else "bold"
    left = f" {duration(progress.left)} left" if progress.left is not None else ""
    grid.add_row(Text(state[:1].upper() + state[1:], style), Text(left, "bold cyan"))
    return grid


def bar(progress: Progress, width: int) -> Table:
    """Return the bar and how far it is."""
    moment = progress.moment
    grid = Table.grid(expand=False)
    grid.width = width
    grid.add_column(ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    drawn = ProgressBar(total=moment.total, completed=moment.done, complete_style="cyan", finished_style="green")
    grid.add_row(drawn, Text(f" {moment.done:,} of {moment.total:,}"))
    return grid


def facts(progress: Progress) -> list[Text]:
    """Return the figures, each with its word."""
    moment = progress.moment
    parts = [Text(f"{progress.a_minute:,.0f} a minute")] if progress.a_minute else []
    if moment.total:
        parts.append(Text(WAYS.get(moment.way, TABS).format(moment.at_once)))
    for count, what, style in (
        (moment.failed, "failed", "bold red"),
        (moment.unproven, "unproven", "yellow"),
        (moment.already, "there already", ""),
    ):
        if count:
            parts.append(Text(f"{count:,} {what}", style))
    return [*parts, Text(f"{duration(progress.seconds)} so far", "dim")]


def lines(parts: list[Text], width: int, between: str) -> list[Text]:
    """Return the parts side by side, in as many lines as they take; none is broken."""
    rows = [Text()]
    for part in parts:
        if rows[-1] and len(rows[-1]) + len(between) + len(part) > width:
            rows.append(Text())
        if rows[-1]:
            rows[-1].append(between, "dim")
        rows[-1].append_text(part)
    return rows


def vehicles(reports: list[Report], width: int, *, plain: bool) -> Table:
    """Return the last vehicles: what became of each, and why where it is not stored."""
    grid = Table.grid(padding=(0, 2), expand=False)
    cut: OverflowMethod = "crop" if plain else "ellipsis"  # an ellipsis is not ASCII
    wide = width >= ROOM
    grid.width = width if wide else None
    grid.add_column(no_wrap=True, overflow=cut, min_width=7, max_width=14)
    if wide:
        grid.add_column(ratio=1, no_wrap=True, overflow=cut)
    grid.add_column(justify="right" if wide else "left", no_wrap=True, overflow=cut)
    for report in reports:
        stored = report.status == STORED
        detail = Text(shown(report.description if stored else report.reason, plain=plain), "dim" if stored else "")
        reference = Text(shown(report.reference, plain=plain))
        grid.add_row(*([reference, detail] if wide else [reference]), outcome(report))
    return grid


def outcome(report: Report) -> Text:
    """Return what became of a vehicle."""
    if report.status == STORED:
        return Text.assemble((STORED, "green"), (f" {report.size / 1000:5.0f} kB {report.seconds:5.1f} s", "dim"))
    return Text(report.status, STATUS_STYLE.get(report.status, "bold red"))


def shown(text: str, *, plain: bool) -> str:
    """Return a text of the site's as the terminal may have it: nothing that does something, ASCII where need be."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return printable.encode("ascii", "replace").decode() if plain else printable
