"""Line charts as SVG, side by side, written by hand: light or dark as the reader's page is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Point = tuple[float, float]
WIDTH, HEIGHT = 420, 240  # of a panel's drawing area
LEFT, TOP, GAP, BOTTOM = 60, 78, 90, 52
STEPS = 4  # lines across a panel, about
STYLE = """
svg { font: 12px system-ui, sans-serif; background: #fff }
text { fill: #4a4a48 } .title { fill: #1b1b1a; font-size: 14px; font-weight: 600 }
path { fill: none; stroke-width: 2; stroke-linejoin: round } .grid { stroke: #e4e3df; stroke-width: 1 }
.s0 { stroke: #8a5cd1 } .s1 { stroke: #c2571a } .s2 { stroke: #0f8a6c } .s3 { stroke: #2a6fdb }
@media (prefers-color-scheme: dark) {
  svg { background: #1a1a19 } text { fill: #b5b4ae } .title { fill: #f2f1ec } .grid { stroke: #383835 }
  .s0 { stroke: #b08cf0 } .s1 { stroke: #e88a4f } .s2 { stroke: #35b896 } .s3 { stroke: #6ea3f7 }
}"""


class Panel(NamedTuple):
    """One chart: what its heights are, and its lines by name, the same names in every panel."""

    title: str
    lines: Mapping[str, Sequence[Point]]


def draw(panels: Sequence[Panel], across: str) -> str:
    """Return the SVG; `across` says what all panels have along their lower edge."""
    width = LEFT + len(panels) * (WIDTH + GAP) - GAP + 30
    names = panels[0].lines
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {TOP + HEIGHT + BOTTOM}">']
    parts += [f"<style>{STYLE}\n</style>", *_legend(names)]
    for number, panel in enumerate(panels):
        parts.append(f'<g transform="translate({LEFT + number * (WIDTH + GAP)} {TOP})">')
        parts += [*_panel(panel, across), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _legend(names: Iterable[str]) -> Iterable[str]:
    for number, name in enumerate(names):
        x = LEFT + number * 130
        yield f'<path class="s{number % 4}" d="M{x} 18h20"/><text x="{x + 26}" y="22">{name}</text>'


def _panel(panel: Panel, across: str) -> Iterable[str]:
    points = [point for line in panel.lines.values() for point in line] or [(1.0, 1.0)]
    width, height = _ticks(max(x for x, _ in points)), _ticks(max(y for _, y in points))
    yield f'<text class="title" x="0" y="-16">{panel.title}</text>'
    for tick in height:
        y = HEIGHT - HEIGHT * tick / height[-1]
        yield f'<path class="grid" d="M0 {y:.1f}h{WIDTH}"/>'
        yield f'<text x="-8" y="{y + 4:.1f}" text-anchor="end">{tick:,.10g}</text>'
    for tick in width:
        x = WIDTH * tick / width[-1]
        yield f'<text x="{x:.1f}" y="{HEIGHT + 18}" text-anchor="middle">{tick:,.10g}</text>'
    yield f'<text x="{WIDTH / 2}" y="{HEIGHT + 38}" text-anchor="middle">{across}</text>'
    for number, line in enumerate(panel.lines.values()):
        places = (f"{WIDTH * x / width[-1]:.1f} {HEIGHT - HEIGHT * y / height[-1]:.1f}" for x, y in line)
        yield f'<path class="s{number % 4}" d="M{"L".join(places)}"/>' if line else ""


def _ticks(most: float) -> list[float]:
    """Return round numbers from 0 to the first one at or above `most`."""
    rough = max(most, 1e-9) / STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    size = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return [size * number for number in range(math.ceil(most / size - 1e-9) + 1)]
