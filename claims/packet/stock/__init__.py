"""A medical claim on pre-printed CMS-1500 stock: only the characters, on the form's own grid. The form is not drawn."""

from __future__ import annotations

from claims.packet.stock.filled import FilledForm, Mark, fill
from claims.packet.stock.positions import COLUMNS, LINES, PLACES, SERVICE_LINES, Place
from claims.packet.stock.sheet import STEP_LIMIT, Offset, alignment, overlay

__all__ = [
    "COLUMNS",
    "LINES",
    "PLACES",
    "SERVICE_LINES",
    "STEP_LIMIT",
    "FilledForm",
    "Mark",
    "Offset",
    "Place",
    "alignment",
    "fill",
    "overlay",
]
