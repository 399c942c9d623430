"""The page of a run: what it says, where its links lead, and that the site cannot say anything in it."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from jdp.config.arguments import Arguments
from jdp.items import FAILED, GONE, UNPROVEN
from jdp.monitoring.metrics import CheckResult
from jdp.monitoring.page import charts
from jdp.monitoring.page.headline import AT_WORK, BAD, DOUBTFUL, GOOD, headline_of
from jdp.monitoring.page.links import Links
from jdp.monitoring.page.render import render, without_credentials
from jdp.monitoring.page.vehicles import MOST, sort_out
from jdp.monitoring.timeline import Counters, Timeline
from jdp.runs.ledger import Ledger
from tests.helpers.parts import ENVIRON
from tests.helpers.run_facts import facts_of, fill, settled, text_of, timeline_of, vehicle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jdp.runs.run import Run

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)> ' \" & ]]> {{ 7*7 }} \u2028"


def page_of(run: Run, **changes: Any) -> str:
    return text_of(render(facts_of(run, **changes), run.ledger))


def rows_in(page: str) -> list[list[Any]]:
    """Return the vehicles as the page's script reads them."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


# The verdict


@pytest.mark.parametrize(
    ("changes", "tone", "said"),
    [
        ({}, GOOD, "All 40 reports are here"),
        ({"stored": 0, "already": 40}, GOOD, "All 40 reports are here"),
        ({"stored": 39, "failed": 1}, DOUBTFUL, "1 of 40 reports is missing"),
        ({"stored": 30, "failed": 4, "gone": 6}, BAD, "10 of 40 reports are missing"),
        ({"stored": 30, "open": 10, "finish_reason": "shutdown"}, BAD, "Stopped: 30 of 40 reports are here"),
        ({"inventory_complete": False}, DOUBTFUL, "All 40 reports are here that were found"),
        ({"inventory": 0, "stored": 0}, DOUBTFUL, "The inventory is empty"),
        ({"finish_reason": "login_refused", "inventory": 0, "stored": 0}, BAD, "Nothing was downloaded"),
        ({"exit_status": 1, "monitors": [CheckResult("speed", ok=False, message="")]}, DOUBTFUL, "All 40 reports"),
    ],
)
def test_verdict(run: Run, changes: dict[str, Any], tone: str, said: str) -> None:
    fill(run, 40)
    found = headline_of(facts_of(run, **changes))
    assert found.tone == tone
    assert found.headline.startswith(said)


def test_verdict_says_how_to_go_on(run: Run) -> None:
    fill(run, 3)
    for changes in ({"failed": 1}, {"open": 1, "finish_reason": "shutdown"}, {"inventory_complete": False}):
        assert headline_of(facts_of(run, **changes)).command == f'scrapy crawl inventory -s JOBDIR="{run.job_folder}"'
    assert headline_of(facts_of(run)).command == ""


def test_verdict_tells_why_a_run_was_stopped(run: Run) -> None:
    fill(run, 1)
    assert "Ful\u00ed" in headline_of(facts_of(run, finish_reason="storage_failed", message="Ful\u00ed")).detail
    assert "killed" in headline_of(facts_of(run, finish_reason="killed")).detail


def test_verdict_of_chosen_vehicles_leaves_out_what_others_were_there(open_run: Callable[..., Run]) -> None:
    run = open_run(arguments=Arguments(refs=("165530",)))
    fill(run, 5)
    assert headline_of(facts_of(run, stored=1, already=4)).headline == "The report is here"


def test_page_of_a_run_at_work_says_when_it_was_written(run: Run) -> None:
    fill(run, 3)
    facts = facts_of(run, running=True, open=2)
    assert headline_of(facts).tone == AT_WORK
    page = text_of(render(facts, run.ledger))
    assert f'data-written="{int(facts.written.timestamp())}"' in page
    assert "data-written" not in page_of(run)


# What the site sends


def test_page_is_not_changed_by_what_the_site_sends(run: Run) -> None:
    fill(run, 2)
    run.ledger.list_vehicles([vehicle(HOSTILE, HOSTILE)], run.started.timestamp())
    run.ledger.settle(settled(HOSTILE, FAILED, HOSTILE, vin=HOSTILE))
    page = page_of(run, message=HOSTILE, monitors=[CheckResult(HOSTILE, ok=False, message=HOSTILE)], account=HOSTILE)
    assert page.count("<script") == 2
    assert "<img" not in page
    assert html.escape(HOSTILE).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
    assert rows_in(page)[2][1] == HOSTILE


def test_page_holds_lone_surrogates_without_a_failure(run: Run) -> None:
    run.ledger.list_vehicles([vehicle("165530", "half a sign: \\ud800")])
    run.ledger.settle(settled("165530", FAILED, "no"))
    assert page_of(run, message="half \ud800")


