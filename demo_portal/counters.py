"""What the portal saw, for tests and benchmarks to ask about."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Counters:
    """Plain counts since the start; requests under ``/_demo/`` are in none of them."""

    logins: int = 0
    login_attempts: int = 0
    refused_password: int = 0
    refused_active: int = 0
    logouts: int = 0
    stale_logouts: int = 0
    reports_made: Counter[str] = field(default_factory=Counter)
    reports_begun: Counter[str] = field(default_factory=Counter)
    reports_total: int = 0
    direct_reports: int = 0
    most_at_once: int = 0
    busy: int = 0
    requests_without_session_after_login: int = 0
    requests_total: int = 0
    sessions_open: int = 0
    sessions_lost: int = 0
    grid_callbacks: int = 0
    exports: int = 0
    elsewhere: int = 0
    elsewhere_cookies: int = 0
    vehicle_pages: Counter[str] = field(default_factory=Counter)
    vehicles_selected: int = 0
    tokens_given: int = 0
    faults_struck: Counter[str] = field(default_factory=Counter)
    other_paths: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Return the counts as a mapping that JSON can hold."""
        return dict(vars(self))
