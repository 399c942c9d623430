"""What may come wherever something else was due: the login form, when the session has ended, and strange pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scrapy.http import TextResponse
from scrapy.selector import Selector

if TYPE_CHECKING:
    from scrapy.http import Response

LOGIN_FORM = "#usernameInput"
LOGOUT = "#btnLogout"  # on every signed-in page: where it stands, a form is one for later
LONGEST_PAGE = 1024 * 1024  # bytes; parsing costs many times as much memory
WHOLE_PAGE = re.compile(r"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
MARKS_BEFORE = b"\xef\xbb\xbf \t\r\n"  # a byte order mark, blanks
LONGEST_HEAD = 512  # bytes that tell what a body is
LONGEST_TITLE = 200  # characters


def is_login_form(response: Response) -> bool:
    """Tell whether a plain answer is the login page instead of what was asked for."""
    content_type = response.headers.get("Content-Type") or b""
    if not isinstance(response, TextResponse) or b"html" not in content_type.lower():
        return False
    return len(response.body) <= LONGEST_PAGE and bool(response.css(LOGIN_FORM)) and not response.css(LOGOUT)


def holds_login_form(text: str) -> bool:
    """Tell whether the text of an answer to a script has the login form in it."""
    return LOGIN_FORM.removeprefix("#") in text and LOGOUT.removeprefix("#") not in text


def page_instead(response: Response) -> str:
    """Return the title of a web page that came in place of a file; nothing when it is none, or has a way out."""
    if not response.body[:LONGEST_HEAD].lstrip(MARKS_BEFORE).startswith(b"<"):
        return ""
    return _title(response.body[:LONGEST_PAGE].decode("utf-8", "replace"))


def title_instead(text: str) -> str:
    """Return the title of a whole page that is none of the portal's own, which all have a way out."""
    return _title(text) if WHOLE_PAGE.search(text, 0, LONGEST_HEAD) else ""


def _title(text: str) -> str:
    if LOGOUT.removeprefix("#") in text:
        return ""
    page = Selector(text=text, type="html")
    words = page.css("title::text").getall() or page.css("h1::text, h2::text, p::text").getall() or ["without a title"]
    return " ".join(words[0].split())[:LONGEST_TITLE]
