"""Playwright's trace of what a browser's tabs did (TRACE=true): saved when one fails, off while somebody logs in."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

MOST_TABS = 50  # in one piece of a trace: what nobody asks for must not fill the disk


@dataclass
class Trace:
    """How far a context is traced. A piece of a trace holds what all of its tabs did since it began."""

    begun: bool = False
    on: bool = False
    tabs: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


TRACES: WeakKeyDictionary[BrowserContext, Trace] = WeakKeyDictionary()


async def go_on(context: BrowserContext) -> None:
    """Trace from here on, in a new piece when the last one has enough tabs."""
    trace = TRACES.setdefault(context, Trace())
    async with trace.lock:
        if not trace.begun:
            await context.tracing.start(screenshots=True, snapshots=True)
        elif not trace.on:
            await context.tracing.start_chunk()
        elif trace.tabs >= MOST_TABS:
            await context.tracing.stop_chunk()
            await context.tracing.start_chunk()
            trace.tabs = 0
        trace.begun = trace.on = True
        trace.tabs += 1


async def pause(context: BrowserContext) -> None:
    """Stop tracing: what comes is nobody's business."""
    if context in TRACES:
        trace = TRACES[context]
        async with trace.lock:
            if trace.on:
                await context.tracing.stop_chunk()
            trace.on = False


async def saved(context: BrowserContext) -> bytes:
    """Return the piece that is being traced, as Playwright's zip, and begin another one; nothing when it is off."""
    trace = TRACES.get(context)
    if trace is None:
        return b""
    async with trace.lock:
        if not trace.on:
            return b""
        with tempfile.TemporaryDirectory(prefix="jdp-trace-") as folder:
            path = Path(folder, "trace.zip")
            await context.tracing.stop_chunk(path=path)
            trace.tabs = 0
            await context.tracing.start_chunk()
            return await asyncio.to_thread(path.read_bytes)
