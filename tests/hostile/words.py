"""Hostile strings: our own, and those of the shared corpus where it lies beside the project."""

import json
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction

from documentation.kernel.text import clean_text
from documentation.locks import drop_locks, install_locks
from documentation.models import User
from documentation.models.fields import CleanCharField, CleanTextField

SHARED = Path(__file__).parents[3] / "shared" / "corpus" / "strings"

OUR_OWN = (
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" autofocus onfocus="alert(1)',
    "' onmouseover='alert(1)",
    "</textarea><svg/onload=alert(1)>",
    "</title><iframe srcdoc='<script>alert(1)</script>'>",
    "</script><script>alert(1)//",
    "<a href=javascript:alert(1)>look</a>",
    "javascript:alert(1)",
    "<!--", "-->", "]]>", "<b>bold</b>", "&lt;b&gt; &amp; &#39;", "<base href=//elsewhere.example>",
    "<style>*{display:none}</style>", "<meta http-equiv=refresh content=0>", "<form action=//elsewhere.example>",
    "{{ 7*7 }}", "{% debug %}", "{% include 'base.html' %}", "{{49}}", "${7*7}", "#{7*7}", "<%= 7*7 %>",
    '#read("/etc/passwd")', '#import "@preview/cetz:0.3.0"', "#let x = 1", "$x$", "*b*", "_i_", "\\", "<#label>",
    "@ref",
    "#eval(\"1\")", "[#link(\"x\")]", "= Heading", "/* no", "// no", "```raw", "~", "<img src=file:///etc/passwd>",
    "<link rel=attachment href=file:///etc/passwd>",
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "=cmd|' /C calc'!A0", "＝1+1", " =1+1", '"=1+1', "'=1+1",
    "O*NEIL~", "A:B^C", "A>B", "ISA*00*", "~IEA*1*1~", "IEA*0*000000001~", "Łukasz", "x" * 61,
    "a\r\nSet-Cookie: x=1", "a\nBcc: roe@elsewhere.example", "a\r\nb", "%0d%0aX: y", "a\x00b", "\x1b[31mred",
    "Robert'); DROP TABLE patients;--", "' OR '1'='1", "%' ESCAPE '", "%", "_", "%%%", "\\%",
    "Null", "True", "NaN", "0x1", "undefined", "None", "-0", "1e400", "../../etc/passwd", "C:\\con", ".", "..",
    "José", "Jose\u0301", "Ñandú ß İ", "عربي", "王小明", "🦷👩🏽‍⚕️",
    "\u202egpj.exe", "\u2066abc\u2069", "\u200b", "\ufeffx", "Pаul",
)  # fmt: skip
"""What the shared corpus proves, a clean clone proves with these."""

WORDS: tuple[str, ...] = tuple(
    dict.fromkeys(
        [*OUR_OWN, *(s for path in sorted(SHARED.glob("*.json")) for s in json.loads(path.read_text("utf-8")))]
    )
)


def one_line(text: str) -> str:
    return " ".join(text.split())


LONGEST = 1500
"""Characters that a field of several lines is filled with."""


def text_fields(model: type[models.Model]) -> list[Any]:
    """The columns of a table that hold what people write."""
    names = {"first_name", "last_name"} if model is User else set()
    return [
        field
        for field in model._meta.concrete_fields
        if (isinstance(field, CleanCharField | CleanTextField) and not field.choices and not field.unique)
        or field.name in names
    ]


def accepted(field: Any, word: str) -> str:
    """The word as this column would keep it; empty where its door refuses it or nothing of it shows."""
    try:
        return str(field.clean(clean_text(word, multiline=isinstance(field, models.TextField)), None))
    except ValidationError:
        return ""


def planted(tables: list[type[models.Model]], rows: int = 60) -> dict[str, set[str]]:
    """Put hostile words into every text column of the newest rows, whatever locks them. Gives what each column holds.

    Every word that a column takes is used in its turn: several in one text, one in a short one.
    """
    kept: dict[str, set[str]] = {}
    with transaction.atomic():
        names = [table._meta.db_table for table in tables]
        drop_locks(connection, names)
        for table in tables:
            for field in text_fields(table):
                supply = _supply(field)
                for key in table._default_manager.order_by("-pk").values_list("pk", flat=True)[:rows]:
                    text = next(supply)
                    if text:
                        table._default_manager.filter(pk=key).update(**{field.name: text})
                        kept.setdefault(f"{table._meta.label}.{field.name}", set()).add(text)
        install_locks(connection, names)
    return kept


def _supply(field: Any) -> Iterator[str]:
    """Texts for one column, one after the other through all words; columns of one size begin at different words."""
    words = [kept for word in WORDS if (kept := accepted(field, word))]
    if not words:
        while True:
            yield ""
    start = sum(map(ord, f"{field.model.__name__}{field.name}")) % len(words)
    turn = cycle([*words[start:], *words[:start]])
    while True:
        if not isinstance(field, models.TextField):
            yield next(turn)
            continue
        lines: list[str] = []
        while sum(map(len, lines)) < LONGEST:
            lines.append(next(turn))
        yield accepted(field, "\n".join(lines))