def test_page_has_a_policy_that_forbids_everything_else(run: Run) -> None:
    fill(run, 1)
    page = page_of(run)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; ")
    assert "unsafe" not in policy[1]
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert not re.search(r"<[^>]* style=", page)


def test_page_holds_no_secret(open_run: Callable[..., Run]) -> None:
    run = open_run(FILES_STORE="ftp://who:secret-word@host/folder", MONITOR_SMTP_USER="smtp-user")
    fill(run, 1)
    page = page_of(run)
    assert ENVIRON["JD_PASS"] not in page
    assert "secret-word" not in page
    assert "ftp://host/folder" in page
    assert without_credentials("s3://bucket/folder") == "s3://bucket/folder"


# Links


def test_links_lead_to_the_reports(run: Run, open_run: Callable[..., Run], tmp_path: Path) -> None:
    fill(run, 1)
    fill(run, 1, status=UNPROVEN, first=1)
    fill(run, 1, status=FAILED, first=2)
    stored, unproven, failed = run.ledger.entries()
    links = Links(run)
    assert [links.report(entry) for entry in (stored, unproven, failed)] == [
        "../pdfs/165530.pdf",
        "../run_data/unproven/165531.pdf",
        "",
    ]
    elsewhere = open_run(FILES_STORE=str(tmp_path / "else where"))
    assert Links(elsewhere).report(stored) == f"{elsewhere.store_folder.as_uri()}/165530.pdf"
    assert Links(open_run(FILES_STORE="gs://bucket/x")).report(stored) == ""


def test_links_are_paths_whatever_a_name_holds(run: Run) -> None:
    for number, file in enumerate(("javascript:alert(1)", 'a" onclick="b', "%2e%2e/#?x", "a\\b", "\u00e9.pdf")):
        run.ledger.settle(settled(f"{number}", file=file))
        href = Links(run).report(list(run.ledger.entries())[-1])
        assert re.fullmatch(r"\.\./pdfs/[A-Za-z0-9_.~/%-]+", href)


def test_evidence_is_what_lies_on_the_disk(run: Run) -> None:
    kept = run.data / "evidence" / "165530"
    kept.mkdir(parents=True)
    for name in ("screenshot.png", "page.html", "answer.pdf", "expected.txt"):
        (kept / name).write_text("x", encoding="utf-8")
    (run.data / "evidence" / "login").mkdir()
    (run.data / "evidence" / "login" / "screenshot.png").write_bytes(b"x")
    run.ledger.settle(settled("165530", FAILED, "no", evidence="run_data/evidence/165530"))
    run.ledger.settle(settled("165531", FAILED, "no", evidence="run_data/evidence/165531"))
    run.ledger.settle(settled("165532", FAILED, "no", evidence="../../etc"))
    first, second, third = run.ledger.entries()
    links = Links(run)
    assert [(link.name, link.href) for link in links.evidence(first)] == [
        ("answer", "evidence/165530/answer.pdf"),
        ("what was expected", "evidence/165530/expected.txt"),
        ("page", "evidence/165530/page.html"),
        ("screenshot", "evidence/165530/screenshot.png"),
    ]
    assert (links.evidence(second), links.evidence(third)) == ([], [])
    assert list(links.other_evidence({first.evidence})) == ["login"]
    assert "evidence/login/screenshot.png" in page_of(run)


# Vehicles


def test_vehicles_are_sorted_out(open_run: Callable[..., Run], tmp_path: Path) -> None:
    first = open_run(tmp_path / "job")
    fill(first, 4)
    walked = first.started.timestamp()
    first.close(clean=True)
    run = open_run(tmp_path / "job")
    began = run.started.timestamp()
    run.ledger.list_vehicles([vehicle("165530"), vehicle("165531"), vehicle("165532")], began)
    fill(run, 2, status=FAILED, reason="HTTP 500", first=10)
    fill(run, 1, status=GONE, reason="165545 is gone", first=15)
    run.ledger.depart(began)
    facts = facts_of(run, walked=walked)
    found = sort_out(run.ledger.entries(), facts, Links(run))
    assert [shown.entry.reference for shown in found.new] == ["165540", "165541", "165545"]
    assert [shown.entry.reference for shown in found.departed] == ["165533"]
    assert [shown.entry.reference for shown in found.lacking] == ["165540", "165541", "165545"]
    assert found.reasons == {"HTTP 500": 2, "... is gone": 1}
    assert found.slowest == []
    marks = {row[0]: row[4] for row in map(json.loads, found.rows)}
    assert marks["165533"] == "no longer listed"
    assert marks["165540"] == "new"
    assert marks["165530"] == ""


