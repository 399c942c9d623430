"""What a run came to, in a sentence or two, and what there is to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jdp.monitoring.metrics import COMPLETE, NOT_STARTED

if TYPE_CHECKING:
    from jdp.monitoring.page.facts import Facts

GOOD, DOUBTFUL, BAD, AT_WORK = "good", "doubtful", "bad", "at-work"
FEW = 10  # one in so many may be missing, and the rest is still of use


class Headline(NamedTuple):
    """The head of the page: its tone, a headline, what is to be known beside it, and a command with its purpose."""

    tone: str
    headline: str
    detail: str = ""
    purpose: str = ""
    command: str = ""


def headline_of(facts: Facts) -> Headline:
    """Say first what matters most."""
    metrics = facts.metrics
    here = metrics.stored + (metrics.already if facts.whole else 0)
    missing = metrics.lacking
    if facts.running:
        told = f"{here:,} of {here + missing:,} reports are here" if missing else "The inventory is not read yet"
        return Headline(AT_WORK, f"At work: {told[0].lower() + told[1:]}", "This page shows the run as it goes on.")
    if metrics.exit_status == NOT_STARTED:
        return Headline(BAD, "Nothing was downloaded", metrics.message)
    if metrics.finish_reason != "finished":
        detail = metrics.message or f"It was ended from outside ({metrics.finish_reason})."
        return Headline(
            BAD,
            f"Stopped: {here:,} of {here + missing:,} reports are here",
            detail,
            *_again(facts, "This goes on where it ended:"),
        )
    return _finished(facts, here, missing)


def _finished(facts: Facts, here: int, missing: int) -> Headline:
    metrics = facts.metrics
    if not metrics.inventory:
        return Headline(DOUBTFUL, "The inventory is empty", "The portal lists no vehicle for this account.")
    if missing:
        verb = "is" if missing == 1 else "are"
        tone = DOUBTFUL if missing * FEW <= here + missing else BAD
        return Headline(
            tone,
            f"{missing:,} of {here + missing:,} reports {verb} missing",
            _lacking(facts),
            *_again(facts, "This asks for those that failed once more:"),
        )
    if not metrics.inventory_complete:
        return Headline(
            DOUBTFUL,
            f"All {here:,} reports are here that were found",
            "The inventory was not read completely: vehicles may be missing from it.",
            *_again(facts, "This reads it again:"),
        )
    return _all_here(facts, here)


def _all_here(facts: Facts, here: int) -> Headline:
    told = f"All {here:,} reports are here" if here > 1 else "The report is here" if here else "Nothing was left to do"
    if facts.metrics.exit_status == COMPLETE:
        return Headline(GOOD, told, "Each was proven by its own text to be its vehicle's, then stored.")
    if facts.metrics.logout_failed:
        return Headline(DOUBTFUL, told, "But the logout failed: the account may be locked for about 5 minutes.")
    failed = [each.name for each in facts.metrics.monitors if not each.ok]
    return Headline(DOUBTFUL, told, f"But a check was not passed: {', '.join(failed)}." if failed else "")


def _lacking(facts: Facts) -> str:
    """Say of what kind those are that are missing."""
    metrics = facts.metrics
    told = (
        (metrics.failed, "failed in every try"),
        (metrics.unproven, "came, but name no vehicle beside a known label: they are kept apart"),
        (metrics.gone, "belong to vehicles that the portal no longer has"),
        (metrics.open, "were not come to"),
    )
    return "; ".join(f"{count:,} {what}" for count, what in told if count) + "."


def _again(facts: Facts, purpose: str) -> tuple[str, str]:
    return purpose, f'scrapy crawl inventory -s JOBDIR="{facts.run.job_folder}"'
