"""Scrapy settings of the project: constants, each with its reason.

Where a name is Scrapy's own, the comment gives its default. The environment and `.env` enter above this file and
below the command line (jdp/addon.py).
"""

# jdp/config/config.py reads these; docs/running.md explains them to their users.
PORTAL_URL = "https://extapps.jdpowervalues.com/ValuesOnline/"
JD_USER = None
HEADLESS = True
BLOCK_RESOURCES = True
TRACE = False
ACCEPT_DIALOGS = False
MAX_DOWNLOADS = 0
CONCURRENT_CONTEXTS = 5
ADAPTIVE_CONCURRENCY = True
DIRECT_REPORTS = True
DOWNLOAD_FOLDER = "downloads"
BROWSER = "auto"
REPORT_TIMEOUT = 180
SESSION_WAIT = 360
PORTAL_WAIT = 1800
PROGRESS_SECONDS = 30  # between two lines about how far the run is
REPORT_LABELS = ["Stock #", "Stock Number", "Reference", "Ref #"]
# jdp/config/monitoring.py reads these: what is checked after a run, who is told. 0 switches the first and third off.
MONITOR_SUCCESS = 90  # percent of what was due, at least
MONITOR_LOCKOUTS = 0  # waits for the account, at most
MONITOR_SLOWDOWN = 2  # times slower than the last run, at most
MONITOR_ALWAYS = False  # a message after every run, not only when a check failed
MONITOR_EMAIL = ""
MONITOR_EMAIL_FROM = ""
MONITOR_SMTP = ""
MONITOR_SMTP_USER = ""
RETRY_TIMES = 2  # Scrapy's default too; tries of a vehicle after its first
# All of these may be set by .env and the environment, too, and some of Scrapy's own.
ENVIRONMENT_NAMES = (
    *(name for name in tuple(globals()) if name.isupper()),
    "CONCURRENT_REQUESTS",
    "FILES_STORE",
    "LOG_LEVEL",
)

BOT_NAME = "jdp"
SPIDER_MODULES = ["jdp.spiders"]
NEWSPIDER_MODULE = "jdp.spiders"
COMMANDS_MODULE = "jdp.commands"
ADDONS = {"jdp.addon.JdpAddon": 100}

# Default True. It is one's own account on a site behind a login, at the site's own pace.
ROBOTSTXT_OBEY = False

TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

# Default: pickles in files, which a cut write makes unreadable. SQLite's are whole or absent; ours waits for no disk.
SCHEDULER_DISK_QUEUE = "jdp.engine.disk_queue.QuickLifoSQLiteQueue"

# Default 100: so many tasks are made for each response, of which all but a few bring one item.
CONCURRENT_ITEMS = 8

# Default: Scrapy's own, which counts what a vehicle's request asks for in turn as if it came out of the queue, too.
DOWNLOADER = "jdp.engine.downloader.Downloader"

# Default: one that takes an IPv6 address for a name.
TWISTED_DNS_RESOLVER = "jdp.engine.resolver.Resolver"

DOWNLOADER_MIDDLEWARES = {
    "jdp.middlewares.ReportMiddleware": 540,  # before RetryMiddleware (550): it repeats whole vehicles
    "jdp.middlewares.SessionMiddleware": 650,  # before CookiesMiddleware (700): the jar is full when Cookie is made
    # Default at 700. Ours does not ask the network for the public suffix list.
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "jdp.engine.cookies.QuietCookiesMiddleware": 700,
}
ITEM_PIPELINES = {"jdp.pipelines.ReportsPipeline": 300}
EXTENSIONS = {
    "scrapy.extensions.logstats.LogStats": None,  # default at 0; jdp.extensions.progress tells more
    "jdp.extensions.hangup.Hangup": 100,
    "jdp.extensions.log.Logs": 100,  # before the display, which takes the formatter over
    "jdp.extensions.tracking.Tracking": 500,
    "jdp.extensions.progress.ShowProgress": 500,
    "jdp.extensions.watch.Watch": 500,
    "jdp.extensions.page.RunPage": 500,
    "jdp.extensions.run_end.RunEnd": 500,
}


# Default None: the browser then gets Scrapy's headers, which breaks the login form's POST.
PLAYWRIGHT_PROCESS_REQUEST_HEADERS = None
# Default: driver and browser stay until the end. Ours lets them go when no tab is needed any more.
PLAYWRIGHT_BROWSER_PROVIDER = "jdp.engine.browser_provider.RestingBrowser"
# Pages of a grid or a vehicle may be slow; jdp's own limits (REPORT_TIMEOUT) are the ones that count. Milliseconds.
PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT = 60_000

# Default 1 GiB, packed or unpacked; a report has 70 kB, and as many answers as there are reports at once are held.
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024
DOWNLOAD_WARNSIZE = 4 * 1024 * 1024
REDIRECT_MAX_TIMES = 5  # default 20
METAREFRESH_ENABLED = False  # default True: a page could send the session's cookie to another host

# Default True: both run code or show state to whoever connects on this machine.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# Default True: the figures are in run_data/metrics.json.
STATS_DUMP = False
# Default DEBUG: a line for each request of each tab.
LOG_LEVEL = "INFO"
# Default: all fields of the first item. The PDF itself is no field of a feed.
FEED_EXPORT_FIELDS = [
    "reference",
    "vin",
    "description",
    "status",
    "reason",
    "file",
    "sha256",
    "size",
    "seconds",
    "tries",
]
