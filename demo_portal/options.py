"""Every switch of the demo portal, with its default; the command line is made from this list."""

import argparse
from collections.abc import Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any

from demo_portal.shape_names import FILTERS, SAVED, SHAPES


def switch(default: Any, text: str, *choices: str) -> Any:
    """Declare one option: its default, its help, and what it may be if not anything."""
    return field(default=default, metadata={"help": text, "choices": choices or None})


# What static/create_pdf.js can do.
SHOWN = (
    *("open", "body", "document", "element", "form", "script", "refresh", "resize", "self", "iframe", "embed"),
    *("download", "blob", "blob-before", "xhr", "throws"),
)


@dataclass(frozen=True)
class Options:
    """What this run of the portal is like."""

    host: str = switch("127.0.0.1", "address to listen on")
    port: int = switch(0, "port to listen on; 0 takes a free one")
    exit_with_parent: bool = switch(False, "end when standard input closes")
    replay: str = switch("", "serve the capture in this folder, which scrapy preflight --record wrote; any password")
    seed: int = switch(1, "everything that looks random comes from this")

    user: str = switch("demo", "name of the account")
    password: str = switch("demo", "password of the account")
    accounts: str = switch("", "further accounts: user:password,user:password")
    login_outcome: str = switch(
        "in", "what a right password leads to", "in", "expired", "code", "maintenance", "notice"
    )
    licence: str = switch("once", "when the licence agreement is shown", "always", "once", "never")
    logout: str = switch("link", "what the log-out control is", "link", "form")
    logout_dead: bool = switch(False, "the log-out control leads to the home page, and the session stays")
    antiforgery: bool = switch(False, "forms and posts carry a field that is checked")
    forgery_per_page: bool = switch(False, "that field's value is another on each page; all of them are accepted")
    forgery_header: bool = switch(False, "scripts' calls send that value as a header in place of the field")
    renew_cookie: bool = switch(False, "every answer renews the sign-in cookie; old ones cannot log out")
    clock_behind: float = switch(0.0, "seconds that its clock is behind; the sign-in cookie then has an expiry")
    lock_seconds: float = switch(300.0, "an idle open session refuses other logins this long")
    session_seconds: float = switch(1200.0, "a session is lost after being idle this long")
    session_requests: int = switch(0, "a session is lost after this many requests; 0 is never")
    serialize_session: bool = switch(False, "requests of one session are served one at a time")

    vehicles: int = switch(60, "how many vehicles the inventory has")
    page_size: int = switch(20, "rows on a page of the grid")
    duplicates: int = switch(0, "how many vehicles the grid lists twice")
    sold: int = switch(0, "how many vehicles, the last ones, the inventory does not list any more")
    twins: int = switch(0, "how many vehicles stand under another one's reference number")
    moving: int = switch(0, "rows move between pages during this many loads of later pages")
    hostile: int = switch(0, "how many vehicles have a reference made to break things")
    columns: str = switch("usual", "columns of the grid", "usual", "shuffled", "stock", "no-vin")
    first_rows: str = switch("page", "how the first rows come", "page", "callback")
    grid_state: str = switch("tab", "who keeps the grid's page and filter", "tab", "session")
    filter_match: str = switch("begins", "how the filter compares", "begins", "equals", "contains")
    saved_filter: str = switch("", "stock number filter that the account starts with")
    clear_beside_show: bool = switch(False, "the Clear link stands beside a ShowFilterControl link")
    csv_bom: bool = switch(False, "the export starts with a byte order mark")
    csv_missing: int = switch(0, "vehicles of the grid that the export lacks")
    csv_extra: int = switch(0, "vehicles in the export that the grid lacks")

    grid_shape: tuple[str, ...] = switch((), "a shape of the grid (demo_portal/shapes.py); may be repeated")

    bookout: str = switch("href", "what opens a vehicle", "href", "script")
    vehicle_key: str = switch("id", "what addresses name a vehicle by", "id", "guid", "suffix")
    vehicle_page: str = switch("id", "what names the vehicle on its page's address", "id", "session")
    report_link: str = switch("id", "what names the vehicle to its report", "id", "token", "session", "form")
    report_redirect: bool = switch(False, "the report's address redirects to another that gives the file")
    page_first: bool = switch(False, "no report, or token, unless the vehicle's page was opened since its last report")
    token_from: str = switch("call", "where a token comes from", "call", "page")
    token_uses: int = switch(0, "how often a token can be fetched; 0 is without limit")
    token_call: str = switch("id", "what the call for a token names", "id", "session")
    call_json: bool = switch(False, "the call for a token sends JSON in place of a form")
    token_open: str = switch("after", "whether the tab opens after the token came", "after", "before")
    create_pdf: str = switch("open", "how Create PDF shows the report; a form: open posts it, all others call", *SHOWN)
    scheme_change: int = switch(
        0, "after this many reports, report link id becomes token: old addresses answer 404; 0 is never"
    )

    hangs: str = switch(
        "", "what every page asks for and never gets", "", "image", "chat", "script", "defer", "style", "font"
    )
    confide: bool = switch(False, "pages, headers and reports hide whose they are: names, marks, prices, password")
    cover: str = switch(
        "", "what lies over every page; behind a trap nothing works", "", "cookies", "survey", "trap", "trap-close"
    )
    cover_on: str = switch("all", "which pages that lies over", "all", "vehicle")
    licence_box: str = switch("plain", "how the licence agreement's box looks", "plain", "hidden", "clear")
    asks: str = switch(
        "", "a dialog of the browser: before a report, on or from every page", "", "confirm", "alert", "leave"
    )
    hidden_login: bool = switch(False, "signed-in pages hold a login form for later, which is hidden")
    moment_ms: int = switch(0, "a page after the login goes on by script after this time; 0 is none")
    ready_by: str = switch(
        "refresh", "how a report that is not ready says so", "202", "retry-after", "refresh", "header", "script"
    )
    ready_ms: int = switch(0, "time until a report that was asked for is ready; 0 is at once")

    login_ms: int = switch(0, "time to answer a login")
    grid_ms: int = switch(0, "time to answer the inventory page and each callback")
    callback_ms: int = switch(0, "more time to answer each callback")
    vehicle_ms: int = switch(0, "time until a vehicle's page is ready")
    report_ms: int = switch(0, "time to make a report")
    reports_at_once: int = switch(0, "reports made at the same time; others wait; 0 is without limit")
    pace_best: int = switch(0, "more reports at once than this make each slower; 0 is never")
    busy_above: int = switch(0, "while this many reports are under way, others are answered 429; 0 is never")
    busy_seconds: int = switch(1, "what such an answer says under Retry-After")
    slow_seconds: float = switch(30.0, "how long the fault 'slow' takes to send a report")

    fault: tuple[str, ...] = switch((), "NAME=RATE or NAME@REF,REF; may be repeated")
    sticky: bool = switch(False, "faults strike every try, not the first only")
    sticky_fault: tuple[str, ...] = switch((), "as --fault, but this one strikes every try; may be repeated")
    selector_change: tuple[str, ...] = switch((), "NAME=VALUE renames an id or class; may be repeated")


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the options from the command line."""
    parser = argparse.ArgumentParser(prog="python -m demo_portal", description=__doc__)
    for option in fields(Options):
        _add(parser, option)
    values: dict[str, Any] = vars(parser.parse_args(arguments))
    values.update({name: tuple(values[name]) for name in ("fault", "sticky_fault", "selector_change", "grid_shape")})
    return _checked(Options(**values))


def _checked(options: Options) -> Options:
    if options.vehicle_key == "guid" and options.bookout == "script":
        raise SystemExit("--vehicle-key guid goes with --bookout href only: a script's link has no address to hold it")
    for shape in options.grid_shape:
        if shape not in SHAPES:
            raise SystemExit(f"--grid-shape {shape}: there are {', '.join(SHAPES)}")
    return options


def saved_filter(options: Options) -> str:
    """Return the filter that an account starts with; shapes of filters need one."""
    return options.saved_filter or (SAVED if FILTERS.keys() & set(options.grid_shape) else "")


def _add(parser: argparse.ArgumentParser, option: "Field[Any]") -> None:
    name, text = "--" + option.name.replace("_", "-"), option.metadata["help"]
    if isinstance(option.default, bool):
        parser.add_argument(name, action="store_true", help=text)
    elif isinstance(option.default, tuple):
        parser.add_argument(name, action="append", default=[], help=text)
    else:
        kind, choices = type(option.default), option.metadata["choices"]
        parser.add_argument(name, type=kind, default=option.default, choices=choices, help=text)