def test_vehicles_of_a_first_run_are_not_called_new(run: Run) -> None:
    fill(run, 3)
    found = sort_out(run.ledger.entries(), facts_of(run), Links(run))
    assert (found.new, found.new_count) == ([], 0)
    assert "nothing to hold it against" in page_of(run)


def test_sections_are_bounded_and_count_on(run: Run) -> None:
    fill(run, MOST + 7, status=FAILED, reason="HTTP 500")
    found = sort_out(run.ledger.entries(), facts_of(run), Links(run))
    assert (len(found.lacking), found.lacking_count) == (MOST, MOST + 7)
    page = page_of(run)
    assert "And 7 more" in page
    assert len(rows_in(page)) == MOST + 7


def test_slowest_are_of_this_run_and_the_slowest_first(run: Run) -> None:
    fill(run, 30)
    seconds = [shown.entry.seconds for shown in sort_out(run.ledger.entries(), facts_of(run), Links(run)).slowest]
    assert len(seconds) == 10
    assert seconds == sorted((entry.seconds for entry in run.ledger.entries()), reverse=True)[:10]


def test_page_can_be_made_over_a_connection_of_its_own(run: Run) -> None:
    fill(run, 2)
    ledger = Ledger(run.ledger.path)
    assert len(rows_in(text_of(render(facts_of(run), ledger)))) == 2
    ledger.close()


def test_page_of_a_run_that_never_began(run: Run) -> None:
    never = Timeline()
    facts = facts_of(run, finish_reason="login_refused", message="Refus\u00e9", inventory=0)
    facts.metrics.timeline = never.totals()
    facts.metrics.estimate = never.estimate(2000).as_dict()
    page = text_of(render(type(facts)(**{**vars(facts), "timeline": never}), run.ledger))
    assert "Refus\u00e9" in page
    assert "How it went" not in page


# Drawings


BEGAN = dt.datetime(2026, 11, 23, 17, 59, 30, tzinfo=dt.UTC)


def test_course_draws_a_bin_for_each_stretch_of_time() -> None:
    drawn = charts.course(timeline_of(1000), BEGAN)
    assert drawn is not None
    assert len(drawn.spots) == charts.MOST_BINS
    assert drawn.rate.top >= 1000 / 100 * 60
    assert sum(spot.width for spot in drawn.spots) == pytest.approx(100, abs=0.1)
    assert [(wait.left, wait.width) for wait in drawn.waits] == [
        (pytest.approx(100 / 24, abs=0.01), pytest.approx(100 / 12, abs=0.01))
    ]
    assert drawn.waits[0].told == "17:59:35: waited 10 s, the account has another session open"
    assert [event.told[:8] for event in drawn.events] == ["17:59:53", "18:00:41"]


@pytest.mark.parametrize("seconds", [1, 3, 59, 700, 5000, 90_000, 900_000])
def test_course_has_few_round_times(seconds: int) -> None:
    timeline = Timeline()
    for part in range(10):
        timeline.sample(seconds / 10, Counters(stored=part + 1), 1, "")
    drawn = charts.course(timeline, BEGAN)
    assert drawn is not None
    assert len(drawn.ticks) <= charts.MOST_TICKS + 1
    assert all(0 <= tick.left <= 100 for tick in drawn.ticks)


def test_course_puts_each_stretch_in_its_true_place() -> None:
    timeline = Timeline()
    for second, done in ((1.0, 1), (3.0, 1), (4.0, 5)):
        timeline.sample(second, Counters(stored=done), 2, "")
    drawn = charts.course(timeline, BEGAN)
    assert drawn is not None
    assert [(spot.left, spot.width) for spot in drawn.spots] == [(0, 12.5), (12.5, 37.5), (50, 50)]
    assert [spot.told[10:] for spot in drawn.spots] == [
        "60 vehicles a minute, 2 at once",
        "0 vehicles a minute, 2 at once",
        "60 vehicles a minute, 2 at once",
    ]
    assert drawn.rate.path.count("M") == 2
    assert drawn.failed.path == ""


def test_course_of_nothing() -> None:
    assert charts.course(Timeline(), BEGAN) is None
    assert charts.spread([]) is None


def test_spread_draws_the_highest_bar_in_full() -> None:
    drawn = charts.spread([[0.0, 0.5, 3], [0.5, 1.0, 12], [1.0, 9.0, 1]])
    assert drawn is not None
    assert [bar.height for bar in drawn.bars] == [25.0, 100.0, pytest.approx(8.33)]
    assert drawn.bars[1].told == "0.5 to 1 s: 12 vehicles"
