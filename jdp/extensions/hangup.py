"""A terminal that closes, or an SSH connection that breaks, ends a run as SIGTERM does: it logs out."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

STREAMS = (0, 1, 2)


class Hangup:
    """Hands SIGHUP to what Scrapy does at SIGTERM.

    Windows has none: there Scrapy takes Ctrl-Break, and a window that is closed ends its programs within seconds.
    """

    def __init__(self) -> None:
        self._stop: Callable[[int, Any], Any] | None = None
        self._terminals = [stream for stream in STREAMS if os.isatty(stream)]  # nobody can tell any more afterwards

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        hangup = cls()
        crawler.signals.connect(hangup.engine_started, signal=signals.engine_started)
        return hangup

    def engine_started(self) -> None:
        """Listen, unless nobody stops at SIGTERM either, or nohup has it ignored."""
        number, stop = getattr(signal, "SIGHUP", None), signal.getsignal(signal.SIGTERM)
        if number is None or not callable(stop) or threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(number) is signal.SIG_DFL:
            self._stop = stop
            signal.signal(number, self._hang_up)

    def _hang_up(self, number: int, frame: Any) -> None:
        # The shell and the system may both send it, and a second signal would end the run without a logout.
        signal.signal(number, signal.SIG_IGN)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in self._terminals:
            os.dup2(nowhere, stream)
        being_stopped = signal.getsignal(signal.SIGTERM) != self._stop
        if self._stop is not None and not being_stopped:
            self._stop(number, frame)
