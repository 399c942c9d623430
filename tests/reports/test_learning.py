"""From what tabs asked for to a way of asking without them, at sites of all kinds that are made up here."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdp.items import Vehicle
from jdp.portal.recording import Exchange, RecordedRequest, ReportRequest
from jdp.reports.learning import Observation, learn
from jdp.reports.recipe import VERSION, Recipe
from jdp.reports.templates import Anchor, Slot, Template, row_values

if TYPE_CHECKING:
    from collections.abc import Mapping

BASE = "https://portal.test/ValuesOnline/"
REPORT, PREPARE, DETAILS = BASE + "Report/GetPdfReport", BASE + "Report/PrepareReport", BASE + "vehicle/details"
FIELD = "__RequestVerificationToken"


def made(*seeds: object, length: int = 24) -> str:
    """Return a value that looks random and is always the same for the same seeds."""
    return hashlib.sha256(repr(seeds).encode()).hexdigest()[:length]


def shaped(shape: str, *seeds: object) -> str:
    """Return a token or key of a certain kind."""
    text = made(*seeds, length=32)
    shapes = {
        "hex": text,
        "guid": f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}",
        "jwt": f"eyJhbGciOiJIUzI1NiJ9.eyJ{text[:20]}.{text[20:]}_-",
        "base64url": f"{text[:9]}_{text[9:20]}-{text[20:]}",
        "base64": f"{text[:9]}+{text[9:20]}/{text[20:]}==",
        "words": f"{text[:9]} {text[9:20]}&{text[20:]}",
    }
    return shapes[shape]


@dataclass(frozen=True)
class Site:
    """A site that writes its report's address in one of many ways. `session` counts logins: secrets change with it."""

    named: str = "id"  # what names the vehicle: id, reference, vin, guid (of its link), part (of its row's id)
    place: str = "query"  # where the report's request holds what names it
    token: str = ""  # kind of token that a call before gives, which then names the vehicle to the report
    answer: str = "json"  # how that call answers
    call_place: str = "form"  # where that call holds what names the vehicle
    forgery: str = ""  # field, header: how the anti-forgery value is sent; cookie: a double-submit one
    per_page: bool = False  # it is another value on each page
    key: str = ""  # kind of key that the page's form holds and the report's address repeats
    session: int = 1

    @property
    def cookies(self) -> dict[str, str]:
        return {"ASP.NET_SessionId": made("session", self.session), "XSRF-TOKEN": made("double", self.session)}

    def name(self, row: Vehicle) -> str:
        guid = row.href.rpartition("=")[2]
        return {
            "id": row.row_id,
            "reference": row.reference,
            "vin": row.vin,
            "guid": guid,
            "part": row.row_id.split("_")[0],
        }[self.named]

    def token_of(self, row: Vehicle) -> str:
        return shaped(self.token, "token", self.session, row.reference)

    def forgery_on(self, page: Vehicle) -> str:
        """Return the anti-forgery value that this vehicle's page holds."""
        if self.forgery == "cookie":
            return self.cookies["XSRF-TOKEN"]
        return made("forgery", self.session, page.reference if self.per_page else "", length=40)

    @property
    def key_value(self) -> str:
        return shaped(self.key, "key", self.session)

    def sent(self, place: str, url: str, named: tuple[str, str], page: Vehicle) -> RecordedRequest:
        """Return a request that holds a name and its value in a certain place, sent from a vehicle's page."""
        name, value = named
        if place == "path":
            return RecordedRequest("GET", f"{url}/{quote(value, safe='')}/pdf")
        if place == "query":
            return RecordedRequest("GET", f"{url}?kind=1&{name}={quote(value, safe='')}&inline=true")
        fields = {"kind": "Bookout", name: value}
        if self.forgery in ("field", "cookie"):
            fields[FIELD] = self.forgery_on(page)
        if place == "json":
            return RecordedRequest("POST", url, json.dumps(fields), (("content-type", "application/json"),))
        return RecordedRequest("POST", url, "&".join(f"{key}={quote_plus(text)}" for key, text in fields.items()))

    def prepare(self, row: Vehicle, page: Vehicle) -> RecordedRequest:
        """Return the call for a token."""
        sent = self.sent(self.call_place, PREPARE, ("vehicleId", self.name(row)), page)
        header = (("requestverificationtoken", self.forgery_on(page)),) if self.forgery == "header" else ()
        return replace(sent, headers=(*sent.headers, *header))

    def report(self, row: Vehicle, page: Vehicle) -> RecordedRequest:
        """Return the request for the report."""
        named = ("token", self.token_of(row)) if self.token else ("vehicleId", self.name(row))
        sent = self.sent(self.place, REPORT, named, page)
        return replace(sent, url=f"{sent.url}&vk={quote(self.key_value, safe='')}") if self.key else sent

    def prepared(self, row: Vehicle) -> str:
        """Answer the call for a token."""
        token = self.token_of(row)
        answers = {
            "json": json.dumps({"ok": True, "token": token, "vehicle": row.description}),
            "html": f'<html><body><p>Ready</p><a class="x" href="/go" data-token="{token}">Open</a></body></html>',
            "plain": token,
        }
        return answers[self.answer]

    def page(self, row: Vehicle) -> str:
        """Answer with a vehicle's page; what it holds for its forms stands far apart."""
        far = "<p>" + "The values below are calculated anew each day. " * 2 + "</p>"
        pieces = [f"<h1>{row.description}</h1><b>{row.reference}</b><i>{row.vin}</i>"]
        if self.forgery in ("field", "header"):
            pieces.append(f'<input type="hidden" name="{FIELD}" value="{self.forgery_on(row)}">')
        if self.key:
            pieces.append(f'<input type="hidden" name="vk" value="{self.key_value}">')
        return f"<html><body>{far.join(pieces)}</body></html>"

    def observe(self, row: Vehicle) -> Observation:
        """Return what a tab asked for on behalf of a vehicle."""
        calls = [
            Exchange(RecordedRequest("GET", row.href), self.page(row), page=True),
            Exchange(RecordedRequest("GET", BASE + "menu"), "{}"),
        ]
        if self.token:
            calls.append(Exchange(self.prepare(row, row), self.prepared(row)))
        sent = self.report(row, row)
        return Observation(row, ReportRequest(sent.url, sent.method, sent.body, row.href, tuple(calls)), self.cookies)

    def ask_in(self, way: Recipe, row: Vehicle, page: Vehicle) -> RecordedRequest:
        """Ask for a report in the learned recipe, in this session; the page that is read is another vehicle's."""
        values = row_values(row) | {f"cookie:{name}": value for name, value in self.cookies.items()}
        if way.page is not None:
            assert RecordedRequest.parse(way.page.fill(row_values(page))) == RecordedRequest("GET", page.href)
            values |= {f"page:{number}": key.find(self.page(page)) or "" for number, key in enumerate(way.keys)}
        if way.call is not None:
            assert way.found is not None
            assert RecordedRequest.parse(way.call.fill(values)) == self.prepare(row, page)
            values["call"] = way.found.find(self.prepared(row)) or ""
        return RecordedRequest.parse(way.report.fill(values))

    @property
    def secrets(self) -> set[str]:
        """Return what is of this session only."""
        found = {*self.cookies.values(), *map(self.forgery_on, ROWS)}
        tokens = {self.token_of(row) for row in ROWS} if self.token else set()
        return found | tokens | ({self.key_value} if self.key else set())


