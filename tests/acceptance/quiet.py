"""Whom a crawl and its browser ask but the portal: they get a network whose only way out is recorded.

    python tests/acceptance/quiet.py [--minutes 10] [BROWSER ...]

Each browser (default: auto and chromium) does a crawl's work for that long in a network namespace of its own. The
demo portal is inside; every packet for anywhere else arrives here, and its host name or address is printed. At the end
the same browser runs for a minute without jdp's arguments, to show what this would have seen. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import struct
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playwright.async_api import async_playwright

from jdp.browser import launch_options
from tests.helpers.crawls import crawl, running_portal

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
ADDRESS, NAMESERVER = "10.99.0.2/24", "10.99.0.53"
UDP, DNS = 17, 53


class Outside(threading.Thread):
    """All that lies beyond this machine: it answers nobody, and counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.asked: Counter[str] = Counter()
        self.device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.device, TUNSETIFF, struct.pack("16sH", b"outside", IFF_TUN | IFF_NO_PI))
        for command in (
            "link set lo up",
            "link set outside addrgenmode none",
            f"addr add {ADDRESS} dev outside",
            "link set outside up",
        ):
            subprocess.run(["ip", *command.split()], check=True)
        subprocess.run(["ip", "route", "add", "default", "via", NAMESERVER], check=True)

    def run(self) -> None:
        while True:
            self.asked[destination(os.read(self.device, 65536))] += 1


def destination(packet: bytes) -> str:
    """Return the name that a question to the name server is about, else the address that a packet is for."""
    if packet[0] >> 4 != 4:
        return f"IPv6, next header {packet[6]}"
    payload = packet[(packet[0] & 15) * 4 :]
    port = int.from_bytes(payload[2:4], "big")
    if packet[9] == UDP and port == DNS:
        return "name " + name(payload[8 + 12 :])
    return f"{'.'.join(map(str, packet[16:20]))}:{port}, protocol {packet[9]}"


def name(question: bytes) -> str:
    labels = []
    while question and question[0]:
        labels.append(question[1 : 1 + question[0]].decode("ascii", "replace"))
        question = question[1 + question[0] :]
    return ".".join(labels)


async def usual(browser: str, url: str) -> None:
    """Leave a page of the portal open for a minute, in a browser without our arguments."""
    async with async_playwright() as driver:
        launched = await driver.chromium.launch(**{**launch_options(browser, headless=True), "args": []})
        page = await launched.new_page()
        await page.goto(url)
        await asyncio.sleep(60)
        await launched.close()


def inside(browser: str, minutes: float) -> int:
    """Crawl in this network; return 1 when anybody but the portal was asked."""
    outside = Outside()
    outside.start()
    # Tabs all the time: with one session's reports nothing is learned that would spare them.
    options = ("--vehicles", 5000, "--report-ms", 3000, "--report-link", "session")
    with running_portal(*options) as portal:
        stop = ("-s", f"CLOSESPIDER_TIMEOUT={minutes * 60:.0f}")
        folder = Path(tempfile.mkdtemp(prefix="jdp-"))
        result = crawl(portal, folder, *stop, BROWSER=browser, patience=minutes * 60)
        crawled = Counter(outside.asked)
        asyncio.run(usual(browser, portal.url))
    print(f"{browser}: {minutes:g} minutes, {len(result.digests)} reports, asked: {dict(crawled) or 'nobody'}")
    print(f"{browser}: a minute without jdp's arguments: {dict(outside.asked - crawled) or 'nobody'}", flush=True)
    return 1 if crawled or not result.digests else 0


def enter(browser: str, minutes: float) -> bool:
    """Run `inside` in a new network, with a name server that is outside of it."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as resolver:
        resolver.write(f"nameserver {NAMESERVER}\n")
        resolver.flush()
        setup = f'mount --bind {resolver.name} /etc/resolv.conf && exec "$@"'
        command = [sys.executable, __file__, "--inside", "--minutes", str(minutes), browser]
        return subprocess.run(["unshare", "-rnm", "sh", "-c", setup, "-", *command], check=False).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("browsers", nargs="*", metavar="BROWSER", default=["auto", "chromium"])
    given = parser.parse_args()
    if given.inside:
        return inside(given.browsers[0], given.minutes)
    good = [enter(browser, given.minutes) for browser in given.browsers]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
