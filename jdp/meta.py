"""Every key of `request.meta` that is jdp's own: who writes it, who reads it.

scrapy-playwright's own keys (`playwright`, `playwright_page_methods`, ...) and Scrapy's (`dont_retry`, ...) are theirs.
"""

from __future__ import annotations

# A vehicle's request. The spider writes the Vehicle; ReportMiddleware answers the request with the vehicle's report.
VEHICLE = "vehicle"
# A vehicle's response. ReportMiddleware writes its Proof, how it was got ("tab", "direct", "disk") and the seconds of
# work in the try that brought it; the spider makes the item of them.
PROOF = "proof"
WAY = "way"
SECONDS = "seconds"
# A page of the inventory. The spider writes which Chunk it asks for, or the walk that wants the export, and reads both.
CHUNK = "chunk"
WALK = "walk"
# A tab that needs the site's CSS and may download files. The spiders write it, SessionMiddleware reads it.
NEEDS_CSS = "needs_css"
# A page that the preflight looks at. Its spider writes the page's name and reads it.
PAGE = "page"

# The login and the logout themselves, which need no session. Account writes it, SessionMiddleware reads it.
OUTSIDE = "outside_session"
# Made on behalf of a vehicle whose own request is out of the queue already. PortalClient writes it, the downloader does
# not count it, SessionMiddleware does not wait for an absent portal on its behalf.
INSIDE = "inside"
# A plain request for a report: a login form here restarts the vehicle, as its address is the old session's.
# PortalClient writes it, SessionMiddleware reads it.
FETCH = "report_fetch"
# A tab that learns what would open in a new one, and one that notes what it asks for. PortalClient writes them,
# SessionMiddleware makes the tab's order of them.
CAPTURE = "capture"
RECORD = "record"

# The login that a request was sent under. SessionMiddleware writes it; it and the cookies' middleware read it.
GENERATION = "session_generation"
# What a tab needs before it loads. SessionMiddleware and Account write a TabOrder, `prepare_tab` reads it. Its cookies
# are secrets, which come back empty from the queue.
TAB_ORDER = "tab_order"
