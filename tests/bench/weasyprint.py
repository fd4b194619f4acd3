"""The pages of a packet by WeasyPrint, in the place of `render`: only to compare the time that they take."""
# ruff: noqa: E501 - style sheets in one line

from __future__ import annotations

import html
import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_CHILD = """
import json, sys
from weasyprint import HTML
job = json.load(sys.stdin)
HTML(string=job["html"], base_url=job["folder"]).write_pdf(job["output"], pdf_variant="pdf/ua-1", pdf_tags=True)
"""


class ByWeasyPrint:
    """Sets the data of the packet's template as HTML, in a child process of a Python that has WeasyPrint."""

    def __init__(self, python: str) -> None:
        import fontpkg_inter

        self.python = python
        self.font = next((Path(fontpkg_inter.__file__).parent / "files").rglob("*.ttf"))
        self.pages = 0
        """Of the last document."""

    def __call__(self, main: str, data: Mapping[str, Any], files: Mapping[str, bytes]) -> Any:
        from documentation.typesetting import Rendered

        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                (Path(folder) / name).write_bytes(content)
            job = {"html": _html(data, self.font), "folder": folder, "output": f"{folder}/out.pdf"}
            subprocess.run(
                [self.python, "-I", "-c", _CHILD], input=json.dumps(job).encode(), check=True, stderr=subprocess.PIPE
            )
            pdf = (Path(folder) / "out.pdf").read_bytes()
        if not self.pages:
            import pypdfium2

            self.pages = len(pypdfium2.PdfDocument(pdf))
        return Rendered(pdf, {f"part:{p['key']}": (1, self.pages) for p in ({"key": "cover"}, *data["parts"])})


def _html(data: Mapping[str, Any], font: Path) -> str:
    """The parts of a packet in their order, each on pages of its own but where the packet's own go on."""
    e, cover = html.escape, data["cover"]
    index = "".join(f"<li><a href='#{p['key']}'>{e(p['title'])}</a></li>" for p in data["parts"])
    titles = {p["key"]: f"<h1 id='{p['key']}'>{e(p['title'])}</h1>" for p in data["parts"]}
    claim, (left, right, total) = data["claim"], data["claim"]["total"]
    columns = "".join(f"<th>{e(' '.join(c))}</th>" for c in claim["columns"])
    rows = "".join(f"<tr>{''.join(f'<td>{e(cell)}</td>' for cell in row)}</tr>" for row in claim["rows"])
    told = "".join(f"<p>{''.join(map(_sentence, paragraph))}</p>" for paragraph in data["narrative"])
    maps = "".join(
        f"<div class=map><h2>{e(m['title'])}</h2><img src='{m['file']}' alt='{e(m['alt'])}'>"
        + "".join(f"<p>{r['number']} {e(r['text'])}</p>" for r in m["rows"])
        + "</div>"
        for m in data["maps"]
    )
    read = data["interpretation"]
    blocks = "".join(f"<h2>{e(b['title'])}</h2><p class=just>{e(b['text'])}</p>" for b in read["blocks"])
    note = "".join(
        f"<h2 id='note-{s['key']}'>{e(s['title'])}</h2><table class=note>"
        + "".join(
            f"<tr><th>{e(r['label'])}</th><td>{e(r['value']).replace(chr(10), '<br>')}</td></tr>" for r in s["rows"]
        )
        + "</table>"
        for s in data["note"]
    )
    return f"""<!doctype html><html lang=en><head><title>{e(data["title"])}</title><style>
    @font-face {{ font-family: Inter; src: url(file://{font}); font-weight: 100 900 }}
    @page {{ size: letter; margin: .8in .9in .85in; @bottom-left {{ content: "{e(data["footer"])}"; font: 8pt Inter }}
      @bottom-right {{ content: "page " counter(page) " of " counter(pages); font: 8pt Inter }} }}
    body {{ font: 10.6pt/1.35 "Libertinus Serif", serif; color: #10242a }} h1, h2, th, .f, li {{ font-family: Inter }}
    h1 {{ font-size: 16pt; break-after: avoid }} h2 {{ font-size: 10pt; color: #0b6b64; break-after: avoid }}
    .f {{ display: inline-block; width: 30%; vertical-align: top; font-size: 9pt; margin: 0 0 8pt }} .f b {{ display: block; font-size: 7.4pt }}
    table {{ width: 100%; border-collapse: collapse; font: 8.6pt Inter }} td, th {{ border-bottom: .4pt solid #d9d5ca; padding: 5pt; text-align: left; vertical-align: top }}
    .note {{ font: 9pt/1.4 Inter }} .note th {{ width: 26% }} sup {{ font: 6.6pt Inter }} .just {{ text-align: justify }}
    figure {{ display: inline-block; width: 47%; margin: 0 1% 14pt; break-inside: avoid; vertical-align: top }} figure img, .map img {{ width: 100% }}
    figcaption {{ font: 8.4pt Inter }} .new {{ break-before: page }} .map {{ border: .6pt solid #d9d5ca; padding: 10pt; break-inside: avoid }}
    li a::after {{ content: leader('.') target-counter(attr(href), page) }} li {{ list-style: none }} ul {{ padding: 0 }}
    </style></head><body>
    <p>{e(cover["practice"])}<br>{e(cover["address"])}</p><h1>{e(" ".join(cover["heading"]))}</h1><p>{e(cover["subtitle"])}</p>
    {_fields(cover["fields"])}<h2>In one paragraph</h2><p>{e(cover["summary"])}</p><h2>What you will find</h2><ul>{index}</ul>
    <img src=qr.svg width=78 alt="QR code"><p>{"<br>".join(map(e, cover["seal"]))}</p>
    <div class=new>{titles["claim"]}{"".join(f"<h2>{e(g['title'])}</h2>{_fields(g['fields'])}" for g in claim["groups"])}
    <table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table><p>{e(left)} {e(right)} {e(total)}</p></div>
    <div class=new>{titles["narrative"]}{told}{maps}{titles["interpretation"]}{blocks}<p>{"<br>".join(map(e, read["signed"]))}</p></div>
    <div class=new>{titles.get("figures", "")}{"".join(map(_figure, data["key_figures"]))}</div>
    <div class=new>{titles["note"]}{note}</div>
    <div class=new>{titles.get("further", "")}{"".join(map(_figure, data["further_figures"]))}</div></body></html>"""


def _fields(fields: Any) -> str:
    return "".join(
        f"<div class=f><b>{html.escape(f['item'])} {html.escape(f['name'])}</b>{html.escape(f['value'])}</div>"
        for f in fields
    )


def _sentence(sentence: Mapping[str, Any]) -> str:
    links = [f"<a href='#figure-{n}'>Fig. {n}</a>" for n in sentence["figures"]]
    links += [f"<a href='#{t.removeprefix('part:').replace(':', '-')}'>§</a>" for t in sentence["targets"]]
    return f"{html.escape(sentence['text'])}<sup>[{'; '.join(links)}]</sup> "


def _figure(f: Mapping[str, Any]) -> str:
    words = f"<b>Figure {f['number']}.</b> {html.escape(f['caption'])} <i>{html.escape(f['reading'])}</i>"
    return f"<figure id='figure-{f['number']}'><img src='{f['file']}' alt='{html.escape(f['alt'], quote=True)}'><figcaption>{words}</figcaption></figure>"
