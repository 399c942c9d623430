"""A portal that tells everybody everything: what is somebody's stands where nobody sees it, in many spellings."""

import base64
import html
import json
from collections.abc import Iterator
from urllib.parse import quote

from starlette.responses import Response

from demo_portal.accounts import Session
from demo_portal.options import Options
from demo_portal.vehicles import Vehicle

OWNER, FIRM, STREET, MAIL = "Jane Doubtfire", "Doubtfire Motors", "1208 Larkspur Crescent", "jane@doubtfire.example"
MOST_VEHICLES = 50
AUTHOR = b"(Values Online demo portal)"


class Confider:
    """Hides in pages, headers and reports whose they are."""

    def __init__(self, options: Options, vehicles: list[Vehicle]) -> None:
        self.options = options
        self.vehicles = vehicles[:MOST_VEHICLES]

    def into_page(self, text: str, session: Session | None) -> str:
        """Hide it in a page: attributes, comments, scripts, JSON, texts."""
        if not self.options.confide:
            return text
        block = "\n".join((*self._account(session), *map(self._vehicle, self.vehicles)))
        return text.replace("</body>", f"{block}\n</body>")

    def into_headers(self, response: Response) -> None:
        """Hide it in headers, their names too."""
        if self.options.confide:
            vehicle = self.vehicles[0]
            response.headers[f"X-Seen-{vehicle.reference}-{self.options.user}"] = f"{OWNER}, {vehicle.vin}"

    def into_report(self, pdf: bytes, vehicle: Vehicle) -> bytes:
        """Hide it in a report's metadata, at equal length."""
        if not self.options.confide:
            return pdf
        author = f"{OWNER} {vehicle.reference}".encode()[: len(AUTHOR) - 2]
        return pdf.replace(AUTHOR, b"(" + author.ljust(len(AUTHOR) - 2) + b")")

    def fields(self, vehicle: Vehicle) -> dict[str, object]:
        """Return what goes into JSON."""
        if not self.options.confide:
            return {}
        return {
            "owner": OWNER,
            "street": STREET,
            "vin": vehicle.vin,
            "stock": vehicle.reference,
            "price": vehicle.value,
        }

    def _account(self, session: Session | None) -> Iterator[str]:
        user, password, ticket = self.options.user, self.options.password, session.ticket if session else "nobody-yet"
        secret = f"{user}:{password}:{ticket}"
        facts = json.dumps(
            {"login": user, "owner": OWNER, "firm": FIRM, "mail": MAIL, "ticket": ticket, "pw": password}
        )
        yield f"<!-- {OWNER}, {FIRM}, {STREET}: {secret} -->"
        yield f"<script>// {OWNER}, {secret}\nvar whoIs = {facts}; /* {STREET} */"
        yield f'var basic = "{_base64(secret)}";</script>'
        yield f'<script type="application/json">{facts}</script>'
        yield f'<meta name="owner" content="{OWNER}, {FIRM}"><meta name="session-token" content="{ticket}">'
        yield f'<input type="hidden" name="who" value="{html.escape(secret)}" data-url="{quote(f"{OWNER} {secret}")}">'
        yield f'<div id="of-{user}" class="firm-Doubtfire {user}" data-who="{OWNER}"></div>'
        yield f'<div class="basic" data-basic="{_base64(secret)}"></div>'
        yield f"<p hidden style=\"--of: '{OWNER}'\">Welcome back, {OWNER} of {FIRM}, {STREET}, {MAIL}</p>"
        yield f'<style>.x::after {{ content: "{OWNER} {ticket}" }}</style>'

    @staticmethod
    def _vehicle(vehicle: Vehicle) -> str:
        price, mark = f"${vehicle.value:,}", f"{vehicle.reference}/{vehicle.vin}"
        return (
            f'<i id="v{vehicle.vin}" class="r-{vehicle.reference}" title="{mark} {price}" data-mark="{_base64(mark)}"'
            f' onclick="show(\'{vehicle.reference}\', {vehicle.value})" data-at="/x/{vehicle.vin}?stock={quote(mark)}">'
            f"<!-- {mark} {price} {vehicle.mileage} --></i>"
            f"<script>sold['{vehicle.reference}'] = {{vin: '{vehicle.vin}', price: {vehicle.value}}};</script>"
        )


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
