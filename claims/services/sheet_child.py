"""Run as a program: a PDF on standard input, one of its pages as PNG on standard output. Arguments: page, width.

Page 0 asks for the number of pages instead.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space."""
CPU_SECONDS = 15
MOST_PIXELS = 8_000_000
"""Of a page as it is drawn: a strip as long as a corridor is drawn smaller."""


def main() -> None:
    # It is run by its path, and knows no package until it is told where they lie.
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from documentation.kernel.limits import lower

    lower(resource.RLIMIT_AS, MEMORY)
    lower(resource.RLIMIT_CPU, CPU_SECONDS)
    lower(resource.RLIMIT_CORE, 0)
    import pypdfium2

    number, width = int(sys.argv[1]), int(sys.argv[2])
    document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    if not number:
        sys.stdout.write(str(len(document)))
        return
    page = document[number - 1]
    wide, high = page.get_size()
    scale = min(width / wide, (MOST_PIXELS / (wide * high)) ** 0.5)
    picture = page.render(scale=scale).to_pil()
    picture.save(sys.stdout.buffer, "PNG", compress_level=6)


if __name__ == "__main__":
    main()
