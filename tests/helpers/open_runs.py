"""Fixtures of tests that work on a run's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.parts import run_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jdp.runs.run import Run


@pytest.fixture
def open_run(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Open runs below the test's folder; they are closed with the test."""
    opened: list[Run] = []

    def opener(*args: object, **kwargs: object) -> Run:
        opened.append(run_in(tmp_path / "downloads", *args, **kwargs))
        return opened[-1]

    yield opener
    for run in opened:
        if run.job._lock.is_locked:
            run.close(clean=True)


@pytest.fixture
def run(open_run: Callable[..., Run]) -> Run:
    """Return one open run without arguments."""
    return open_run()
