"""PDFs from outside: opened in a separate process, cleaned of all but their pages, drawn page by page.

Pure Python, no Django. `examine` is the door for what somebody uploads, `drawn` gives the pages of what it cleaned.
"""

from documentation.papers.paper import MOST_PAGES, MOST_SCANNED, Paper, PaperRefused, drawn, examine

__all__ = ["MOST_PAGES", "MOST_SCANNED", "Paper", "PaperRefused", "drawn", "examine"]
