"""Where text leaves Ductus: each way out has one function that makes it harmless, and each meets every hostile word."""

from __future__ import annotations

import csv
import io
import logging
import re
import socket
import unicodedata
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail import BadHeaderError, EmailMessage
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from lxml import html

from claims.clocks.feed import Entry, written
from claims.edi import claim_837_read
from claims.edi.charset import basic
from claims.edi.claim_of_facts import CannotWrite, electronic_claim
from claims.rules.examples import MEDICAL, with_subscriber
from claims.services.reminders import remind
from claims.views.tables import Table, as_csv, as_xlsx, harmless
from config.logs import PlainFormatter
from documentation.kernel.identifiers import member_id_problem
from documentation.kernel.permissions import Role
from documentation.kernel.text import clean_text
from documentation.typesetting import RenderRefused, Unprintable, render
from documentation.typesetting.typeset import _set
from documentation.views.files import disposition
from tests import factories as f
from tests.assurance import record
from tests.claims import answered
from tests.claims.edi.claims_837 import text_of as x12_of
from tests.claims.edi.structure import faults
from tests.claims.edi.test_claim_of_facts import SENT
from tests.claims.packet.records import RECORDS
from tests.claims.packet.test_packet import packet_of, text_of
from tests.hostile.words import WORDS

CLEAN = tuple(dict.fromkeys(text for word in WORDS if (text := clean_text(word))))


# --- Pages --------------------------------------------------------------------------------------------------------


def test_a_page_shows_every_word_as_text_wherever_it_stands() -> None:
    """In a text, in an attribute, in a field of several lines, as data of a script."""
    rows = '{% for w in words %}<p title="{{ w }}">{{ w }}</p><textarea>\n{{ w }}</textarea>{% endfor %}'
    page = Template(rows + '{{ words|json_script:"d" }}')
    tree = html.fromstring("<div>" + page.render(Context({"words": CLEAN})) + "</div>")
    assert {one.tag for one in tree.iter()} == {"div", "p", "textarea", "script"}
    assert {name for one in tree.iter() for name in one.attrib} == {"title", "id", "type"}
    shown = [(p.get("title"), p.text_content()) for p in tree.iter("p")]
    assert shown == [(word, word) for word in CLEAN]
    assert [(t.text or "").removeprefix("\n") for t in tree.iter("textarea")] == list(CLEAN)
    record("inputs_tried", 4 * len(CLEAN))


# --- Typst --------------------------------------------------------------------------------------------------------

TEMPLATES = Path(__file__).parents[2] / "templates" / "print"
_PRINTED = re.compile(r"LATIN|GREEK|CYRILLIC|HEBREW")


def _is_printed(text: str) -> bool:
    """Whether the fonts have all of it, to be on the safe side: the other words are tried one by one."""
    return all(
        ord(c) < 0x180 or (_PRINTED.match(unicodedata.name(c, "")) and unicodedata.category(c)[0] == "L") for c in text
    )


def _unbroken(text: str) -> str:
    """Where a line is broken, blanks and hyphens are the typesetter's; so is the way in which a quote bends."""
    straight = text.translate({ord(c): "'" for c in "‘’‚"} | {ord(c): '"' for c in "“”„"})
    return re.sub(r"[\s\u00ad-]", "", straight)


def test_every_word_is_printed_literally_in_a_packet() -> None:
    """As data of the page, never as a part of its source: no word is read, run, or set as markup."""
    words = [word for word in CLEAN if _is_printed(word)]
    assert len(words) > 80
    normal = RECORDS["normal_study"]
    text = "\n".join(words)
    built = packet_of(replace(normal, plan=replace(normal.plan, statement=text)))
    whole = _unbroken("".join(text_of(built)))
    lost = [word for word in words if _unbroken(word) not in whole]
    assert lost == []
    assert "root:" not in whole
    record("inputs_tried", len(words))


def test_no_page_runs_what_it_is_given_or_asks_for_a_package() -> None:
    source = {path.name: path.read_text() for path in TEMPLATES.rglob("*.typ")}
    assert len(source) > 10
    for word in ("eval(", '"@', "plugin(", "http"):
        assert [name for name, text in source.items() if word in text] == [], word


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import importlib

    folder = tmp_path / "pages"
    folder.mkdir()
    monkeypatch.setattr(importlib.import_module("documentation.typesetting.render"), "TEMPLATES", folder)
    return folder


