"""Text with slots, and where in other texts the values for them stand."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdp.items import Vehicle
from jdp.reports.templates import LONGEST_VALUE, Anchor, Slot, Template, UnfilledError, anchor_of, row_values
from tests.helpers.parts import vehicle

ID, PLUS = Slot("row:id"), Slot("row:id", "plus")
ADDRESS = Template(("GET http://portal.test/report/", Slot("row:reference"), "?id=", Slot("row:id", "quoted"), "\n\n"))


def test_fill_writes_each_slot_in_its_place() -> None:
    filled = ADDRESS.fill({"row:reference": "165598A", "row:id": "a b/c"})
    assert filled == "GET http://portal.test/report/165598A?id=a%20b%2Fc\n\n"


def test_fill_plus() -> None:
    assert Template(("id=", PLUS)).fill({"row:id": "a b&c"}) == "id=a+b%26c"


@pytest.mark.parametrize("slot", [ID, PLUS, Slot("row:id", "quoted")])
@pytest.mark.parametrize("values", [{}, {"row:id": ""}, {"row:reference": "165598"}])
def test_fill_without_a_value(slot: Slot, values: dict[str, str]) -> None:
    with pytest.raises(UnfilledError, match="row:id has no value"):
        Template(("id=", slot)).fill(values)


SHAPES = [" ", "a b", "1&all=1", "1\n", "1\r\nX-Evil: 1", "1?x", "1#x", "a/b", "..", "../x", "a..b", ".a", "a.", "1;2"]
LETTERS = ["a=b", "a:b", '1"', "<b>", "\x00", "r\u00e9f-1", "\u0661\u0662\u0663\u0664", "a\\b", "{1}"]


@pytest.mark.parametrize("value", [*SHAPES, *LETTERS])
def test_fill_refuses_what_would_change_the_request(value: str) -> None:
    with pytest.raises(UnfilledError):
        Template(("id=", ID)).fill({"row:id": value})


@pytest.mark.parametrize("value", ["165598A", "eyJh.eyJi.sig_-", "48213005_3", "6f1c-4a", "~*"])
def test_fill_takes_tokens_as_they_are(value: str) -> None:
    assert Template(("id=", ID)).fill({"row:id": value}) == f"id={value}"


@given(st.text(max_size=20))
def test_fill_encoded_values_stay_one_field(value: str) -> None:
    for slot in (Slot("row:id", "quoted"), PLUS):
        try:
            filled = Template(("http://portal.test/report?id=", slot, "&kind=pdf")).fill({"row:id": value})
        except UnfilledError:
            continue
        assert parse_qsl(urlsplit(filled).query) == [("id", value), ("kind", "pdf")]


@given(st.text(max_size=20))
def test_fill_unencoded_values_keep_the_shape(value: str) -> None:
    try:
        filled = Template(("GET http://portal.test/report/", ID, "?id=", ID, "&kind=pdf\n\nid=", ID)).fill(
            {"row:id": value}
        )
    except UnfilledError:
        return
    head, _, body = filled.partition("\n\n")
    parts = urlsplit(head.removeprefix("GET "))
    assert (parts.netloc, parts.path.count("/"), parts.fragment) == ("portal.test", 2, "")
    assert [name for name, _ in parse_qsl(parts.query)] == ["id", "kind"]
    assert "\n" not in body


@pytest.mark.parametrize("value", ["16+5598", "16%5598", "1655%26x"])
def test_fill_refuses_what_the_site_would_have_encoded(value: str) -> None:
    with pytest.raises(UnfilledError):
        Template(("http://portal.test/report?id=", ID)).fill({"row:id": value})


def test_written_changes_one_source_only() -> None:
    template = Template(("a=", Slot("call"), "&b=", ID, "&c=", Slot("call")))
    encoded = Template(("a=", Slot("call", "quoted"), "&b=", ID, "&c=", Slot("call", "quoted")))
    assert template.written("call", "quoted") == encoded
    assert template.written("cookie:x", "quoted") == template


def test_sources_and_text() -> None:
    assert ADDRESS.sources == {"row:reference", "row:id"}
    assert str(ADDRESS) == "GET http://portal.test/report/{row:reference}?id={row:id}\n\n"


# What a row says


def test_row_values_name_each_part_of_id_and_link() -> None:
    link = "http://portal.test/vehicle/details?key=6F1C0A2E-77AB-4D0C-9E5F-000000000001"
    row = Vehicle("165598A", "48213005_7731", "1HGCM82633A000001", href=link)
    assert row_values(row) == {
        "row:id": "48213005_7731",
        "row:reference": "165598A",
        "row:vin": "1HGCM82633A000001",
        "row:id.0": "48213005",
        "row:id.1": "7731",
        "row:href.0": "http",
        "row:href.1": "portal",
        "row:href.2": "test",
        "row:href.3": "vehicle",
        "row:href.4": "details",
        "row:href.6": "6F1C0A2E-77AB-4D0C-9E5F-000000000001",
    }


def test_row_values_too_short_to_name_anybody() -> None:
    assert row_values(Vehicle("165", "9", "", href="/v?i=7")) == {}


def test_row_values_parts_keep_their_numbers_whatever_is_short() -> None:
    short, long = Vehicle("165598", "48213005_3_7731"), Vehicle("165599", "48213005_3333_7732")
    assert row_values(short)["row:id.2"] == "7731"
    assert row_values(long)["row:id.2"] == "7732"


def test_row_values_of_a_key_in_base64url() -> None:
    key = "Zm9v_YmFy-x1"
    assert key in row_values(replace(vehicle(1), href=f"http://portal.test/details?key={key}")).values()


# Where a value stands


def test_anchor_between_texts() -> None:
    anchor = Anchor('"token":"', '"')
    assert anchor.find('{"a":"x","token":"abc","b":"y"}') == "abc"
    assert anchor.find('{"a":"x"}') is None
    assert anchor.find('{"token":""}') is None


def test_anchor_at_the_ends() -> None:
    assert Anchor("", "").find("abc") == "abc"
    assert Anchor("", ";").find("abc;def;") == "abc"
    assert Anchor("key=", "").find("id=1&key=abc") == "abc"
    assert Anchor("", "").find("x" * (LONGEST_VALUE + 1)) is None


def test_anchor_is_no_pattern() -> None:
    assert Anchor("a(.*)[", "$").find("a(.*)[abc$") == "abc"
    assert Anchor("a.", "$").find("axabc$") is None


def test_anchor_finds_over_lines() -> None:
    assert Anchor("<b>", "<").find("<b>\nabc\n</b>") == "\nabc\n"


def test_anchor_finds_nothing_without_an_end() -> None:
    assert Anchor("<", ">").find("<" + "x" * LONGEST_VALUE + ">") == "x" * LONGEST_VALUE
    assert Anchor("<", ">").find("<" + "x" * (LONGEST_VALUE + 1) + ">") is None


TOKENS = st.from_regex(r"[0-9A-Za-z_-]{8,40}", fullmatch=True)


@given(
    st.lists(TOKENS, min_size=3, max_size=3), st.sampled_from(['{"a":1,"token":"%s"}', "token=%s", "%s", "<b>%s</b>"])
)
def test_anchor_of_two_answers_finds_it_in_a_third(tokens: list[str], answer: str) -> None:
    texts = [answer % token for token in tokens]
    anchor = anchor_of(tokens[:2], texts[:2])
    assert anchor is not None
    assert anchor.find(texts[2]) == tokens[2]


@given(st.lists(TOKENS, min_size=2, max_size=2), st.lists(st.text(max_size=200), min_size=4, max_size=4))
def test_anchor_of_finds_what_it_was_made_from_or_is_none(tokens: list[str], around: list[str]) -> None:
    texts = [around[0] + tokens[0] + around[1], around[2] + tokens[1] + around[3]]
    anchor = anchor_of(tokens, texts)
    assert anchor is None or [anchor.find(text) for text in texts] == tokens


def test_anchor_of_takes_the_place_that_both_have() -> None:
    texts = ["aaaaaaaa comes first. key: aaaaaaaa;", "Here it is second: bbbbbbbb. key: bbbbbbbb;"]
    anchor = anchor_of(["aaaaaaaa", "bbbbbbbb"], texts)
    assert anchor is not None
    assert anchor.find("None of it. key: cccccccc;") == "cccccccc"


def test_anchor_of_a_value_that_stands_nowhere() -> None:
    assert anchor_of(["aaaaaaaa", "bbbbbbbb"], ["token=aaaaaaaa", "token=cccccccc"]) is None
    assert anchor_of(["aaaaaaaa", "bbbbbbbb"], ["", ""]) is None


def test_anchor_of_values_in_different_places() -> None:
    assert anchor_of(["aaaaaaaa", "bbbbbbbb"], ["x=aaaaaaaa", "y:bbbbbbbb."]) is None


def test_anchor_of_numbers_that_end_alike_before_the_value() -> None:
    answer = '{{"vehicleId":{},"token":"{}"}}'
    tokens = ["aaaaaaaa", "bbbbbbbb"]
    anchor = anchor_of(
        tokens, [answer.format(number, token) for number, token in zip((9005, 9015), tokens, strict=True)]
    )
    assert anchor is not None
    assert anchor.find(answer.format(9017, "cccccccc")) == "cccccccc"


def test_anchor_of_two_vehicles_that_are_alike() -> None:
    answer = '{{"make":"{}","token":"{}"}}'
    tokens = ["aaaaaaaa", "bbbbbbbb"]
    anchor = anchor_of(tokens, [answer.format("Honda", token) for token in tokens])
    assert anchor is not None
    assert anchor.find(answer.format("Toyota", "cccccccc")) == "cccccccc"


def test_row_reference_with_a_letter_is_written_whole() -> None:
    for reference in ("165598", "165598A"):
        filled = Template(("id=", Slot("row:reference"))).fill(row_values(Vehicle(reference)))
        assert filled == f"id={reference}"
