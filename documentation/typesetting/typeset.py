"""The short-lived child that sets one document and ends. It is started as a script, sees no settings and no database.

Reads a job as JSON on standard input: `root`, `main`, `data`, `fonts`, `standards`. Writes the PDF to `output` and
answers with JSON on standard output: `{"pages": {...}}`, or `{"error": ...}` where the document could not be set.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typst


def main() -> None:
    job = json.load(sys.stdin)
    inputs = {"data": json.dumps(job["data"], ensure_ascii=False)}
    root = Path(job["root"])
    try:
        compiler = typst.Compiler(
            str(root / job["main"]), root=str(root), font_paths=job["fonts"], ignore_system_fonts=True,
            sys_inputs=inputs, package_path=str(root / "no-packages"), package_cache_path=str(root / "no-packages"),
        )  # fmt: skip
        pdf = compiler.compile(format="pdf", pdf_standards=job["standards"])
        pages = json.loads(compiler.query("<pages>", field="value", one=True))
    except typst.TypstError as error:
        answer = {"error": str(error)}
    else:
        assert isinstance(pdf, bytes)  # noqa: S101 - one PDF is one piece
        Path(job["output"]).write_bytes(pdf)
        answer = {"pages": pages}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
