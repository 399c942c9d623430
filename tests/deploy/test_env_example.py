"""The file that users copy: complete, and true about defaults."""

from __future__ import annotations

import re
from io import StringIO

from dotenv import dotenv_values
from scrapy.settings import Settings

from jdp import settings
from jdp.config.monitoring import SECRET_NAMES
from jdp.settings import ENVIRONMENT_NAMES
from tests.helpers.crawls import REPO

EXAMPLE = (REPO / ".env.example").read_text(encoding="utf-8")
# CONCURRENT_REQUESTS follows CONCURRENT_CONTEXTS.
NAMES = {*ENVIRONMENT_NAMES, *SECRET_NAMES, "JD_PASS"} - {"CONCURRENT_REQUESTS"}
NO_DEFAULT = {"FILES_STORE", *SECRET_NAMES}


def test_example_names_every_setting() -> None:
    assert set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == NAMES


def test_example_shows_defaults() -> None:
    defaults = dotenv_values(stream=StringIO("\n".join(re.findall(r"^#([A-Z_]+=.*)$", EXAMPLE, re.MULTILINE))))
    shown, real = Settings(defaults), Settings()
    real.setmodule(settings)
    assert shown.getlist("REPORT_LABELS") == real.getlist("REPORT_LABELS")
    others = defaults.keys() - {"REPORT_LABELS"}
    assert {name: shown[name].lower() for name in others} == {
        name: str(real.get(name) or "" if name in NO_DEFAULT else real[name]).lower() for name in others
    }


def test_example_sets_the_account_only() -> None:
    assert dotenv_values(stream=StringIO(EXAMPLE)).keys() == {"JD_USER", "JD_PASS"}


def test_docs_name_every_setting() -> None:
    text = "".join((REPO / "docs" / f"{page}.md").read_text(encoding="utf-8") for page in ("running", "unattended"))
    assert {name for name in NAMES if f"`{name}`" not in text} == set()
