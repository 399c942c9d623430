"""What can go wrong, named by what the crawl does next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jdp.utils.secret import Secret


@dataclass(frozen=True)
class Snapshot:
    """A page as it was when something failed on it."""

    screenshot: bytes = field(default=b"", repr=False)
    html: str = field(default="", repr=False)
    trace: bytes = field(default=b"", repr=False)


class JdpError(Exception):
    """The base of every error of this project.

    `snapshot` is the page that it happened on, `answer` what came instead of a report: they become evidence.
    `refused` is the status of a refusal ("HTTP 403"), `instead` the title of a page that is none of the portal's usual
    ones: in a row they are the portal's word to the run, whoever met them (jdp/portal/refusals.py).
    """

    snapshot: Secret[Snapshot] | None = None
    answer: Secret[bytes] | None = None
    refused: str = ""
    instead: str = ""


class ConfigError(JdpError, ValueError):
    """Raised when a setting or an argument cannot be used, from jdp.config.config: nothing is started."""


class BrowserNotFoundError(ConfigError):
    """Raised when no browser is installed, from jdp.browser."""


class JobInUseError(ConfigError):
    """Raised when another run works on the same JOBDIR, from jdp.runs.jobdir."""


class EngineClosingError(JdpError):
    """Raised from a wait when the engine begins to close: the vehicle goes back into the queue."""


class StopRunError(JdpError):
    """Raised when the run cannot go on: it is closed with `finish_reason`, which maps to an exit status."""

    finish_reason = "stopped"


class PortalUnreachableError(StopRunError):
    """Raised when the portal does not answer at login, or stays away, from jdp.portal."""

    finish_reason = "portal_unreachable"


class PortalRefusesError(StopRunError):
    """Raised when the portal refuses one request after the other, from jdp.portal.refusals: resumable."""

    finish_reason = "portal_refuses"


class BrowserFailedError(StopRunError):
    """Raised when the browser cannot be started, from jdp.portal.session."""

    finish_reason = "browser_failed"


class LoginRefusedError(StopRunError):
    """Raised when the portal refuses the user name or password, from jdp.portal.pages.login: never tried twice."""

    finish_reason = "login_refused"


class ActiveSessionError(StopRunError):
    """Raised when the account has another session open, from jdp.portal.pages.login: waited out, then the end."""

    finish_reason = "active_session"

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


class LoginOutcomeError(StopRunError):
    """Raised when the login leads to a page that is none of the known ones, from jdp.portal.pages.login."""

    finish_reason = "login_unknown"


class CookieRefusedError(LoginOutcomeError):
    """Raised when the login's cookie was not kept, from jdp.portal.pages.refused_cookie: nobody can log out by it."""


class PdfReaderError(StopRunError):
    """Raised when what reads PDFs does not start, from jdp.proof.prover: no report could be proven."""

    finish_reason = "reader_failed"


class SessionLostError(StopRunError):
    """Raised when sessions end again and again without a report in between, from jdp.portal.session."""

    finish_reason = "session_lost"


class InventoryUnreadableError(StopRunError):
    """Raised when the grid or the export cannot be read, from jdp.spiders.inventory."""

    finish_reason = "inventory_unreadable"


class PageBrokenError(StopRunError):
    """Raised when a vehicle page works for none of the first vehicles, from jdp.reports.broken_page."""

    finish_reason = "page_broken"


class NeedsSomebodyError(StopRunError):
    """The base of what a page wants settled by a person before anything goes on."""


class PageCoveredError(NeedsSomebodyError):
    """Raised when something lies over a page and what is behind it does not work, from jdp.portal.tab.press."""

    finish_reason = "page_covered"


class QuestionAskedError(NeedsSomebodyError):
    """Raised when the portal asks whether to go on, from jdp.portal.tab.dialogs: only a person may say yes."""

    finish_reason = "question_asked"


class StorageError(StopRunError):
    """Raised when a report cannot be written, from jdp.runs.storage: the run stops, resumable."""

    finish_reason = "storage_failed"


class PageError(JdpError):
    """The base of what a tab can run into; the try has failed and is repeated."""


class PageMismatchError(PageError):
    """Raised when a page is not what PORTAL.md says, naming the page and the selector.

    `certain` tells that the page showed it: it was not only waited for in vain.
    """

    def __init__(self, message: str, *, certain: bool = False) -> None:
        super().__init__(message)
        self.certain = certain


class TabFailedError(PageError):
    """Raised when a tab could not do its work: time-out, network, a browser that died."""


class WrongVehicleError(PageError):
    """Raised when a tab shows another vehicle than the one it opened, from jdp.portal.pages.vehicle."""


class VehicleGoneError(PageError):
    """Raised when the portal no longer has the vehicle, from jdp.portal.pages: repeated only when it may have moved."""

    def __init__(self, message: str, *, certain: bool = True) -> None:
        super().__init__(message)
        self.certain = certain


class SessionExpiredError(JdpError):
    """Raised when a login form stands where something else was due: renewed, not counted as a try."""


class ReportError(JdpError):
    """Raised when a try brought no proven report: wrong, broken, an error status. Repeated."""


class PortalBusyError(ReportError):
    """Raised when the portal has enough (429, 503, no answer in time), from jdp.portal: fewer at once.

    `retry_after` is in seconds, 0 when it names none.
    """

    def __init__(self, message: str, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PortalReturnedError(JdpError):
    """Raised when something failed while the portal was away, from jdp.reports, once it is back: not counted."""


class BrowserGoneError(JdpError):
    """Raised when the browser ended under a tab, from jdp.portal.client: repeated in the next browser, not counted."""


class DirectError(JdpError):
    """Raised when asking without a tab brought no proven report, from jdp.reports: the vehicle goes to a tab."""


class GivenUpError(JdpError):
    """Raised when a vehicle's tries are used up, from jdp.middlewares, with the last reason and its evidence."""

    def __init__(self, reason: str, status: str = "failed", evidence: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.evidence = evidence
