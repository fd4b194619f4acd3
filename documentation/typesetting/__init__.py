"""Documents as PDF: set by Typst in a child process, the same bytes from the same input."""

from documentation.typesetting.logo import Placed, place_logo
from documentation.typesetting.pictures import annotated_of, pictures_of
from documentation.typesetting.render import Rendered, RenderRefused, Unprintable, render

__all__ = ["Placed", "RenderRefused", "Rendered", "Unprintable", "annotated_of", "pictures_of", "place_logo", "render"]
