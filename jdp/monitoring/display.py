"""The live display in a terminal: the picture at its foot, log lines above it."""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text
from scrapy.utils.log import get_scrapy_root_handler

from jdp.utils.text import ROUTINE

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLES = {logging.WARNING: "yellow", logging.ERROR: "red", logging.CRITICAL: "bold red", logging.DEBUG: "dim"}


class Display:
    """Holds the foot of the terminal until it is stopped; raises OSError when the terminal is gone."""

    def __init__(self, console: Console) -> None:
        self.console = console
        # Refreshed by whoever has something new: no thread of its own. What leads to stdout is none of its business.
        self._live = Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False)
        self._below = get_scrapy_root_handler()
        self._above: Above | None = None

    @classmethod
    def if_possible(cls) -> Display | None:
        """Return a display when standard error is a terminal that can move its cursor."""
        if sys.stderr is None or not sys.stderr.isatty():
            return None
        console = Console(file=sys.stderr, highlight=False, markup=False, emoji=False)
        return cls(console) if console.is_interactive and not console.is_dumb_terminal else None

    def start(self) -> None:
        """Take the foot of the terminal, and log lines that would be written across it."""
        self._live.start()
        if self._below in logging.root.handlers and getattr(self._below, "stream", None) is self.console.file:
            assert self._below is not None
            self._above = Above(self.console, self._below)
            logging.root.removeHandler(self._below)
            logging.root.addHandler(self._above)

    def show(self, picture: RenderableType) -> None:
        """Draw this in place of what was there."""
        self._live.update(picture, refresh=True)

    def stop(self) -> None:
        """Give the terminal back as it was."""
        if self._above is not None and self._below is not None:
            logging.root.removeHandler(self._above)
            logging.root.addHandler(self._below)
            self._above = None
        with contextlib.suppress(OSError):  # it may be gone
            self._live.stop()


class Above(logging.Handler):
    """Writes log lines above the display, as Scrapy's own handler would have written them."""

    def __init__(self, console: Console, instead_of: logging.Handler) -> None:
        super().__init__(instead_of.level)
        self.console = console
        self.instead_of = instead_of  # its formatter may still be set
        self.filters = list(instead_of.filters)

    def emit(self, record: logging.LogRecord) -> None:
        """Print a line; one that the terminal breaks by itself can be copied whole."""
        if getattr(record, ROUTINE, False):
            return
        try:
            self.console.print(Text(self.instead_of.format(record), STYLES.get(record.levelno, "")), soft_wrap=True)
        except Exception:  # noqa: BLE001 - as every handler: what is wrong with a log line stops nothing
            self.handleError(record)