def row(number: int, reference: str) -> Vehicle:
    """Return a row of the grid whose link holds a GUID and whose id has a part that names nobody."""
    guid = shaped("guid", number)
    return Vehicle(
        reference,
        f"{48213000 + 7 * number}_{number % 9}",
        f"1HGCM82633A{number:06}",
        f"2021 Make {number}",
        f"{DETAILS}?key={guid}",
    )


# References that begin like each other, row ids that end like each other.
ROWS = (row(17, "165598"), row(27, "165598A"), row(38, "165599"))

SITES = st.builds(
    Site,
    named=st.sampled_from(["id", "reference", "vin", "guid", "part"]),
    place=st.sampled_from(["query", "path", "form"]),
    token=st.sampled_from(["", "hex", "guid", "jwt", "base64url", "base64", "words"]),
    answer=st.sampled_from(["json", "html", "plain"]),
    call_place=st.sampled_from(["query", "path", "form", "json"]),
    forgery=st.sampled_from(["", "field", "header", "cookie"]),
    per_page=st.booleans(),
    key=st.sampled_from(["", "hex", "guid", "base64url", "base64"]),
).filter(lambda site: not site.key or site.place == "query")


def learned(site: Site, *rows: Vehicle) -> Recipe | None:
    """Learn from what tabs of two vehicles asked a site for."""
    return learn([site.observe(one) for one in rows or ROWS[:2]])


