"""Tables from other programs: CSV and XLSX read into lines of cells, headings matched, cells turned into values.

Pure Python, no Django. Nothing is guessed silently: what cannot be read for certain is a sentence for a person.
"""

from documentation.tables.matching import Guess, Target, guess
from documentation.tables.reading import MOST_BYTES, MOST_LINES, read
from documentation.tables.table import Line, Table, Unreadable

__all__ = ["MOST_BYTES", "MOST_LINES", "Guess", "Line", "Table", "Target", "Unreadable", "guess", "read"]
