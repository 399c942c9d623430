"""What the addresses name vehicles by, and what the calls carry."""

import json
import re
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from parsel import Selector

from tests.helpers.visitor import GET_PDF, INVENTORY, LIMIT, LOGIN, ROOT, Visit, Visitor, references

PREPARE = "/ValuesOnline/Report/PrepareReport"
FIELD, HEADER = "__RequestVerificationToken", "RequestVerificationToken"
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def links(grid: Selector) -> list[tuple[str, str, str]]:
    """Return the reference, the link's id without its first word and the link's address of each row."""
    found = grid.css("a[id^='bookOutButton_']")
    ends = [link.attrib["id"].removeprefix("bookOutButton_") for link in found]
    return list(zip(references(grid), ends, [link.attrib["href"] for link in found], strict=True))


@pytest.mark.parametrize("page", ["id", "session"])
def test_guid_stands_in_the_link_only(visit: Visit, page: str) -> None:
    visitor = visit("--vehicle-key", "guid", "--vehicle-page", page, "--report-link", "form")
    grid = visitor.inventory()
    reference, number, address = links(grid)[0]
    assert re.fullmatch(r"\d{8}", number)
    guid = GUID.findall(address)[0]
    assert grid.get().count(guid) == 1
    opened = visitor.get(address)
    shown = Selector(opened.text)
    assert shown.css("#vehicleReference::text").get() == reference
    assert (guid in str(opened.url)) == (page == "id")
    assert number not in opened.text
    assert shown.css("#reportForm input[name=vehicleId]::attr(value)").get() == guid
    assert visitor.get(shown.css("#vehicleValues::attr(data-values)").get("")).json()["ready"]
    assert visitor.open(number).status_code == (404 if page == "id" else 200)


@pytest.mark.parametrize("link", ["id", "token"])
def test_guid_names_the_vehicle_to_its_report(visit: Visit, link: str) -> None:
    visitor = visit("--vehicle-key", "guid", "--report-link", link)
    _, number, address = links(visitor.inventory())[1]
    guid = GUID.findall(address)[0]
    assert Selector(visitor.get(address).text).css("#createPdf::attr(data-vehicle)").get() == guid
    asked = {"vehicleId": guid}
    if link == "token":
        assert visitor.post(PREPARE, data={"vehicleId": number}).status_code == 404
        asked = {"token": visitor.post(PREPARE, data={"vehicleId": guid}).json()["token"]}
    answer = visitor.get(GET_PDF, params=asked)
    assert answer.content == visitor.get(f"/_demo/reports/{guid}").content
    assert guid in answer.headers["content-disposition"]
    assert number not in answer.headers["content-disposition"]
    assert visitor.report(number).status_code == 404


def test_guids_come_from_the_seed(visit: Visit) -> None:
    one, same, other = (links(visit("--vehicle-key", "guid", "--seed", seed).inventory()) for seed in ("1", "1", "2"))
    assert one == same
    assert not {address for *_, address in one} & {address for *_, address in other}
    assert len({address for *_, address in one}) == 20
    usual = links(visit().inventory())
    assert [row[:2] for row in one] == [row[:2] for row in usual]


def test_suffix_stands_in_the_link_id_only(visit: Visit) -> None:
    visitor = visit("--vehicle-key", "suffix")
    suffixes = set()
    for reference, end, address in links(visitor.inventory()):
        number, suffix = re.fullmatch(r"(\d{8})_(\d)", end).groups()  # type: ignore[union-attr]
        suffixes.add(suffix)
        assert parse_qs(urlsplit(address).query) == {"vehicleId": [number]}
        assert Selector(visitor.get(address).text).css("#vehicleReference::text").get() == reference
        assert visitor.report(number).content == visitor.get(f"/_demo/reports/{number}").content
        assert visitor.report(end).status_code == 404
    assert len(suffixes) > 3


