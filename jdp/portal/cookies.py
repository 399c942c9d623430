"""One jar for plain requests and the browser."""

from __future__ import annotations

from collections import defaultdict, deque
from http.cookiejar import Cookie as JarCookie
from typing import TYPE_CHECKING

from jdp.utils.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import Cookie
    from scrapy import Request
    from scrapy.http.cookies import CookieJar

    from jdp.engine.private import SetCookieParam


REMEMBERED = 32  # values of a cookie


class SharedCookies:
    """Keeps the browser's cookies and a jar of plain requests alike.

    ASP.NET may renew its ticket on any answer, so changes flow both ways; what the other side already knows is
    left out, so that an older value never overwrites a newer one.
    """

    def __init__(self, jar: CookieJar) -> None:
        self.jar = jar
        self._carried: set[bytes] = set()
        self._known_to_browser: dict[tuple[str, str, str], str] = {}
        # A tab that ends now may still tell of values that have been replaced since.
        self._replaced: defaultdict[tuple[str, str, str], deque[str]] = defaultdict(lambda: deque(maxlen=REMEMBERED))

    def carried_by(self, request: Request) -> None:
        """Note a plain request that a session's answer came to: its cookies are what tells the session."""
        self._carried = _names(request)

    def are_carried_by(self, request: Request | None) -> bool:
        """Tell whether a request has all that once got a session's answer: a login form then shows its end."""
        return bool(self._carried) and request is not None and self._carried <= _names(request)

    def clear(self) -> None:
        """Forget everything: a new session begins."""
        self.jar.clear()
        self._carried = set()
        self._known_to_browser.clear()
        self._replaced.clear()

    def for_browser(self) -> Secret[Sequence[SetCookieParam]]:
        """Return the cookies that plain requests were given since the browser was last told."""
        changed = [cookie for cookie in self.jar if self._known_to_browser.get(_key(cookie)) != cookie.value]
        for cookie in changed:
            if (older := self._known_to_browser.get(_key(cookie))) is not None:
                self._replaced[_key(cookie)].append(older)
            self._known_to_browser[_key(cookie)] = cookie.value or ""
        return Secret([_for_browser(cookie) for cookie in changed])

    def all_for_browser(self) -> Secret[Sequence[SetCookieParam]]:
        """Return every cookie, for a browser that was started after the login."""
        return Secret([_for_browser(cookie) for cookie in self.jar])

    def values(self) -> dict[str, str]:
        """Return the session's cookies by name."""
        return {cookie.name: cookie.value or "" for cookie in self.jar}

    def absorb(self, cookies: Secret[list[Cookie]]) -> None:
        """Take over what the browser was given since it last told; nothing when its tab was gone before it could."""
        for cookie in cookies.reveal_or([]):
            key = (cookie["domain"], cookie["path"], cookie["name"])
            if self._known_to_browser.get(key) != cookie["value"] and cookie["value"] not in self._replaced[key]:
                self._known_to_browser[key] = cookie["value"]
                self.jar.set_cookie(_for_jar(cookie))


def _names(request: Request) -> set[bytes]:
    pairs = b";".join(request.headers.getlist("Cookie")).split(b";")
    return {pair.partition(b"=")[0].strip() for pair in pairs} - {b""}


def _key(cookie: JarCookie) -> tuple[str, str, str]:
    return (_browser_domain(cookie), cookie.path, cookie.name)


def _browser_domain(cookie: JarCookie) -> str:
    """Return the domain as a browser writes it: http.cookiejar adds .local to names without dots (localhost)."""
    return cookie.domain.removesuffix(".local") if cookie.domain.count(".") == 1 else cookie.domain


def _for_browser(cookie: JarCookie) -> SetCookieParam:
    return {
        "name": cookie.name,
        "value": cookie.value or "",
        "domain": _browser_domain(cookie),
        "path": cookie.path,
        "expires": cookie.expires or -1,
        "secure": cookie.secure,
        "httpOnly": cookie.has_nonstandard_attr("HttpOnly"),
    }


def _for_jar(cookie: Cookie) -> JarCookie:
    expires = int(cookie["expires"])
    domain = cookie["domain"] if "." in cookie["domain"] else cookie["domain"] + ".local"
    return JarCookie(
        version=0,
        name=cookie["name"],
        value=cookie["value"],
        port=None,
        port_specified=False,
        domain=domain,
        domain_specified=domain.startswith("."),
        domain_initial_dot=domain.startswith("."),
        path=cookie["path"],
        path_specified=True,
        secure=cookie["secure"],
        expires=expires if expires > 0 else None,
        discard=expires <= 0,
        comment=None,
        comment_url=None,
        rest={"HttpOnly": ""} if cookie["httpOnly"] else {},
    )