@settings(max_examples=200)
@given(SITES, st.permutations(ROWS))
def test_learned_from_two_vehicles_for_a_third_in_another_session(site: Site, rows: list[Vehicle]) -> None:
    way = learned(site, *rows[:2])
    assert way is not None
    today = replace(site, session=2)
    assert today.ask_in(way, rows[2], rows[0]) == today.report(rows[2], rows[0])
    assert way.referer is not None
    assert way.referer.fill(row_values(rows[2])) == rows[2].href


@given(SITES)
def test_learned_way_names_the_vehicle_and_keeps_no_secret(site: Site) -> None:
    way = learned(site)
    assert way is not None
    assert way.row_sources
    told = f"{way} {way.to_json()} {json.loads(way.to_json())}"
    assert [secret for secret in site.secrets if secret in told or quote(secret, safe="") in told] == []


@given(SITES)
def test_way_written_and_read_again(site: Site) -> None:
    way = learned(site)
    assert way is not None
    assert Recipe.from_json(way.to_json()) == way


# What is not learned


def ask(
    row: Vehicle, address: str, *calls: Exchange, body: str = "", cookies: Mapping[str, str] | None = None
) -> Observation:
    """Return an observation of a GET, or of a form when there is a body."""
    return Observation(row, ReportRequest(address, "POST" if body else "GET", body, row.href, calls), cookies or {})


def asked(address: str, *, body: str = "", page: str = "") -> Recipe | None:
    """Learn from two vehicles whose addresses are written so; fields of a row and `nonce` may stand in them."""
    found = []
    for one in ROWS[:2]:
        values = {"row": one, "nonce": made("nonce", one.reference), "other": made("other", one.reference)}
        calls = [Exchange(RecordedRequest("GET", one.href), page.format(**values), page=True)]
        found.append(ask(one, REPORT + address.format(**values), *calls, body=body.format(**values)))
    return learn(found)


@pytest.mark.parametrize(
    "address",
    [
        "",  # the session's current vehicle
        "?kind=pdf",
        "?t={nonce}",  # a key that stands nowhere
        "?id={row.row_id}&t={nonce}",
        "?id={row.row_id}&t={nonce}&u={other}",
        "/{nonce}/{row.row_id}.pdf",
        "?row={row.row_id}&row={nonce}{row.reference}",
    ],
)
def test_not_learned(address: str) -> None:
    assert asked(address) is None


def test_not_learned_from_two_parts_of_an_answer() -> None:
    page = '<i id="a">{nonce}</i><i id="b">{other}</i>'
    assert asked("?t={nonce}", page=page) is not None
    assert asked("?t={nonce}&u={other}", page=page) is None


def test_not_learned_from_a_key_that_a_call_for_the_current_vehicle_gives() -> None:
    def observed(one: Vehicle) -> Observation:
        token = made("token", one.reference)
        return ask(
            one,
            f"{REPORT}?token={token}",
            Exchange(RecordedRequest("POST", PREPARE, "kind=pdf"), f'{{"token":"{token}"}}'),
        )

    assert learn([observed(one) for one in ROWS[:2]]) is None


def test_not_learned_from_a_call_that_needs_a_call() -> None:
    def observed(one: Vehicle) -> Observation:
        first, second = made("first", one.reference), made("second", one.reference)
        calls = (
            Exchange(RecordedRequest("POST", BASE + "first", f"id={one.row_id}"), first),
            Exchange(RecordedRequest("POST", BASE + "second", f"id={one.row_id}&ticket={first}"), second),
        )
        return ask(one, f"{REPORT}?token={second}", *calls)

    assert learn([observed(one) for one in ROWS[:2]]) is None


@pytest.mark.parametrize("field", [FIELD, "csrf", "X-XSRF-TOKEN", "antiforgery"])
@pytest.mark.parametrize("same", [True, False])
def test_not_learned_when_the_anti_forgery_value_stands_on_no_page(field: str, *, same: bool) -> None:
    value = "Zm9vYmFy" if same else "{nonce}"
    assert asked("", body=f"id={{row.row_id}}&{field}={value}") is None


