"""Runs a command and measures all of its processes: wall time, CPU seconds, memory.

CPU is user and system time of the command and of everything that it started, living or ended. It is known twice, and
the greater counts, as each can only miss something: the sum of what was last seen of each process (which misses what
a process did after the last look at it), and what the kernel charges for the children that were waited for (which
misses what nobody waits for). Never are a process's own time and its `cutime` added up. Chromium's crash handlers (two
of 1 MB, no CPU) leave the tree at once and are not counted.

Memory is PSS: a page that n processes share counts 1/n in each, so that the sum over all of Chromium's processes is
what the machine really has less. Linux alone tells it; elsewhere it is None. A megabyte is 10**6 bytes.
"""

from __future__ import annotations

import contextlib
import itertools
import statistics
import subprocess
import threading
import time
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, NamedTuple

import psutil

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

GONE = (psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError)
INTERVAL = 0.2  # seconds between two looks
MEMORY_EVERY = 3  # looks; each costs the kernel a walk through all that a process holds
GRACE_SECONDS = 20.0  # time to log out, for a command that is told to end


class Sample(NamedTuple):
    """One look at all processes: seconds since the start, CPU seconds spent so far, megabytes held if looked at.

    `own` are those of the command's first process alone: of the crawl, Scrapy without driver and browser.
    """

    at: float
    cpu: float
    pss: float | None
    own: float | None


@dataclass(frozen=True)
class Command:
    """What to run, where, and its whole environment."""

    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str]


@dataclass
class Measurement:
    """What a command cost. `began` is the wall clock's time; all other times are seconds since then."""

    began: float
    seconds: float = 0.0
    cpu: float = 0.0
    exit_status: int = -1
    samples: list[Sample] = field(default_factory=list)

    def cpu_until(self, at: float) -> float:
        """Return the CPU seconds spent until then, read off between two samples."""
        index = bisect_left(self.samples, at, key=lambda sample: sample.at)
        if not 0 < index < len(self.samples):
            return self.samples[-1].cpu if index and self.samples else 0.0
        before, after = self.samples[index - 1 : index + 1]
        share = (at - before.at) / (after.at - before.at)
        return before.cpu + share * (after.cpu - before.cpu)

    def pss(self, begin: float = 0.0, end: float = float("inf")) -> tuple[float, float] | None:
        """Return peak and median of the memory between two moments; None where it is not known."""
        held = [sample.pss for sample in self.samples if sample.pss is not None and begin <= sample.at <= end]
        return (max(held), statistics.median(held)) if held else None

    def own(self, begin: float = 0.0, end: float = float("inf")) -> float | None:
        """Return the peak of the first process's memory between two moments; None where it is not known."""
        return max((s.own for s in self.samples if s.own is not None and begin <= s.at <= end), default=None)


class Tree:
    """A process and all that it started. A psutil.Process is a pid and a start: a pid used again is another one."""

    def __init__(self, pid: int) -> None:
        self.root = psutil.Process(pid)
        self.cpu: dict[psutil.Process, float] = {self.root: 0.0}

    def living(self) -> list[psutil.Process]:
        """Find what is new; return all that live. Those whose parent has died are known from before."""
        with contextlib.suppress(*GONE):
            for process in self.root.children(recursive=True):
                self.cpu.setdefault(process, 0.0)
        return [process for process in self.cpu if process.is_running()]

    def spent(self) -> float:
        """Return the CPU seconds of all processes so far."""
        for process in self.living():
            with contextlib.suppress(*GONE):
                times = process.cpu_times()
                self.cpu[process] = times.user + times.system
        return sum(self.cpu.values())

    def held(self) -> tuple[float | None, float | None]:
        """Return the megabytes of all that live, and of the first process alone."""
        sizes: dict[psutil.Process, float] = {}
        for process in self.living():
            with contextlib.suppress(*GONE, AttributeError):  # no pss but on Linux
                sizes[process] = process.memory_full_info().pss / 1e6
        return (sum(sizes.values()) if sizes else None), sizes.get(self.root)

    def kill(self) -> None:
        """End whatever still lives."""
        for process in self.living():
            with contextlib.suppress(*GONE):
                process.kill()


class Sampler(threading.Thread):
    """Looks at a tree of processes at intervals, from its start until it is told to stop."""

    def __init__(self, tree: Tree, began: float) -> None:
        super().__init__(daemon=True)
        self.tree, self.began = tree, began
        self.samples: list[Sample] = []
        self.done = threading.Event()

    def run(self) -> None:
        """Take samples."""
        for number in itertools.count():
            at, cpu = time.time() - self.began, self.tree.spent()
            held = (None, None) if number % MEMORY_EVERY else self.tree.held()
            self.samples.append(Sample(at, cpu, *held))
            if self.done.wait(INTERVAL):
                return

    def stop(self) -> list[Sample]:
        """Return all samples."""
        self.done.set()
        self.join()
        return self.samples


def measure(command: Command, log: Path) -> Measurement:
    """Run the command to its end; what it prints goes to `log`. Nothing of it is left, also when interrupted."""
    charged = _charged()
    result = Measurement(began=time.time())
    with log.open("wb") as output, _started(command, output) as process:
        tree = Tree(process.pid)
        sampler = Sampler(tree, result.began)
        sampler.start()
        try:
            result.exit_status = process.wait()
            result.seconds = time.time() - result.began
        finally:
            result.samples = sampler.stop()
            _end(process, tree)
    result.cpu = max(result.samples[-1].cpu, _charged() - charged)
    return result


@contextlib.contextmanager
def _started(command: Command, output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the command in a session of its own: Ctrl-C is for the benchmark, which then ends the command."""
    with subprocess.Popen(
        command.arguments,
        cwd=command.folder,
        env=dict(command.environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        yield process


def _end(process: subprocess.Popen[bytes], tree: Tree) -> None:
    try:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_SECONDS)
    finally:
        tree.kill()


def _charged() -> float:
    """Return the CPU seconds of all children that ended and were waited for, by them or by us."""
    if resource is None:
        return 0.0
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
