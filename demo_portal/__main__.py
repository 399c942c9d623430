"""Command line of the demo portal."""

import asyncio

from demo_portal.options import parse
from demo_portal.server import serve


def main() -> None:
    """Read the switches and serve until told to end."""
    asyncio.run(serve(parse()))


if __name__ == "__main__":
    main()