def test_not_learned_from_one_vehicle() -> None:
    site = Site()
    assert learn([site.observe(ROWS[0])]) is None
    assert learn([site.observe(ROWS[0]), site.observe(ROWS[0])]) is None
    moved = replace(ROWS[0], row_id=ROWS[1].row_id)
    assert learn([site.observe(ROWS[0]), site.observe(moved)]) is None


def test_not_learned_from_vehicles_that_were_asked_for_in_different_ways() -> None:
    assert learn([Site().observe(ROWS[0]), Site(place="path").observe(ROWS[1])]) is None
    assert learn([Site().observe(ROWS[0]), Site(named="reference").observe(ROWS[1])]) is None
    separators = zip(ROWS, "&;", strict=False)
    assert learn([ask(one, f"{REPORT}?id={one.row_id}{between}kind=pdf") for one, between in separators]) is None


def test_not_learned_from_a_value_of_the_row_that_two_vehicles_share() -> None:
    twins = [replace(one, row_id=f"{number}", href="", vin="1HGCM82633A000001") for number, one in enumerate(ROWS[:2])]
    assert learn([ask(one, f"{REPORT}?vin={one.vin}") for one in twins]) is None


def test_learned_again_after_the_site_has_changed() -> None:
    before, after = Site(), Site(token="hex")
    observations = [before.observe(ROWS[0]), before.observe(ROWS[1]), after.observe(ROWS[0])]
    assert learn(observations) is None
    way = learn([*observations, after.observe(ROWS[2])])
    assert way is not None
    assert way.call is not None
    assert after.ask_in(way, ROWS[1], ROWS[0]) == after.report(ROWS[1], ROWS[0])


# What could be learned better


def test_number_before_the_token_is_no_part_of_the_way() -> None:
    def call(one: Vehicle) -> Exchange:
        return Exchange(
            RecordedRequest("POST", PREPARE, f"id={one.row_id}"), f'{{"stock":{one.reference},"token":"{made(one)}"}}'
        )

    rows = [
        replace(one, reference=reference) for one, reference in zip(ROWS, ("165538", "165548", "165551"), strict=True)
    ]
    way = learn([ask(one, f"{REPORT}?token={made(one)}", call(one)) for one in rows[:2]])
    assert way is not None
    assert way.found is not None
    assert way.found.find(call(rows[2]).answer) == made(rows[2])


def test_token_that_two_calls_answer_with() -> None:
    def observed(one: Vehicle) -> Observation:
        token = made(one.reference)
        calls = (
            Exchange(RecordedRequest("POST", PREPARE, f"id={one.row_id}"), f'{{"token":"{token}"}}'),
            Exchange(RecordedRequest("POST", BASE + "log", f"token={token}"), f"noted {token}"),
        )
        return ask(one, f"{REPORT}?token={token}", *calls)

    assert learn([observed(one) for one in ROWS[:2]]) is not None


def test_way_keeps_no_secret_that_stands_beside_a_key() -> None:
    secret, key = made("forgery"), made("key")
    page = f'<i name="{FIELD}" value="{secret}"><i name="vk" value="{key}">'
    way = asked(f"?id={{row.row_id}}&vk={key}", page=page)
    assert way is not None
    assert secret not in way.to_json()


def test_way_keeps_no_part_of_an_anti_forgery_value_with_dots() -> None:
    page = '<i name="csrf_token" value="IjY0ZjUwNjY1.ZqAbCd.p3X9sig_Aa">'
    way = asked("", body="id={row.row_id}&csrf_token=IjY0ZjUwNjY1.ZqAbCd.p3X9sig_Aa", page=page)
    assert way is None or "p3X9sig_Aa" not in way.to_json()


def test_way_does_not_tell_a_key_of_unknown_origin() -> None:
    key = made("key")
    way = asked(f"?id={{row.row_id}}&key={key}")
    assert way is None or key not in str(way)


# Kept between runs


def test_way_says_what_it_asks_for() -> None:
    way = learned(Site(token="hex", call_place="query"))
    assert str(way) == (
        f"GET {REPORT}?kind=1&token={{call}}&inline=true with a value from "
        f"GET {PREPARE}?kind=1&vehicleId={{row:id}}&inline=true"
    )


