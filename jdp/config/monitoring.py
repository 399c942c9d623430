"""What is checked after a run and who is told: limits and addresses, typed and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jdp.exceptions import ConfigError
from jdp.utils.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy.settings import BaseSettings

# From the environment or .env only, as JD_PASS: who has a webhook's address may write there.
SECRET_NAMES = ("MONITOR_WEBHOOK", "MONITOR_SLACK", "MONITOR_SMTP_PASS")
SMTP_PORT = 25
LAST_PORT = 65535


@dataclass(frozen=True)
class Monitoring:
    """Limits of the checks after a run, and where a message about them goes.

    `success` is a percentage, `slowdown` a factor, 0 switches either off; `always` sends a message after every run.
    """

    success: float
    lockouts: float
    slowdown: float
    always: bool
    webhook: Secret[str]
    slack: Secret[str]
    email: tuple[str, ...]
    sender: str
    smtp: tuple[str, int]
    smtp_user: str
    smtp_password: Secret[str]

    @classmethod
    def from_settings(cls, settings: BaseSettings, environ: Mapping[str, str], *, always: bool) -> Monitoring:
        """Read and check everything; raises ConfigError, which quotes no secret."""
        for name in SECRET_NAMES:
            if settings.get(name) is not None:
                raise ConfigError(f"{name} is set as a Scrapy setting, where logs and process lists show it")
        email = tuple(filter(None, (address.strip() for address in settings.getlist("MONITOR_EMAIL"))))
        user = str(settings["MONITOR_SMTP_USER"])
        return cls(
            success=_number(settings, "MONITOR_SUCCESS"),
            lockouts=_number(settings, "MONITOR_LOCKOUTS"),
            slowdown=_number(settings, "MONITOR_SLOWDOWN"),
            always=always,
            webhook=_address("MONITOR_WEBHOOK", environ),
            slack=_address("MONITOR_SLACK", environ),
            email=email,
            sender=str(settings["MONITOR_EMAIL_FROM"] or (user if "@" in user else "") or next(iter(email), "")),
            smtp=_smtp(settings, needed=bool(email)),
            smtp_user=user,
            smtp_password=Secret(environ.get("MONITOR_SMTP_PASS") or None),
        )


def _number(settings: BaseSettings, name: str) -> float:
    try:
        number = float(str(settings[name]))
    except ValueError:
        raise ConfigError(f"{name}={settings[name]!r} is not a number, 0 or more") from None
    if not 0 <= number < float("inf"):
        raise ConfigError(f"{name}={settings[name]!r} is not a number, 0 or more")
    return number


def _address(name: str, environ: Mapping[str, str]) -> Secret[str]:
    url = environ.get(name, "").strip()
    if not url:
        return Secret()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise ConfigError(f"{name} is not an http(s) address")
    return Secret(url)


def _smtp(settings: BaseSettings, *, needed: bool) -> tuple[str, int]:
    server = str(settings["MONITOR_SMTP"]).strip()
    if not server:
        if needed:
            raise ConfigError("MONITOR_EMAIL needs MONITOR_SMTP, the mail server: smtp.example.com:587")
        return "", 0
    host, colon, port = server.rpartition(":")
    if not colon:
        return server, SMTP_PORT
    if not host or not port.isdecimal() or not 0 < int(port) <= LAST_PORT:
        raise ConfigError(f"MONITOR_SMTP={server!r} is neither a host nor host:port")
    return host, int(port)
