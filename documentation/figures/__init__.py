"""Figures on their way out: what was drawn on a picture, and the picture as each channel takes it.

One drawing serves the page and the packet. Pure: facts and bytes in, shapes and bytes out.
"""

from documentation.figures.convert import FAX, PACKET, PORTAL, Profile, convert
from documentation.figures.drawing import Drawing, Mark, layout
from documentation.figures.letters import unprintable_in
from documentation.figures.words import legend, sentence

__all__ = [
    "FAX",
    "PACKET",
    "PORTAL",
    "Drawing",
    "Mark",
    "Profile",
    "convert",
    "layout",
    "legend",
    "sentence",
    "unprintable_in",
]
