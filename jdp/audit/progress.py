"""How far an audit is: a bar in a terminal, else a plain line every so often."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from types import TracebackType
    from typing import IO, Self

EVERY_SECONDS = 10.0


class AuditProgress:
    """Shows it until its block ends."""

    def __init__(self, out: IO[str]) -> None:
        self.out = out
        console = Console(file=out, highlight=False, markup=False, emoji=False)
        self._bar = Progress(
            TextColumn("Verifying"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_interactive or console.is_dumb_terminal,
        )
        self._task = self._bar.add_task("", total=None)
        self._told = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()

    def tell(self, done: int, total: int) -> None:
        """Take note that so many files of so many are done."""
        self._bar.update(self._task, completed=done, total=total)
        if self._bar.disable and time.monotonic() - self._told >= EVERY_SECONDS:
            self._told = time.monotonic()
            print(f"Verified {done} of {total} files", file=self.out, flush=True)
