"""One jar for plain requests and the browser, without asking anybody else about domains."""

from __future__ import annotations

from http.cookiejar import Cookie as JarCookie
from typing import TYPE_CHECKING

from scrapy.downloadermiddlewares.cookies import CookiesMiddleware

from jdp.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from playwright._impl._api_structures import SetCookieParam
    from playwright.async_api import Cookie
    from scrapy import Request
    from scrapy.http.cookies import CookieJar


class QuietCookiesMiddleware(CookiesMiddleware):
    """Scrapy's cookies, without the public suffix list that it fetches at start: only the portal sets any here."""

    def _process_cookies(self, cookies: Iterable[JarCookie], *, jar: CookieJar, request: Request) -> None:
        for cookie in cookies:
            jar.set_cookie_if_ok(cookie, request)


class SharedCookies:
    """Keeps the browser's cookies and a jar of plain requests alike.

    ASP.NET may renew its ticket on any answer, so changes flow both ways; what the other side already knows is
    left out, so that an older value never overwrites a newer one.
    """

    def __init__(self, jar: CookieJar) -> None:
        self.jar = jar
        self._known_to_browser: dict[tuple[str, str, str], str] = {}

    def clear(self) -> None:
        """Forget everything: a new session begins."""
        self.jar.clear()
        self._known_to_browser.clear()

    def for_browser(self) -> Secret[Sequence[SetCookieParam]]:
        """Return the cookies that plain requests were given since the browser was last told."""
        changed = [cookie for cookie in self.jar if self._known_to_browser.get(_key(cookie)) != cookie.value]
        for cookie in changed:
            self._known_to_browser[_key(cookie)] = cookie.value or ""
        return Secret([_for_browser(cookie) for cookie in changed])

    def absorb(self, cookies: Secret[list[Cookie]]) -> None:
        """Take over what the browser was given since it last told; nothing when its tab was gone before it could."""
        for cookie in cookies.reveal_or([]):
            key = (cookie["domain"], cookie["path"], cookie["name"])
            if self._known_to_browser.get(key) != cookie["value"]:
                self._known_to_browser[key] = cookie["value"]
                self.jar.set_cookie(_for_jar(cookie))


def _key(cookie: JarCookie) -> tuple[str, str, str]:
    return (cookie.domain, cookie.path, cookie.name)


def _for_browser(cookie: JarCookie) -> SetCookieParam:
    return {
        "name": cookie.name,
        "value": cookie.value or "",
        "domain": cookie.domain,
        "path": cookie.path,
        "expires": cookie.expires or -1,
        "secure": cookie.secure,
        "httpOnly": cookie.has_nonstandard_attr("HttpOnly"),
    }


def _for_jar(cookie: Cookie) -> JarCookie:
    domain, expires = cookie["domain"], int(cookie["expires"])
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