def test_a_package_is_asked_for_of_nobody(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that wanted one would be refused; and what Typst then asks for does not leave the machine."""
    import importlib

    (pages / "main.typ").write_text('#import "@preview/cetz:0.3.0": canvas\n= Page')
    with pytest.raises(RenderRefused) as refused:
        render("main.typ", {}, {})
    assert "cetz" in refused.value.detail
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        nobody.listen()
        nobody.settimeout(30)
        module: Any = importlib.import_module("documentation.typesetting.render")
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        monkeypatch.setattr(module, "_NO_NETWORK", dict.fromkeys(module._NO_NETWORK, address))
        import threading

        heard: list[bytes] = []

        def listen() -> None:
            other, _ = nobody.accept()
            heard.append(other.recv(100))
            other.close()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        with pytest.raises(RenderRefused):
            render("main.typ", {}, {})
        thread.join(30)
    assert heard
    assert heard[0].startswith(b"CONNECT packages.typst.org")


def test_a_link_among_the_files_of_a_page_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.typ").write_text('#read("here.txt")')
    (root / "here.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(ValueError, match="a link stands among the files"):
        _set({"root": str(root), "main": "main.typ", "data": {}, "fonts": [], "standards": [], "output": "x"})


@pytest.mark.parametrize("path", ["/etc/hostname", "../../../etc/hostname"])
def test_a_page_reads_nothing_outside_its_folder(pages: Path, path: str) -> None:
    (pages / "main.typ").write_text(f'#read("{path}")')
    with pytest.raises(RenderRefused) as refused:
        render("main.typ", {}, {})
    assert "document could not be made" in refused.value.sentence


@pytest.mark.parametrize("word", ["王小明", "🦷", "தமிழ்", "สวัสดี", "a\u2060b王"])
def test_a_character_without_a_glyph_stops_the_build_with_the_patient_and_the_character(word: str) -> None:
    normal = RECORDS["normal_study"]
    with pytest.raises(Unprintable) as refused:
        packet_of(replace(normal, patient=replace(normal.patient, first_name=word)))
    assert refused.value.character in word
    assert f"“{refused.value.character}”" in refused.value.sentence
    assert "(P0" in refused.value.sentence


# --- CSV and XLSX -------------------------------------------------------------------------------------------------

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def test_no_cell_of_a_list_is_a_formula_and_every_text_comes_back() -> None:
    words = [
        *WORDS,
        *(start + word for start in (*STARTS, " =", '"=', "\u00a0=") for word in ("1+1", "cmd|' /C calc'!A0")),
    ]
    words = [word for word in words if "\x00" not in word]
    table = Table("t", ("Word",), iter([(word,) for word in words]), len(words))
    lines = "".join(as_csv(table)).removeprefix("\ufeff")
    cells = [row[0] if row else "" for row in csv.reader(io.StringIO(lines, newline=""))][1:]
    assert len(cells) == len(words)
    for word, cell in zip(words, cells, strict=True):
        assert cell in (word, f"'{word}")
        is_number = re.fullmatch(r"[+-]?\d+(\.\d+)?", cell)
        assert is_number or not cell.lstrip(' \u00a0\ufeff"').startswith(STARTS), cell
    record("inputs_tried", len(words))


def test_every_text_of_a_workbook_is_a_text() -> None:
    words = [text for word in WORDS if (text := clean_text(word))]
    file = as_xlsx(Table("t", ("Word",), iter([(word,) for word in words]), len(words)))
    with file, zipfile.ZipFile(file) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
        assert [n for n in packed.namelist() if "external" in n.lower() or "hyperlink" in n.lower()] == []
    assert "<f>" not in sheet
    assert sheet.count('t="inlineStr"') + sheet.count('t="s"') == len(words) + 1
    record("inputs_tried", len(words))


def test_what_is_harmless_stays_as_it_is() -> None:
    assert [harmless(text) for text in ("Doe", "-12.30", "", "O'Neil", " a")] == ["Doe", "-12.30", "", "O'Neil", " a"]


# --- X12 ----------------------------------------------------------------------------------------------------------


def _with(facts: Any, place: str, word: str) -> Any:
    """The claim with a word in one of its texts."""
    encounter, coverage, payer = facts.encounter, facts.coverage, facts.coverage.payer
    patient, location, line = encounter.patient, encounter.location, facts.lines[0]
    match place:
        case "last name":
            holder = replace(coverage.subscriber, last_name=word)
            return replace(facts, coverage=replace(coverage, subscriber=holder))
        case "first name":
            named = replace(patient, first_name=word)
            return replace(facts, encounter=replace(encounter, patient=named))
        case "member":
            return replace(facts, coverage=replace(coverage, member_id=word))
        case "group":
            return replace(facts, coverage=replace(coverage, group_number=word))
        case "payer":
            return replace(facts, coverage=replace(coverage, payer=replace(payer, name=word)))
        case "practice":
            there = replace(location, name=word)
            return replace(facts, encounter=replace(encounter, location=there), billing=there)
        case "line":
            return replace(facts, lines=(replace(line, description=word), *facts.lines[1:]))
    raise AssertionError(place)


PLACES = ("last name", "first name", "member", "group", "payer", "practice", "line")


@pytest.mark.parametrize("facts", [with_subscriber(), MEDICAL], ids=["dental", "medical"])
def test_no_word_cuts_a_claim_and_what_cannot_be_sent_is_named(facts: Any) -> None:
    """The file has the segments that it says it has and reads back as what was written; or the biller is told where."""
    told, tried = [], 0
    for n, word in enumerate([*CLEAN, "O*NEIL~", "A:B^C", "A>B", "ISA*00", "Łukasz", "x" * 61]):
        for place in {PLACES[n % len(PLACES)], PLACES[(n // 7) % len(PLACES)], "last name"}:
            if place == "member" and member_id_problem(word):
                continue  # refused where a plan is typed in, and in every other door
            tried += 1
            try:
                done = electronic_claim(_with(facts, place, word), replace(SENT, note=word))
            except CannotWrite as refused:
                told += refused.reasons
                continue
            text = x12_of([done.claim], done.claim.kind)
            assert faults(text) == []
            assert [found.claim for found in claim_837_read.read(text.encode()).claims] == [done.claim]
    assert told
    assert [reason for reason in told if not re.fullmatch(r"[A-Z0-9“].+\.", reason, re.DOTALL)] == []
    record("inputs_tried", tried)


def test_what_is_sent_has_no_separator_and_no_break() -> None:
    for word in WORDS:
        assert not set(basic(word)) & set("*~:^\r\n")
        assert basic(word).isascii()


@pytest.mark.parametrize("place", ["last name", "first name"])
@pytest.mark.parametrize(
    "name,said",
    [("王", "has letters that cannot be sent"), ("O*NEIL~", ""), ("Łukasz", ""), ("x" * 61, "")],
)
def test_a_change_of_a_name_is_told_to_the_biller(name: str, said: str, place: str) -> None:
    facts = _with(with_subscriber(), place, name)
    if said:
        with pytest.raises(CannotWrite, match=said):
            electronic_claim(facts, SENT)
        return
    changes = [str(change) for change in electronic_claim(facts, SENT).changes]
    assert [change for change in changes if name in change]


# --- Headers, mails, calendars, logs ------------------------------------------------------------------------------


def test_every_name_of_a_file_is_one_header() -> None:
    for word in WORDS:
        for download in (True, False):
            header = disposition(word, download=download)
            assert not set(header) & set("\r\n\0")
            assert header.isascii()
            assert header.count("filename=") <= 1
    record("inputs_tried", 2 * len(WORDS))


def test_a_subject_with_a_break_is_no_mail() -> None:
    for word in (w for w in WORDS if "\n" in w or "\r" in w):
        with pytest.raises(BadHeaderError):
            EmailMessage(f"About {word}", "Text", "a@ductus.example", ["b@ductus.example"]).message()


def test_a_reminder_says_nothing_that_anybody_typed(db: None) -> None:
    f.user(role=Role.BILLER, email="biller@ductus.example", last_name="Roe\u2028Bcc: x@elsewhere.example")
    claim = answered.claim(f.SERVICE_DATE, transport="sent")
    answered.denial(answered.answer(claim, date(2026, 11, 30), "denied", denied="850.00"), "images", "850.00")
    patient = claim.encounter.patient
    patient.last_name = "Bcc: roe@elsewhere.example <script>"
    patient.save()
    with pytest.MonkeyPatch.context() as patch:
        from django.conf import settings

        patch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
        remind(at=datetime(2027, 5, 20, 15, tzinfo=UTC))
    assert [sent.to for sent in mail.outbox] == [["biller@ductus.example"]]
    for sent in mail.outbox:
        assert "\n" not in sent.subject
        assert "elsewhere" not in str(sent.message())


def test_a_calendar_holds_one_event_for_each_day_whatever_it_is_called() -> None:
    entries = [Entry(str(n), date(2026, 11, 9), word, word, "https://localhost/") for n, word in enumerate(CLEAN)]
    read = Calendar.from_ical(written(entries, at=f.AT, host="localhost"))
    events = read.walk("VEVENT")
    assert [str(one["summary"]) for one in events] == list(CLEAN)
    assert {str(one["dtstart"].dt) for one in events} == {"2026-11-09"}


def test_every_event_of_a_log_is_one_line_that_steers_no_terminal() -> None:
    for word in [*WORDS, "\x85", "\x0b\x0c\x1c", "\ud800", "\u2029"]:
        row = logging.LogRecord("ductus", logging.INFO, __file__, 1, "%s", (word,), None)
        line = PlainFormatter().format(row)
        assert len(line.splitlines()) == 1
        assert line.encode("utf-8")
        assert not set(line) & set("\x1b\r\n\x00\u202e")


def test_a_hostile_browser_is_one_line_and_one_header(db: None, caplog: pytest.LogCaptureFixture) -> None:
    user = f.user(role=Role.BILLER)
    client = Client(headers={"User-Agent": "Mozilla\r\nSet-Cookie: x=1 \x1b[31m<script>alert(1)</script>"})
    client.force_login(user)
    with caplog.at_level(logging.INFO):
        answer = client.get(reverse("usersessions_list"))
    assert "x" not in answer.cookies
    assert "<script>alert(1)</script>" not in answer.content.decode()
    assert [row for row in caplog.records if len(PlainFormatter().format(row).splitlines()) > 1] == []
