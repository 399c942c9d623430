"""What goes for all tests: what `--quick` leaves out, which browser they use, how many run side by side."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, configuration, settings
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from xdist.remote import Producer

pytest_plugins = ["tests.helpers.open_runs", "tests.helpers.tabs"]

# What needs the project's programs: these folders, and whatever uses one of these fixtures or is marked `slow` itself.
SLOW_FOLDERS = ("crawl", "deploy")
SLOW_FIXTURES = {"chromium", "portals", "prepared"}
# Words of a command line that starts one of them; the last one is what Playwright starts its driver with.
SLOW_PROGRAMS = {"bootstrap.py", "demo_portal", "scrapy", "scrapyd", "jdp.browser", "run-driver"}
# Modules whose fixture is so dear that one process runs all of their tests.
IN_ONE_PROCESS = ("tests/crawl/test_hostile.py", "tests/demo_portal/test_browser.py", "tests/test_bootstrap.py")
HERE = ("127.0.0.1", "::1", "localhost")
WORKERS_PER_CORE = 2  # a crawl waits now and then; three end no sooner, and each crawl costs more


class Guard:
    """Lets no test start a browser or a portal, or leave this machine, unless it is one that --quick leaves out.

    It listens to the interpreter itself, so a test that nobody has marked fails, whatever helper it uses.
    """

    def __init__(self) -> None:
        self.shut = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.shut and event in ("subprocess.Popen", "socket.connect") and (what := _needs(arguments[1])):
            pytest.fail(f"This test needs {what}: mark it with pytest.mark.slow, so that --quick leaves it out")


def _needs(given: Any) -> str | None:
    """Return what of --quick's promise a command or an address breaks, if any."""
    if isinstance(given, list | tuple) and len(given) > 1 and isinstance(given[1], int):
        return None if given[0] in HERE else f"a connection to {given[0]}"
    words = given.split() if isinstance(given, str) else map(str, given) if isinstance(given, list | tuple) else ()
    return next((word for word in words if word in SLOW_PROGRAMS), None)


guard = Guard()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="only tests without a browser, a portal or a network")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: needs a browser or a program of this project; --quick leaves it out")
    config.addinivalue_line("markers", "threaded: a crawl that .ci/run makes once more with Playwright in a thread")
    sys.addaudithook(guard)
    # Else hypothesis writes a folder of its own into the project.
    configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")
    # How long an example takes tells of the machine, not of the code.
    settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("any machine")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    return (1 if config.getoption("--quick") else WORKERS_PER_CORE) * (os.cpu_count() or 1)


class Scheduling(LoadScopeScheduling):
    """Hands out test by test; the marks of `--dist loadgroup` go unseen by xdist 3.8 under pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if module in IN_ONE_PROCESS else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    return Scheduling(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not asked for; what takes longest comes first, so that no worker ends with it alone."""
    for item in items:
        fixtures = {*getattr(item, "fixturenames", ())}
        if SLOW_FIXTURES & fixtures or item.path.parent.name in SLOW_FOLDERS:
            item.add_marker("slow")
    wanted = [item for item in items if _wanted(config, item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in {*wanted}])
    items[:] = sorted(wanted, key=lambda item: item.get_closest_marker("slow") is None)


def _wanted(config: pytest.Config, item: pytest.Item) -> bool:
    return not (config.getoption("--quick") and item.get_closest_marker("slow"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    guard.shut = item.get_closest_marker("slow") is None
    try:
        return (yield)
    finally:
        guard.shut = False


@pytest.fixture
def pseudo_terminal() -> Iterator[tuple[int, int]]:
    """Open a pseudo-terminal, ours and theirs; tests that need one are skipped where none can be opened."""
    try:
        ours, theirs = os.openpty()
    except (AttributeError, OSError) as error:
        pytest.skip(f"no pseudo-terminal can be opened: {error}")
    yield ours, theirs
    for descriptor in (ours, theirs):
        try:
            os.close(descriptor)
        except OSError:  # the test has done so
            continue
