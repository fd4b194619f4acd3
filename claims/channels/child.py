"""The short-lived process that opens PDFs and pictures for a channel, and ends. It sees no settings and no database.

On standard input a line of JSON (`op`, its arguments, `files`: names with sizes) and the files one after the other; on
standard output the same shape, or `{"error": sentence}`.
"""

from __future__ import annotations

import resource
import sys
from typing import Any

from claims.channels.framing import read, write
from claims.channels.looking import draw, survey
from claims.channels.making import TooLargeError, make, measure
from claims.channels.steps import Make
from documentation.kernel.limits import lower

MOST_MEMORY = 3_000_000_000
MOST_SECONDS = 120

Told = tuple[dict[str, Any], dict[str, bytes]]


def main() -> None:
    lower(resource.RLIMIT_AS, MOST_MEMORY)
    lower(resource.RLIMIT_CPU, MOST_SECONDS)
    lower(resource.RLIMIT_CORE, 0)
    head, files = read(sys.stdin.buffer)
    operations = {"measure": _measure, "make": _make, "draw": _draw, "survey": _survey}
    try:
        answer, made = operations[head["op"]](head, files)
    except TooLargeError as error:
        answer, made = {"error": str(error)}, {}
    except Exception as error:  # Decoders of damaged files raise everything; the name says nothing of the record.
        answer, made = {"error": "", "kind": type(error).__name__}, {}
    write(sys.stdout.buffer, answer, made)


def _measure(head: dict[str, Any], files: dict[str, bytes]) -> Told:
    found = {name: measure(content) for name, content in files.items()}
    return {"pages": {name: [[m.size, m.smallest_text, m.height] for m in pages] for name, pages in found.items()}}, {}


def _make(head: dict[str, Any], files: dict[str, bytes]) -> Told:
    tuples = ("pages", "flat", "dpi")
    plan = []
    for given in head["plan"]:
        named: dict[str, Any] = {k: tuple(v) if k in tuples else v for k, v in given.items()}
        plan.append(Make(**named))
    made = make(plan, files, head["total"])
    return {"made": [[m.dpi, m.quality, m.side] for m in made]}, {m.name: m.content for m in made}


def _draw(head: dict[str, Any], files: dict[str, bytes]) -> Told:
    return {}, {"seen.png": draw(files["packet.pdf"], head["page"], head["eye"])}


def _survey(head: dict[str, Any], files: dict[str, bytes]) -> Told:
    found = survey(files["packet.pdf"], head["eye"], head["figures"], files)
    return {"pages": [[p.page, p.warnings, p.score] for p in found]}, {}


if __name__ == "__main__":
    main()
