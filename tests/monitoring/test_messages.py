"""Messages about runs, to real servers on loopback; where they go is a secret that no failure tells."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

import jdp.monitoring.messages
from jdp.config.config import Config
from jdp.config.monitoring import SECRET_NAMES
from jdp.exceptions import ConfigError
from jdp.monitoring.messages import Message, deliver
from tests.helpers.parts import ENVIRON, project_settings
from tests.helpers.receivers import MailReceiver, WebReceiver, own_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jdp.config.monitoring import Monitoring

SECRET = "T0SECRET-7391"
MESSAGE = Message(
    "jdp: 1 of 4 checks failed (dealer)", "FAILED: speed: 5 < 9 & \u00fc", {"ok": False, "folder": "/srv"}
)


@pytest.fixture
def web() -> Iterator[WebReceiver]:
    with WebReceiver() as receiver:
        yield receiver


def monitoring(environ: dict[str, str] | None = None, **given: object) -> Monitoring:
    """Return what these settings and this environment come to."""
    settings = project_settings(**{"JD_USER": "dealer", **given})
    return Config.from_settings(settings, {**ENVIRON, **(environ or {})}).monitoring


def send(environ: dict[str, str] | None = None, **given: object) -> list[str]:
    """Send the message; return why it failed, where it did."""
    failures = asyncio.run(deliver(MESSAGE, monitoring(environ, **given)))
    assert SECRET not in json.dumps(failures)
    return failures


def mail_to(receiver: MailReceiver, **given: object) -> dict[str, Any]:
    """Return the settings for mail through this server."""
    return {
        "MONITOR_EMAIL": "office@dealer.test, boss@dealer.test",
        "MONITOR_SMTP": f"127.0.0.1:{receiver.port}",
        **given,
    }


# Web


def test_webhook_gets_everything_as_json(web: WebReceiver) -> None:
    assert send({"MONITOR_WEBHOOK": web.url(f"/hook/{SECRET}")}) == []
    ((path, kind, body),) = web.posted
    assert (path, kind) == (f"/hook/{SECRET}", "application/json")
    assert body == {"subject": MESSAGE.subject, "text": MESSAGE.text, "ok": False, "folder": "/srv"}


def test_slack_gets_a_text_that_it_takes_for_text(web: WebReceiver) -> None:
    assert send({"MONITOR_SLACK": web.url("/services/x")}) == []
    assert web.posted[0][2] == {
        "text": "*jdp: 1 of 4 checks failed (dealer)*\nFAILED: speed: 5 &lt; 9 &amp; \u00fc",
    }


def test_nothing_is_sent_where_nothing_is_named() -> None:
    assert send() == []


@pytest.mark.parametrize(("status", "told"), [(500, "HTTP 500"), (404, "HTTP 404"), (302, "HTTP 302")])
def test_webhook_that_refuses_is_told_without_its_address(status: int, told: str, web: WebReceiver) -> None:
    web.status = status
    assert send({"MONITOR_WEBHOOK": web.url(f"/{SECRET}")}) == [f"MONITOR_WEBHOOK: {told}"]
    assert len(web.posted) == 1  # nor is a redirect followed


def test_webhook_that_is_not_there_does_not_stop_the_others(web: WebReceiver) -> None:
    with WebReceiver() as gone:
        address = gone.url(f"/{SECRET}")
    failures = send({"MONITOR_WEBHOOK": address, "MONITOR_SLACK": web.url("/")})
    assert [failure.partition(":")[0] for failure in failures] == ["MONITOR_WEBHOOK"]
    assert len(web.posted) == 1


def test_webhook_that_never_answers_is_given_up(web: WebReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jdp.monitoring.messages, "SECONDS", 0.3)
    web.silent = True
    (failure,) = send({"MONITOR_WEBHOOK": web.url(f"/{SECRET}")})
    assert failure in (
        "MONITOR_WEBHOOK: no answer in 0.3 s",
        "MONITOR_WEBHOOK: TimeoutError",
        "MONITOR_WEBHOOK: timed out",
    )
    assert len(web.posted) == 1


# Mail


def test_mail_has_its_recipients_and_its_text() -> None:
    with MailReceiver() as receiver:
        assert send(**mail_to(receiver, MONITOR_EMAIL_FROM="jdp@dealer.test")) == []
    (mail,) = receiver.mails
    assert (mail["From"], mail["Subject"]) == ("jdp@dealer.test", MESSAGE.subject)
    assert mail["X-To"] == "office@dealer.test,boss@dealer.test"
    assert mail.get_content().strip() == MESSAGE.text
    assert receiver.logins == []


def test_mail_logs_in_where_it_shall() -> None:
    with MailReceiver(SECRET) as receiver:
        assert send({"MONITOR_SMTP_PASS": SECRET}, **mail_to(receiver, MONITOR_SMTP_USER="jdp@dealer.test")) == []
    assert receiver.logins == ["jdp@dealer.test"]
    assert receiver.mails[0]["From"] == "jdp@dealer.test"


def test_mail_with_a_wrong_password_is_told_without_it() -> None:
    with MailReceiver("another") as receiver:
        failures = send({"MONITOR_SMTP_PASS": SECRET}, **mail_to(receiver, MONITOR_SMTP_USER="jdp"))
    assert failures == ["MONITOR_EMAIL: the mail server answered 535"]
    assert receiver.mails == []


def test_mail_is_private_where_the_server_offers_it(tmp_path: Path) -> None:
    with MailReceiver(tls=own_certificate(tmp_path)) as receiver:
        assert send(**mail_to(receiver)) == []
    assert receiver.mails[0]["X-Tls"] == "yes"


def test_mail_password_goes_to_no_server_that_nobody_vouches_for(tmp_path: Path) -> None:
    with MailReceiver(SECRET, own_certificate(tmp_path)) as receiver:
        failures = send({"MONITOR_SMTP_PASS": SECRET}, **mail_to(receiver, MONITOR_SMTP_USER="jdp"))
    assert failures == ["MONITOR_EMAIL: SSLCertVerificationError"]
    assert receiver.logins == []


def test_mail_password_goes_to_no_other_machine_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jdp.monitoring.messages, "THIS_MACHINE", ())
    with MailReceiver(SECRET) as receiver:
        (failure,) = send({"MONITOR_SMTP_PASS": SECRET}, **mail_to(receiver, MONITOR_SMTP_USER="jdp"))
    assert failure == "MONITOR_EMAIL: the mail server offers no TLS: the password is not sent"
    assert receiver.logins == []


# Settings


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_is_refused_as_a_setting_and_not_quoted(name: str) -> None:
    with pytest.raises(ConfigError, match=name) as caught:
        monitoring(**{name: f"http://x/{SECRET}"})
    assert SECRET not in str(caught.value)


def test_secrets_are_in_no_repr() -> None:
    environ = {
        "MONITOR_WEBHOOK": f"http://x/{SECRET}",
        "MONITOR_SLACK": f"http://x/{SECRET}",
        "MONITOR_SMTP_PASS": SECRET,
    }
    found = monitoring(environ)
    assert SECRET not in repr(found)
    assert found.webhook.reveal() == f"http://x/{SECRET}"
    assert found.smtp_password.reveal() == SECRET


@pytest.mark.parametrize(
    "address", ["ftp://x/", "file:///etc/passwd", "x", "http://", "http://x/a b", "http://x:y/", "http://\u00fc/"]
)
def test_webhook_that_is_no_address_is_not_quoted(address: str) -> None:
    with pytest.raises(ConfigError, match=r"^MONITOR_WEBHOOK is not an http\(s\) address$"):
        monitoring({"MONITOR_WEBHOOK": address})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"MONITOR_EMAIL": "a@b.test"}, "MONITOR_EMAIL needs MONITOR_SMTP"),
        ({"MONITOR_SMTP": "mail:0"}, "'mail:0' is neither a host nor host:port"),
        ({"MONITOR_SMTP": ":25"}, "':25' is neither a host nor host:port"),
        ({"MONITOR_SUCCESS": "most"}, "MONITOR_SUCCESS='most' is not a number"),
        ({"MONITOR_LOCKOUTS": "-1"}, "MONITOR_LOCKOUTS='-1' is not a number, 0 or more"),
        ({"MONITOR_SLOWDOWN": "nan"}, "MONITOR_SLOWDOWN='nan' is not a number, 0 or more"),
        ({"MONITOR_ALWAYS": "often"}, "MONITOR_ALWAYS='often' is neither true nor false"),
    ],
)
def test_setting_that_cannot_be_used_is_named(given: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        monitoring(**given)
    assert told in str(caught.value)


def test_mail_server_without_a_port() -> None:
    found = monitoring(MONITOR_SMTP="mail.dealer.test", MONITOR_EMAIL="a@dealer.test", MONITOR_SUCCESS="99.5")
    assert (found.smtp, found.sender, found.success) == (("mail.dealer.test", 25), "a@dealer.test", 99.5)
