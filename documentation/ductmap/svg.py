"""The drawing as an SVG string, for documents. Pages draw the same layout with a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from documentation.ductmap.anatomy import HEIGHT, WIDTH
from documentation.ductmap.drawing import DuctMap, Marker, Shape, Word
from documentation.ductmap.labels import BADGE
from documentation.ductmap.layout import circle, layout
from documentation.facts import FindingFacts

Look = Mapping[str, str]

LIGHT: Mapping[str, Look] = {
    "bone": {"fill": "#f6f1e6", "stroke": "#ebe3d2", "stroke-width": "1.2"},
    "muscle": {"fill": "#f3e1d9", "fill-opacity": "0.7"},
    "tissue": {"fill": "#fbf0ec"},
    "gum": {"fill": "#f6dfd8"},
    "tooth": {"fill": "#ffffff", "stroke": "#ded6c6", "stroke-width": "1"},
    "ear": {"fill": "none", "stroke": "#e6dccb", "stroke-width": "2", "stroke-linecap": "round"},
    "fibre": {"fill": "none", "stroke": "#efdcd4", "stroke-width": "1.4", "stroke-linecap": "round"},
    "fold": {"fill": "none", "stroke": "#efd9d0", "stroke-width": "1.4", "stroke-linecap": "round"},
    "gland": {"fill": "#f3cfc2", "stroke": "#dd9c8a", "stroke-width": "1.4", "stroke-linejoin": "round"},
    "accessory": {"fill": "#f8e2d9", "stroke": "#e6b9aa", "stroke-width": "1.2", "stroke-linejoin": "round"},
    "branch": {"fill": "none", "stroke": "#cf7f6d", "stroke-width": "2.2", "stroke-linecap": "round"},
    "tube": {"fill": "#fff7f3", "stroke": "#c0604e", "stroke-width": "1.9", "stroke-linejoin": "round"},
    "papilla": {"fill": "#c0604e", "stroke": "#ffffff", "stroke-width": "1.6"},
    "ruler": {"fill": "none", "stroke": "#8b9aa0", "stroke-width": "0.9"},
    "narrow": {"fill": "none", "stroke": "#a61b1b", "stroke-width": "2.2", "stroke-linecap": "round"},
    "arrow": {"fill": "#a61b1b"},
    "stone": {"fill": "#b98d3e", "stroke": "#553c10", "stroke-width": "1.3"},
    "plug": {"fill": "#efe2b8", "stroke": "#8a6d1f", "stroke-width": "1.2"},
    "mass": {"fill": "#a61b1b", "stroke": "#7d1212", "stroke-width": "1"},
    "patch": {"fill": "none", "stroke": "#a61b1b", "stroke-width": "1.6", "stroke-linecap": "round"},
    "tick": {"fill": "none", "stroke": "#0b6b64", "stroke-width": "2.4", "stroke-linecap": "round"},
    "leader": {"fill": "none", "stroke": "#48606a", "stroke-width": "0.9", "stroke-linejoin": "round"},
    "badge-abnormal": {"fill": "#a61b1b"},
    "badge-normal": {"fill": "#0b6b64"},
    "badge-open": {"fill": "#48606a"},
    "anatomy": {"fill": "#5d7078"},
    "scale": {
        "fill": "#48606a",
        "stroke": "#ffffff",
        "stroke-width": "2.5",
        "paint-order": "stroke",
        "stroke-linejoin": "round",
    },
    "label": {"fill": "#10242a", "font-weight": "600"},
    "sub": {"fill": "#48606a"},
    "number": {"fill": "#ffffff", "font-weight": "700"},
}
"""How each role looks on paper. Pages set the same roles with classes, so that a dark theme can change them."""


def svg(
    findings: Sequence[FindingFacts],
    *,
    gland: str,
    side: str,
    standalone: bool = True,
    theme: Mapping[str, Look] = LIGHT,
) -> str:
    """The duct map of one gland. `standalone` adds what a file of its own needs; else it goes into other markup."""
    return render(layout(findings, gland=gland, side=side), standalone=standalone, theme=theme)


def render(drawing: DuctMap, *, standalone: bool = True, theme: Mapping[str, Look] = LIGHT) -> str:
    """A layout as SVG. All text is escaped; nothing in it can run."""
    x, y, width, height = drawing.viewbox
    head = f'viewBox="{x:g} {y:g} {width:g} {height:g}" role="img" font-family="Inter"'
    if standalone:
        head = f'xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" {head}'
    parts = [f"<svg {head}>", f"<title>{escape(drawing.title)}</title>", f"<desc>{escape(drawing.description)}</desc>"]
    parts += [_path(s, theme) for s in drawing.ground]
    parts += [_path(s, theme) for s in drawing.ruler]
    parts += [_text(w, theme) for w in drawing.words]
    parts += [part for m in drawing.markers for part in _marker(m, theme)]
    return "\n".join((*parts, "</svg>"))


def _attributes(look: Look) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in look.items())


def _path(shape: Shape, theme: Mapping[str, Look]) -> str:
    return f'<path d="{shape.d}"{_attributes(theme[shape.role])}/>'


def _text(word: Word, theme: Mapping[str, Look]) -> str:
    return (
        f'<text x="{word.x:.1f}" y="{word.y:.1f}" font-size="{word.size:g}" text-anchor="{word.anchor}"'
        f"{_attributes(theme[word.role])}>{escape(word.text)}</text>"
    )


def _marker(marker: Marker, theme: Mapping[str, Look]) -> list[str]:
    badge = circle(marker.badge_x, marker.badge_y, BADGE)
    return [
        _path(Shape("leader", marker.leader), theme),
        *(_path(s, theme) for s in marker.signs),
        _path(Shape(f"badge-{marker.tone}", badge), theme),
        _text(marker.badge, theme),
        *(_text(w, theme) for w in marker.words),
    ]


__all__ = ["HEIGHT", "LIGHT", "WIDTH", "render", "svg"]
