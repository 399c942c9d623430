"""One message about a run, to a webhook, to Slack, by e-mail. Their addresses are secrets: no error quotes them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import smtplib
import socket
import ssl
import threading
import urllib.request
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError

from jdp.exceptions import JdpError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jdp.config.monitoring import Monitoring

SECONDS = 8.0  # for all of it: the run is over, and somebody waits for its end
SMTPS_PORT = 465
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")

Send = "Callable[[Message, Monitoring], None]"


class MessageError(JdpError):
    """Raised when a message is not sent, with a reason that holds no secret."""


@dataclass(frozen=True)
class Message:
    """What is told: a line, a text, and the same for machines."""

    subject: str
    text: str
    data: dict[str, Any]


async def deliver(message: Message, monitoring: Monitoring) -> list[str]:
    """Send the message wherever it shall go, in a few seconds; return a sentence for each that failed."""
    sent = {name: _in_thread(send, message, monitoring) for name, send in _ways(monitoring)}
    if sent:
        await asyncio.wait(sent.values(), timeout=SECONDS)
    told = {name: future.result() if future.done() else f"no answer in {SECONDS:g} s" for name, future in sent.items()}
    return [f"{name}: {why}" for name, why in told.items() if why]


def _ways(monitoring: Monitoring) -> Iterator[tuple[str, Callable[[Message, Monitoring], None]]]:
    if monitoring.webhook.reveal_or(""):
        yield "MONITOR_WEBHOOK", _to_webhook
    if monitoring.slack.reveal_or(""):
        yield "MONITOR_SLACK", _to_slack
    if monitoring.email:
        yield "MONITOR_EMAIL", _by_email


def _in_thread(
    send: Callable[[Message, Monitoring], None], message: Message, monitoring: Monitoring
) -> asyncio.Future[str]:
    """Send in a thread that the process does not wait for; the future holds why it failed, or ""."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[str] = loop.create_future()

    def settle(why: str) -> None:
        if not future.done():
            future.set_result(why)

    def work() -> None:
        why = _reason(send, message, monitoring)
        with contextlib.suppress(RuntimeError):  # too late: the loop is closed
            loop.call_soon_threadsafe(settle, why)

    threading.Thread(target=work, daemon=True).start()
    return future


def _reason(send: Callable[[Message, Monitoring], None], message: Message, monitoring: Monitoring) -> str:
    try:
        send(message, monitoring)
    except MessageError as error:
        return str(error)
    except HTTPError as error:
        return f"HTTP {error.code}"
    except smtplib.SMTPResponseException as error:  # its text may quote who tried to log in
        return f"the mail server answered {error.smtp_code}"
    except URLError as error:
        return _plainly(error.reason)
    except Exception as error:  # noqa: BLE001 - a network fails in many ways; this one's name is logged
        return _plainly(error)
    return ""


def _plainly(error: object) -> str:
    """Return what kind of error it was: its own words may hold the address."""
    told = error.strerror if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else ""
    return told or type(error).__name__


# The ways


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an error: what was sent would go on without its content, and perhaps elsewhere."""

    def redirect_request(self, *args: Any) -> None:
        """Follow none."""


def _post(url: str, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", "User-Agent": "jdp"})  # noqa: S310 - jdp.config.monitoring lets http and https in only
    with urllib.request.build_opener(NoRedirect).open(request, timeout=SECONDS):
        pass  # HTTP errors raise


def _to_webhook(message: Message, monitoring: Monitoring) -> None:
    _post(monitoring.webhook.reveal(), {"subject": message.subject, "text": message.text, **message.data})


def _to_slack(message: Message, monitoring: Monitoring) -> None:
    text = f"*{message.subject}*\n{message.text}"
    _post(monitoring.slack.reveal(), {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")})


def _by_email(message: Message, monitoring: Monitoring) -> None:
    mail = EmailMessage()
    mail["From"] = monitoring.sender
    mail["To"] = ", ".join(monitoring.email)
    mail["Subject"] = message.subject
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain=monitoring.sender.rpartition("@")[2] or "localhost")
    mail.set_content(message.text)
    host, port = monitoring.smtp
    own_name = socket.gethostname()  # else the library asks the network for it
    if port == SMTPS_PORT:
        with smtplib.SMTP_SSL(host, port, own_name, timeout=SECONDS, context=_tls(monitoring)) as server:
            _hand_over(server, mail, monitoring, private=True)
        return
    with smtplib.SMTP(host, port, own_name, timeout=SECONDS) as server:
        server.ehlo()
        private = server.has_extn("starttls")
        if private:
            server.starttls(context=_tls(monitoring))
        _hand_over(server, mail, monitoring, private=private or host in THIS_MACHINE)


def _tls(monitoring: Monitoring) -> ssl.SSLContext:
    """Return a context that checks the server's certificate when a password goes there."""
    context = ssl.create_default_context()
    if not monitoring.smtp_user:  # as mail servers do among themselves
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _hand_over(server: smtplib.SMTP, mail: EmailMessage, monitoring: Monitoring, *, private: bool) -> None:
    if monitoring.smtp_user:
        if not private:
            raise MessageError("the mail server offers no TLS: the password is not sent")
        server.login(monitoring.smtp_user, monitoring.smtp_password.reveal_or(""))
    server.send_message(mail)