def written(**changes: Any) -> str:
    """Return what `Recipe.to_json` might have written, with changes."""
    way = {"report": {"parts": ["GET http://portal.test/?id=", {"source": "row:id", "encoding": ""}]}}
    nothing = {"version": VERSION, "referer": None, "call": None, "found": None, "page": None, "keys": []}
    return json.dumps(way | nothing | changes)


def parts(*slots: object) -> dict[str, object]:
    return {"parts": ["GET http://portal.test/?id=", *slots]}


def test_written_way_is_read() -> None:
    assert Recipe.from_json(written()) == Recipe(Template(("GET http://portal.test/?id=", Slot("row:id"))))
    anchor = {"before": "a", "after": ""}
    assert Recipe.from_json(written(keys=[anchor])).keys == (Anchor("a", ""),)


REFUSED = "learned recipe|^Expecting"
FOREIGN = ["", "{", "null", "5", '"way"', "[]", "{}", "[{}]", "\ud800"]
FOREIGN_REPORTS = [None, "GET", {}, {"parts": None}, {"parts": 5}, parts(), parts(None), parts(["row:id", ""])]
NAMELESS_SLOTS = [{"source": "call"}, {"source": "cookie:a"}, {"name": "row:id"}, {"source": "row:id", "secret": "x"}]
FOREIGN_ANCHORS = ["ab", 5, {"before": "a"}, {"before": "a", "after": "b", "secret": "x"}]


@pytest.mark.parametrize("text", FOREIGN)
def test_foreign_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        Recipe.from_json(text)


@pytest.mark.parametrize("report", [*FOREIGN_REPORTS, *map(parts, NAMELESS_SLOTS)])
def test_foreign_report_is_refused(report: object) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        Recipe.from_json(written(report=report))


@pytest.mark.parametrize("anchor", FOREIGN_ANCHORS)
def test_foreign_anchor_is_refused(anchor: object) -> None:
    for changes in ({"found": anchor}, {"keys": [anchor]}, {"keys": None}, {"call": anchor}, {"page": anchor}):
        with pytest.raises(ValueError, match=REFUSED):
            Recipe.from_json(written(**changes))


@pytest.mark.parametrize("source", [5, None, ["row:id"], {"row:id": 1}])
def test_foreign_source_is_refused(source: object) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        Recipe.from_json(written(report=parts({"source": "row:id"}, {"source": source})))


@pytest.mark.parametrize(
    "changes",
    [
        {"report": parts({"source": "row:id", "encoding": "zip"})},
        {"report": parts({"source": "row:id", "encoding": None})},
        {"report": parts({"source": "row:id"}, {"source": "nobody"})},
        {"report": parts({"source": "row:id"}, {"source": "call"})},  # without a call
        {"report": parts({"source": "row:id"}, {"source": "page:0"})},  # without a page
        {"report": {"parts": ["GET"]}, "call": parts({"source": "row:id"})},  # the report itself names nobody
        {"found": {"before": 5, "after": None}},
        {"keys": [{"before": "a", "after": 5}]},
    ],
)
def test_way_that_cannot_be_filled_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        Recipe.from_json(written(**changes))


def test_foreign_text_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match=REFUSED):
        Recipe.from_json("[" * 100_000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["parts", "before", "after"]), inner),
    max_leaves=8,
)


@given(st.sampled_from(["report", "referer", "call", "page", "found", "keys"]), JSON)
def test_way_with_a_foreign_piece_is_refused_or_names_a_vehicle(name: str, value: object) -> None:
    try:
        way = Recipe.from_json(written(**{name: value}))
    except ValueError:
        return
    assert way.row_sources == {"row:id"}


def test_pages_made_to_be_slow_to_learn_from_teach_nothing_at_once() -> None:
    """Without bounds two such answers of 100 kB take minutes, in the thread that everything else waits for."""

    def seen(number: int) -> Observation:
        row = Vehicle(f"16553{number}", f"{9000 + number}", made("vin", number, length=17).upper())
        token = made("token", number)
        answer = "=a" * 100_000 + ("=a" * 60 + token + "!") * 8
        calls = [
            Exchange(RecordedRequest("POST", f"{PREPARE}?id={row.row_id}&n={n}"), answer, page=False) for n in range(20)
        ]
        return Observation(row, ReportRequest(f"{REPORT}?token={token}", "GET", "", DETAILS, tuple(calls)))

    assert learn([seen(1), seen(2)]) is None
