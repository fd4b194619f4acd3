"""The duct map: gland and duct as a drawing on which findings lie at their distance from the papilla.

One geometry serves the page, the packet and the letter. Pure: findings in, a drawing out.
"""

from documentation.ductmap.anatomy import HEIGHT, WIDTH
from documentation.ductmap.drawing import DuctMap, Marker, finding_line, gland_title
from documentation.ductmap.geometry import Scale, nearest_mm, place, scale_for, segment_at, segments
from documentation.ductmap.layout import layout
from documentation.ductmap.svg import render, svg

__all__ = [
    "HEIGHT",
    "WIDTH",
    "DuctMap",
    "Marker",
    "Scale",
    "finding_line",
    "gland_title",
    "layout",
    "nearest_mm",
    "place",
    "render",
    "scale_for",
    "segment_at",
    "segments",
    "svg",
]
