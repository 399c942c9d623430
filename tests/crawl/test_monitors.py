"""A run that is checked at its end: what fails is told everywhere, and its secrets nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.crawls import crawl, running_portal
from tests.helpers.receivers import MailReceiver, WebReceiver

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "T0SECRET-7391"


def test_failed_check_is_told_to_all_who_shall_know(tmp_path: Path) -> None:
    options = ("--vehicles", 10, "--fault=html=0.2", "--sticky")
    with running_portal(*options) as portal, WebReceiver() as web, MailReceiver(SECRET) as mail:
        told = {"MONITOR_WEBHOOK": web.url(f"/hook/{SECRET}"), "MONITOR_SLACK": web.url(f"/slack/{SECRET}")}
        told |= {"MONITOR_EMAIL": "office@dealer.test", "MONITOR_SMTP": f"127.0.0.1:{mail.port}"}
        told |= {"MONITOR_SMTP_USER": "jdp@dealer.test", "MONITOR_SMTP_PASS": SECRET}
        result = crawl(portal, tmp_path, LOG_LEVEL="DEBUG", **told)
    sentence = "8 of 10 vehicles that were due are stored: 80%, less than 90% (MONITOR_SUCCESS)"
    assert result.exit_status == 1
    assert f"Check failed: success: {sentence}" in result.output
    assert "Checks                     1 of 4 failed" in result.output
    verdicts = {verdict["name"]: verdict for verdict in result.metrics["monitors"]}
    assert verdicts["success"] == {"name": "success", "ok": False, "message": sentence}
    assert [name for name in ("files", "lockouts", "speed") if not verdicts[name]["ok"]] == []
    posted = {path: body for path, _, body in web.posted}
    assert posted[f"/hook/{SECRET}"]["monitors"] == result.metrics["monitors"]
    assert sentence.replace("<", "&lt;") in posted[f"/slack/{SECRET}"]["text"]
    assert sentence in mail.mails[0].get_content()
    assert SECRET not in result.output
    assert [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []


def test_message_after_a_run_that_could_not_log_in(tmp_path: Path) -> None:
    with running_portal("--vehicles", 3) as portal, WebReceiver() as web:
        web.status = 500
        result = crawl(portal, tmp_path, JD_PASS="wrong", MONITOR_WEBHOOK=web.url(f"/{SECRET}"))
    assert result.exit_status == 2
    assert "The portal refused the user name or password" in web.posted[0][2]["text"]
    assert "The message about this run was not sent: MONITOR_WEBHOOK: HTTP 500" in result.output
    assert SECRET not in result.output
