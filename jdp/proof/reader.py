"""Reads PDFs in a process of its own: one that is made to be slow or huge ends that process, not the run."""

from __future__ import annotations

import contextlib
import faulthandler
import json
import struct
import subprocess
import sys
import time
from threading import Timer
from typing import IO

from jdp.proof.envelope import BrokenPdfError
from jdp.proof.glyphs import MAX_CHARACTERS
from jdp.proof.pdf import read_words
from jdp.proof.words import Word
from jdp.utils.child_environment import child_environment
from jdp.utils.text import first_line

if sys.platform != "win32":
    import resource

START_SECONDS = 60.0  # it takes 0.3 s; a virus scanner may look at it first
READ_SECONDS = 10.0  # a report takes 5 ms
MEMORY = 512 * 1024**2  # its own 110 MB and what a report takes
# The parent's path, as it may hold a zipped egg; isolated, as neither PYTHON* nor the working directory may matter.
COMMAND = (
    "-I",
    "-c",
    "import sys; sys.path[:] = sys.argv[2:]; from jdp.proof.reader import serve; serve(float(sys.argv[1]))",
)
LENGTH = struct.Struct(">I")
MAX_ANSWER = 200 * MAX_CHARACTERS  # a word of one character takes 60 bytes
WHAT_TO_DO = "it is this Python with pypdfium2: let this user and the virus scanner run it, or install them anew"
READY, WORDS, BROKEN = b"R", b"W", b"B"


class ReaderFailedError(BrokenPdfError):
    """Raised when no reader starts: that says nothing of the PDF, and an audit must not take it for broken."""


class PdfReader:
    """Keeps one child that reads, started at first use, replaced when a PDF ends it. For one thread at a time.

    Its pipes and its timer add 0.3 ms to a report.
    """

    def __init__(self, seconds: float = READ_SECONDS) -> None:
        self.seconds = seconds
        self._child: _Child | None = None

    def start(self) -> None:
        """Have the child ready; raises ReaderFailedError."""
        if self._child is None or self._child.process.poll() is not None:
            self.close()
            self._child = _Child(self.seconds)
        try:
            self._child.begin()
        except ReaderFailedError:
            self.close()
            raise

    def read(self, body: bytes) -> list[Word]:
        """Return the words and their places; raises BrokenPdfError, too when the child does not get done with it."""
        self.start()
        assert self._child is not None
        try:
            answer = self._child.ask(body)
        except BrokenPdfError:
            self.close()
            raise
        if answer[:1] != WORDS:
            raise BrokenPdfError(answer[1:].decode("utf-8", "replace"))
        return list(map(Word._make, json.loads(answer[1:])))

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.end()
        self._child = None


class _Child:
    """A process that reads one PDF after the other."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ready = False
        try:
            self.process = subprocess.Popen(  # noqa: S603 - this interpreter, this file
                [sys.executable, *COMMAND, str(2 * seconds), *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=child_environment(),
                # A group of its own: Ctrl-C in the terminal is for the crawl alone.
                process_group=0,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        except OSError as error:
            raise ReaderFailedError(f"the PDF reader does not start ({error.strerror}: {sys.executable})") from None

    def begin(self) -> None:
        """Wait until it reads; raises ReaderFailedError."""
        if self.ready:
            return
        assert self.process.stdout is not None
        alarm = Timer(START_SECONDS, self.process.kill)
        alarm.start()
        try:
            self.ready = _receive(self.process.stdout, len(READY)) == READY
        except (OSError, EOFError):
            self.ready = False
        finally:
            alarm.cancel()
        if not self.ready:
            raise ReaderFailedError(f"the PDF reader does not start (exit status {self._status()}){_last_words()}")

    def _status(self) -> int:
        with contextlib.suppress(subprocess.TimeoutExpired):  # it lives, and says something else than that it is ready
            return self.process.wait(START_SECONDS)
        self.process.kill()
        return self.process.wait()

    def ask(self, body: bytes) -> bytes:
        """Return the answer to a PDF; raises BrokenPdfError when the child ends without one."""
        self.begin()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        began = time.monotonic()
        alarm = Timer(self.seconds, self.process.kill)  # Windows has no `select` for pipes
        alarm.start()
        try:
            _send(self.process.stdin, body)
            return _receive(self.process.stdout, MAX_ANSWER)
        except (OSError, EOFError):
            if time.monotonic() - began >= self.seconds:
                raise BrokenPdfError(f"a PDF that takes longer than {self.seconds:g} s to read") from None
            raise BrokenPdfError(
                f"a PDF that breaks its reader or needs too much memory (exit status {self.process.wait()})"
            ) from None
        finally:
            alarm.cancel()

    def end(self) -> None:
        """Kill it: it holds nothing that would be lost."""
        self.process.kill()
        with contextlib.suppress(OSError), self.process:  # what it did not take any more is still in its pipe
            pass


def _last_words() -> str:
    """Start a child once more, to hear why it ends: with nothing to read it does so by itself."""
    command = [sys.executable, *COMMAND, "1", *sys.path]
    try:
        heard = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=START_SECONDS,
            check=False,
            env=child_environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f", {first_line(error)}"
    lines = heard.stderr.decode("utf-8", "replace").strip().splitlines()
    return f", {ascii(lines[-1])[1:-1]}" if lines else ""


def serve(seconds: float) -> None:
    """Be the child: read PDFs from standard input until it closes.

    A PDF that takes so many seconds ends it even when there is no parent any more to do that.
    """
    _limit()
    _send(sys.stdout.buffer, READY)
    with contextlib.suppress(EOFError):
        while True:
            body = _receive(sys.stdin.buffer)
            faulthandler.dump_traceback_later(seconds, exit=True)
            answer = _answer(body)
            faulthandler.cancel_dump_traceback_later()
            _send(sys.stdout.buffer, answer)


def _limit() -> None:
    if sys.platform == "win32":
        return
    # No more memory, no core dump, no file.
    for limit, value in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        with contextlib.suppress(ValueError, OSError):  # macOS has no limit of addresses
            resource.setrlimit(limit, (value, value))


def _answer(body: bytes) -> bytes:
    try:
        return WORDS + json.dumps(read_words(body), ensure_ascii=False).encode("utf-8", "replace")
    except BrokenPdfError as error:
        return BROKEN + str(error).encode("utf-8", "replace")


def _send(pipe: IO[bytes], body: bytes) -> None:
    pipe.write(LENGTH.pack(len(body)))
    pipe.write(body)
    pipe.flush()


def _receive(pipe: IO[bytes], most: int = 2**32) -> bytes:
    """Return the next message; raises EOFError when there is none, or one that cannot be."""
    (length,) = LENGTH.unpack(_exactly(pipe, LENGTH.size))
    if length > most:
        raise EOFError
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data