@pytest.mark.slow
def test_guid_is_refused_with_script_links() -> None:
    command = [sys.executable, "-m", "demo_portal", "--vehicle-key", "guid", "--bookout", "script"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("--vehicle-key guid")


def field(visitor: Visitor, address: str, selector: str) -> str:
    found: str = Selector(visitor.get(address).text).css(selector).get("")
    assert found
    return found


def signed_in(visit: Visit, *switches: str) -> Visitor:
    """Sign in where the login form has to carry its field."""
    visitor = visit("--antiforgery", "--licence", "never", *switches)
    visitor.log_in(**{FIELD: field(visitor, LOGIN, f"input[name={FIELD}]::attr(value)")})
    assert visitor.get(INVENTORY).url.path == INVENTORY
    return visitor


def meta(visitor: Visitor) -> str:
    return field(visitor, INVENTORY, "meta[name=request-verification]::attr(content)")


def test_forgery_per_page_differs_and_each_is_accepted(visit: Visit) -> None:
    visitor = signed_in(visit, "--forgery-per-page", "--report-link", "token")
    own = visitor.cookies[FIELD]
    vehicle = links(visitor.inventory())[0][1]
    values = [meta(visitor) for _ in range(3)]
    assert len(set(values)) == 3
    for value in (*values, *values):
        assert visitor.post(PREPARE, data={"vehicleId": vehicle, FIELD: value}).status_code == 200
    del visitor.cookies[FIELD]
    strange = meta(visitor)
    visitor.cookies.set(FIELD, own, domain="127.0.0.1")
    for value in (strange, values[0][:-1] + "g", "0" + values[0], values[0][1:], "", "\u00e9"):
        assert visitor.post(PREPARE, data={"vehicleId": vehicle, FIELD: value}).status_code == 400
    assert visitor.post(PREPARE, data={"vehicleId": vehicle, FIELD: values[0]}).status_code == 200


def test_forgery_is_the_same_on_each_page_by_default(visit: Visit) -> None:
    visitor = signed_in(visit)
    assert meta(visitor) == meta(visitor)


@pytest.mark.parametrize("header", [False, True])
@pytest.mark.parametrize("address", [PREPARE, INVENTORY + "select", INVENTORY + "GridCallback"])
def test_calls_carry_the_forgery_value(visit: Visit, address: str, header: bool) -> None:
    visitor = signed_in(visit, "--report-link", "token", *(["--forgery-header"] if header else []))
    fields, value = {"vehicleId": links(visitor.inventory())[0][1], "command": "REFRESH"}, meta(visitor)
    by_field = visitor.post(address, data=fields | {FIELD: value})
    by_header = visitor.post(address, data=fields, headers={HEADER: value})
    assert (by_field.status_code, by_header.status_code) == ((400, 200) if header else (200, 400))
    assert visitor.post(address, data=fields, headers={HEADER: "0" * len(value)}).status_code == 400


def test_forgery_header_leaves_forms_as_they_are(visit: Visit) -> None:
    visitor = signed_in(visit, "--forgery-header", "--logout", "form", "--report-link", "form")
    value = meta(visitor)
    fields = {"vehicleId": links(visitor.inventory())[0][1]}
    for address in (GET_PDF, "/ValuesOnline/Home/LogOff"):
        assert visitor.post(address, data=fields, headers={HEADER: value}).status_code == 400
        assert visitor.post(address, data=fields | {FIELD: value}).status_code == 200


def test_token_call_as_json(visit: Visit) -> None:
    visitor = signed_in(visit, "--report-link", "token", "--call-json")
    fields = {"vehicleId": links(visitor.inventory())[0][1], FIELD: meta(visitor)}
    assert visitor.post(PREPARE, data=fields).status_code == 415
    assert visitor.post(PREPARE, content=b'["no", "fields"]', headers={"Content-Type": "application/json"}).is_error
    assert visitor.post(PREPARE, content=json.dumps(fields)).status_code == 415
    assert visitor.post(PREPARE, json=fields | {FIELD: "0"}).status_code == 400
    token = visitor.post(PREPARE, json=fields).json()["token"]
    right = visitor.get(f"/_demo/reports/{fields['vehicleId']}").content
    assert visitor.get(GET_PDF, params={"token": token}).content == right


def test_token_call_as_json_by_header(visit: Visit) -> None:
    visitor = signed_in(visit, "--report-link", "token", "--call-json", "--forgery-header")
    fields = {"vehicleId": links(visitor.inventory())[0][1]}
    assert visitor.post(PREPARE, json=fields | {FIELD: meta(visitor)}).status_code == 400
    assert "token" in visitor.post(PREPARE, json=fields, headers={HEADER: meta(visitor)}).json()


def test_form_is_the_usual_call(visit: Visit) -> None:
    visitor = visit("--report-link", "token")
    assert visitor.post(PREPARE, json={"vehicleId": links(visitor.inventory())[0][1]}).status_code == 404
