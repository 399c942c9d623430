"""What a login's page says that lets nobody in: a wrong password, another session, or nothing at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jdp.exceptions import ActiveSessionError, LoginRefusedError
from jdp.portal.pages.refused_cookie import expect_kept_cookie

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import Page, Response

ACTIVE_SESSION_SECONDS = 300.0  # PORTAL.md: "the account then waits about 5 minutes"


async def check_refusal(page: Page, answers: Sequence[Response], before: dict[str, Any], state: dict[str, Any]) -> None:
    """Raise the error that a page after the form's stands for, if any; `before` is the form's own."""
    said = new_words(before["text"], state["text"])
    words = telling_words(said or state["text"])
    if re.search(r"active\s+session", state["text"], re.IGNORECASE):
        raise ActiveSessionError(f"the account has another session open ({words!r})", _stated_wait(state["text"]))
    if state["form"]:
        await expect_kept_cookie(page, answers, said)
        raise LoginRefusedError(
            f"The portal refused the user name or password; it says {words!r}. It was tried once and is not tried "
            "again (accounts get locked): check JD_USER and JD_PASS"
        )


def _stated_wait(text: str) -> float:
    """Return the wait in seconds that the refusal names, else what PORTAL.md knows."""
    stated = re.findall(r"(\d+)\s*(second|minute)", text, re.IGNORECASE)
    return (
        sum(float(number) * (60 if unit.lower() == "minute" else 1) for number, unit in stated)
        or ACTIVE_SESSION_SECONDS
    )


def new_words(before: str, after: str) -> str:
    """Return the lines of a page that were not on the one before it, however style sheets broke and spelt those."""
    known = _bare(before)
    return "\n".join(line for line in after.splitlines() if _bare(line) not in known)


def _bare(text: str) -> str:
    return "".join(text.split()).casefold()


def telling_words(text: str) -> str:
    """Return the telling part of a page's text: the sentence about the login when there is one."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    telling = re.compile(r"session|password|incorrect|invalid|denied|locked|expired|code|maintenance", re.IGNORECASE)
    sentences = [line for line in lines if telling.search(line) and " " in line]
    return (sentences or lines or [""])[0][:200].encode("ascii", "replace").decode()
