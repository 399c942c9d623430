"""The login form, which may come wherever something else was due: the session has ended then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.http import TextResponse

if TYPE_CHECKING:
    from scrapy.http import Response

LOGIN_FORM = "#usernameInput"
LOGOUT = "#btnLogout"  # on every signed-in page: where it stands, a form is one for later
LONGEST_PAGE = 1024 * 1024  # bytes; parsing costs many times as much memory


def is_login_form(response: Response) -> bool:
    """Tell whether a plain answer is the login page instead of what was asked for."""
    content_type = response.headers.get("Content-Type") or b""
    if not isinstance(response, TextResponse) or b"html" not in content_type.lower():
        return False
    return len(response.body) <= LONGEST_PAGE and bool(response.css(LOGIN_FORM)) and not response.css(LOGOUT)


def holds_login_form(text: str) -> bool:
    """Tell whether the text of an answer to a script has the login form in it."""
    return LOGIN_FORM.removeprefix("#") in text and LOGOUT.removeprefix("#") not in text
