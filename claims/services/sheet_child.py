"""Run as a program: a PDF on standard input, one of its pages as PNG on standard output. Arguments: page, width."""

from __future__ import annotations

import sys


def main() -> None:
    import pypdfium2

    number, width = int(sys.argv[1]), int(sys.argv[2])
    page = pypdfium2.PdfDocument(sys.stdin.buffer.read())[number - 1]
    picture = page.render(scale=width / page.get_width()).to_pil()
    picture.save(sys.stdout.buffer, "PNG", compress_level=6)


if __name__ == "__main__":
    main()
