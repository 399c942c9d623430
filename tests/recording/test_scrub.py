"""What stays of a site's texts, and what does not."""

from __future__ import annotations

import base64
import json
import re

import pytest

from jdp.recording.pseudonyms import Pseudonyms
from jdp.recording.recorder import own_names
from jdp.recording.scrub import BLACK, Scrubber

USER, PASSWORD, COOKIE = "dealer", "pass-word-7391", "7c1e90ab77aa41c2"
VIN = "1HGCM82633A004352"
ORIGIN = "https://portal.test"
KEY = b"the same in each run: no made-up value meets what is looked for by chance"


@pytest.fixture
def scrubber() -> Scrubber:
    scrubber = Scrubber([USER, PASSWORD, COOKIE], own_names(), ORIGIN, Pseudonyms(KEY))
    scrubber.learn(
        [
            ("cell", "165530"),
            ("cell", VIN),
            ("cell", "Honda"),
            ("cell", "$21,340"),
            ("value", "48213007"),
            ("text", "Welcome back, Jane Doubtfire of Doubtfire Motors"),
            ("name", "btnLaunch mainButton"),
            ("label", "Otto Quist"),
            ("text", "Hello Wilhelmina, your mail goes to zebedee@yonder.example"),
        ]
    )
    return scrubber


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text", "Page 1 of 3 (45 items)"),
        ("text", "Print/Email Reports"),
        ("pager", "Page 1 of 92 (1,820 items)"),
        ("label", "Ref. Nbr"),
        ("header", "Stk# / Honda"),
        ("name", "vehicleGridView_DXDataRow1819"),
        ("name", "launchSheetBtn btn-primary"),
        ("hint", "#btnLaunch"),
        ("address", "/ValuesOnline/Home/LicenseAgreement?ReturnUrl=/ValuesOnline/"),
        ("address", "/ValuesOnline/Report/GetPdfReport?reportType=Bookout&inline=true"),
        ("address", "javascript:void(0)"),
        ("code", "if (this.checked) { this.form.submit(); }"),
        ("code", "window.open('/ValuesOnline/Report/GetPdfReport?token=' + token); $('#btnLaunch').click();"),
        ("style", "width:100%;left:-10000px;color:#123456"),
    ],
)
def test_what_says_nothing_of_anybody_stays(scrubber: Scrubber, kind: str, text: str) -> None:
    assert scrubber.scrub(kind, text) == text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "text",
            f"2019 Honda for Jane Doubtfire, 165530, {VIN}, $21,340, jane@doubtfire.example, 12 Larkspur Crescent",
        ),
        ("text", "call 555-123-4567"),
        ("text", f"signed in as {USER} with {PASSWORD} and {COOKIE}"),
        ("label", f"Log out Jane Doubtfire ({USER}) 165530 {VIN}"),
        ("cell", "Front Line"),
        ("cell", "Stock #: 165530 for Doubtfire"),
        ("name", f"of-{USER} janeDoubtfire doubtfire-motors r-165530 v{VIN} bookOutButton_48213007"),
        ("address", f"{ORIGIN}/ValuesOnline/vehicle/details?vehicleId=48213007&who=Jane%20Doubtfire&vin={VIN}"),
        ("address", f"/open/{VIN}/165530A?{USER}=1"),
        ("label", "Otto Quist"),
        ("name", "menu-otto ottoQuist ottoquist for-Wilhelmina zebedee_at_yonder"),
        ("address", f"mailto:jane@doubtfire.example?subject={VIN}"),
        ("address", "data:text/plain,Jane Doubtfire"),
        (
            "code",
            f"// Jane Doubtfire\nvar who = 'Jane Doubtfire', pw = \"{PASSWORD}\"; /* 165530 */ sold['165530'] = 21340;",
        ),
        ("json", json.dumps({"owner": "Jane Doubtfire", "vin": VIN, "price": 21340, USER: [COOKIE, "165530"]})),
        ("json", json.dumps({"html": f"<b>{VIN}</b>"})),
        ("style", f".x::after {{ content: 'Jane Doubtfire {VIN}' }} /* 165530 */ a {{ background: url(/x?{VIN}) }}"),
        ("fields", f"vehicleId=48213007&name=Jane+Doubtfire&vin={VIN}"),
    ],
)
def test_what_is_somebodys_goes(scrubber: Scrubber, kind: str, text: str) -> None:
    clean = scrubber.scrub(kind, text)
    somebodys = f"{USER}|{PASSWORD}|{COOKIE}|165530|{VIN}|48213007|21,?340|jane|doubtfire|larkspur|4567|front line"
    somebodys += "|otto|quist|wilhelmina|zebedee|yonder"
    assert not re.search(somebodys, clean, re.IGNORECASE)


@pytest.mark.parametrize("secret", [USER, PASSWORD, COOKIE])
@pytest.mark.parametrize("before", ["", "a", "ab"])
def test_secrets_go_in_base64_too(scrubber: Scrubber, secret: str, before: str) -> None:
    packed = base64.b64encode(f"{before}{secret}".encode()).decode()
    inner = packed[-(-len(before) * 8 // 6) : len(before + secret) * 8 // 6]
    for kind in ("name", "text", "code", "address"):
        assert inner not in scrubber.scrub(kind, packed)


def test_the_same_is_the_same_wherever_it_stands(scrubber: Scrubber) -> None:
    made = scrubber.scrub("cell", "48213007")
    assert scrubber.scrub("name", "bookOutButton_48213007") == f"bookOutButton_{made}"
    assert scrubber.scrub("address", "/details?vehicleId=48213007") == f"/details?vehicleId={made}"
    assert json.loads(scrubber.scrub("json", '{"vehicleId": 48213007}')) == {"vehicleId": int(made)}
    price = scrubber.scrub("cell", "$21,340")
    assert json.loads(scrubber.scrub("json", "[21340]")) == [int(re.sub("[$,]", "", price))]


def test_what_jdp_knows_by_name_is_nobodys_secret() -> None:
    scrubber = Scrubber(["username", "agreement"], own_names(), ORIGIN, Pseudonyms(KEY))
    assert scrubber.scrub("name", "usernameInput agreementCheckBox") == "usernameInput agreementCheckBox"
    assert scrubber.scrub("text", "username") == BLACK


def test_sentence_of_our_own_quotes_nobody(scrubber: Scrubber) -> None:
    said = scrubber.said("inventory page: nothing matches #btnLogout; the page says 'Hello Jane Doubtfire'")
    assert said.startswith("inventory page: nothing matches #btnLogout; the page says 'Hello ")
    assert "Doubtfire" not in said
