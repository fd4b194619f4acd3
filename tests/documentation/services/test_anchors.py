"""The head of the audit trail outside the database: what the chain alone cannot show, its end cut off, is found."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection, transaction

from claims.services.nightly import work
from documentation.kernel.machine import NotPossible
from documentation.management.base import Refused
from documentation.models import AuditEvent
from documentation.services import anchors, audit
from tests import assurance
from tests import factories as f
from tests.documentation.services.test_audit import tamper, write

TABLE = "documentation_auditevent"


def verified() -> tuple[int | None, str]:
    """The first bad event that verify_audit tells, and its sentence; None and nothing when all is well."""
    out = io.StringIO()
    try:
        call_command("verify_audit", json=True, stdout=out)
    except Refused as e:
        return json.loads(out.getvalue())["first_bad"], str(e)
    return json.loads(out.getvalue())["first_bad"], ""


@pytest.mark.django_db
def test_the_head_is_added_each_night_and_the_trail_says_so(settings: Any) -> None:
    write()
    head = AuditEvent.objects.count()
    call_command("nightly", stdout=io.StringIO())
    call_command("nightly", stdout=io.StringIO())
    first, second = (anchors.Anchor.read(line) for line in Path(settings.AUDIT_ANCHOR).read_text().splitlines())
    assert (first.seq, first.hash) == (head, AuditEvent.objects.get(seq=head).hash)
    assert second.seq > first.seq
    told = AuditEvent.objects.filter(action="audit.anchor")
    assert [json.loads(e.detail)["event"] for e in told] == [first.seq, second.seq]
    assert verified() == (None, "")


TAMPERED = {
    "changed": (["UPDATE {t} SET action = 'looked' WHERE seq = 3"], 3, "at event 3: it was changed"),
    "taken out": (["DELETE FROM {t} WHERE seq = 3"], 3, "at event 3: it was taken out"),
    "slipped in": (
        [
            "UPDATE {t} SET seq = 900 WHERE seq = 6",
            "INSERT INTO {t} (seq, at, action, subject, detail, previous_hash, hash) "
            "SELECT 6, at, 'looked', '', '{{}}', previous_hash, hash FROM {t} WHERE seq = 5",
        ],
        6,
        "at event 6: it was changed, slipped in",
    ),
    "swapped": (
        [
            "UPDATE {t} SET seq = 900 WHERE seq = 2",
            "UPDATE {t} SET seq = 2 WHERE seq = 3",
            "UPDATE {t} SET seq = 3 WHERE seq = 900",
        ],
        2,
        "at event 2: it was changed, slipped in or moved",
    ),
    "cut off": (["DELETE FROM {t} WHERE seq > 4"], 5, "The audit trail ends at event 4, and on "),
}


@pytest.mark.django_db
@pytest.mark.parametrize("how", TAMPERED)
def test_whatever_was_done_to_the_trail_the_first_bad_event_is_named(how: str) -> None:
    statements, seq, sentence = TAMPERED[how]
    write()
    anchors.drop(at=f.AT)
    assert verified() == (None, "")
    for statement in statements:
        tamper(statement.format(t=TABLE))
    found, said = verified()
    assert found == seq
    assert sentence in said
    assurance.record("audit trails tampered with", 1)


@pytest.mark.django_db
def test_without_the_file_a_tail_that_was_cut_off_is_not_seen() -> None:
    """That is what the file is for."""
    write()
    tamper(f"DELETE FROM {TABLE} WHERE seq > 4")
    assert verified() == (None, "")


@pytest.mark.django_db
def test_a_trail_that_was_written_anew_from_some_event_on_is_found() -> None:
    """Every hash of the new tail is sound: only the line of that day speaks against it."""
    write()
    seq = AuditEvent.objects.count()
    anchors.drop(at=f.AT)
    tamper(f"DELETE FROM {TABLE} WHERE seq >= %s", seq)
    with transaction.atomic():
        audit.record("nothing.happened", by=None, at=f.AT)
        audit.record("nothing.more", by=None, at=f.AT)
    assert audit.first_bad_event() is None
    found, said = verified()
    assert (found, f"Event {seq} of the audit trail is not the one that stood there on 2026-11-06." in said) == (
        seq,
        True,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "2026-11-06T18:00:00+00:00 1\n", "yesterday 1 " + "0" * 64 + "\n", "\x00\n"])
def test_a_file_that_was_emptied_or_scribbled_into_is_told(text: str, settings: Any) -> None:
    write()
    anchors.drop(at=f.AT)
    Path(settings.AUDIT_ANCHOR).write_text(text)
    assert "AUDIT_ANCHOR" in verified()[1]


@pytest.mark.django_db
def test_a_line_that_broke_off_takes_no_other_along_and_has_a_sentence_of_its_own(settings: Any) -> None:
    write()
    anchors.drop(at=f.AT)
    path = Path(settings.AUDIT_ANCHOR)
    whole = path.read_text()
    path.write_text(whole + whole[:40])
    anchors.drop(at=f.AT)
    assert [len(line.split(" ")) for line in path.read_text().splitlines()] == [3, 3, 3]
    found, said = verified()
    assert found is None
    assert "Line 2 of the file of AUDIT_ANCHOR cannot be read" in said


@pytest.mark.django_db
def test_a_line_that_was_taken_out_of_the_file_is_found(settings: Any) -> None:
    write()
    for _ in range(3):
        anchors.drop(at=f.AT)
    path = Path(settings.AUDIT_ANCHOR)
    lines = path.read_text().splitlines(keepends=True)
    told = AuditEvent.objects.filter(action="audit.anchor").order_by("seq").values_list("seq", flat=True)
    path.write_text(lines[0] + lines[2])
    assert verified()[0] == told[1]
    path.unlink()
    assert verified()[0] == told[0]


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["audit.anchor_anew", "backup.restore"])
def test_a_file_that_was_begun_anew_is_said_in_the_trail(action: str, settings: Any) -> None:
    write()
    anchors.drop(at=f.AT)
    with pytest.raises(NotPossible, match="has lines"):
        anchors.begin_anew(at=f.AT)
    Path(settings.AUDIT_ANCHOR).unlink()
    with transaction.atomic():
        audit.record(action, by=None, at=f.AT)
    assert verified() == (None, "")
    anchors.drop(at=f.AT)
    assert verified() == (None, "")


@pytest.mark.django_db
def test_what_is_lost_is_told_where_the_file_cannot_be_written_either(tmp_path: Path, settings: Any) -> None:
    write()
    anchors.drop(at=f.AT)
    settings.AUDIT_ANCHOR = tmp_path
    (said,) = [done.said for done in work(f.AT.date(), lambda: f.AT, at=f.AT) if done.step.name == "anchor"]
    assert "cannot be read" in said
    assert "could not be written" in said


@pytest.mark.django_db
def test_a_file_that_cannot_be_written_is_a_sentence_and_no_event(tmp_path: Path, settings: Any) -> None:
    write()
    settings.AUDIT_ANCHOR = tmp_path
    with pytest.raises(NotPossible, match="could not be written"):
        anchors.drop(at=f.AT)
    assert not AuditEvent.objects.filter(action="audit.anchor").exists()


@pytest.mark.django_db
def test_an_empty_trail_has_no_head(settings: Any) -> None:
    assert anchors.drop(at=f.AT) is None
    assert not Path(settings.AUDIT_ANCHOR).exists()


# --- The clock ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_clock_that_was_set_back_is_an_event_and_order_stays_by_number(settings: Any, monkeypatch: Any) -> None:
    settings.PRODUCTION = True
    monkeypatch.setattr(audit.timezone, "now", lambda: f.AT)
    moments = [f.AT, f.AT + timedelta(days=1), f.AT - timedelta(hours=1), f.AT, f.AT - timedelta(seconds=30)]
    with transaction.atomic():
        for n, at in enumerate(moments):
            audit.record("tried", by=None, at=at, turn=n)
    events = list(AuditEvent.objects.order_by("seq"))
    assert [e.action for e in events] == ["tried", "tried", "clock.back", "tried", "tried", "tried"]
    assert [e.at for e in events if e.action == "tried"] == moments
    back = events[2]
    assert (back.at, json.loads(back.detail)) == (moments[2], {"was": "2026-11-07T18:00:00.000000+00:00"})
    assert audit.first_bad_event() is None


@pytest.mark.django_db
def test_a_page_that_took_long_is_no_clock_set_back(settings: Any, monkeypatch: Any) -> None:
    """It tells when it began; by the clock that is past, and the clock went on."""
    settings.PRODUCTION = True
    monkeypatch.setattr(audit.timezone, "now", lambda: f.AT + timedelta(minutes=10))
    with transaction.atomic():
        audit.record("tried", by=None, at=f.AT + timedelta(minutes=9))
        audit.record("tried", by=None, at=f.AT)
    assert not AuditEvent.objects.filter(action="clock.back").exists()


@pytest.mark.django_db
def test_work_made_up_for_days_that_are_past_is_no_clock_set_back() -> None:
    with transaction.atomic():
        audit.record("tried", by=None, at=f.AT)
        audit.record("tried", by=None, at=f.AT - timedelta(days=9))
    assert not AuditEvent.objects.filter(action="clock.back").exists()


# --- Processes that write at once ---------------------------------------------------------------------------------

PATIENCE = 600
"""Seconds after which processes that write are given up: far more than they take on a busy machine."""

WRITER = """
import os, sys
import django
django.setup()
from django.conf import settings
from django.db import connection, transaction
settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = os.environ["ITS_DATABASE"]
from documentation.services import audit
from tests import factories as f
print("ready", flush=True)
sys.stdin.readline()
for n in range(int(sys.argv[1])):
    with transaction.atomic():
        audit.record("tried", by=None, at=f.AT, turn=n)
"""


@pytest.mark.django_db(transaction=True)
def test_two_hundred_events_of_eight_processes_at_once_make_one_chain() -> None:
    processes, each = 8, 25
    name = str(connection.settings_dict["NAME"])
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.test_settings", "ITS_DATABASE": name}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(each)],
            cwd=django_settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    late = threading.Timer(PATIENCE, lambda: [writer.kill() for writer in writers])
    late.start()  # a writer that never answers fails the test, and does not hold it up
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n", writer.stderr.read() if writer.stderr else ""
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        said = [writer.communicate()[1] for writer in writers]
    finally:
        late.cancel()
        for writer in writers:
            writer.kill()
            writer.wait()
    assert [(w.returncode, s) for w, s in zip(writers, said, strict=True)] == [(0, "")] * processes
    assert AuditEvent.objects.count() == processes * each
    assert AuditEvent.objects.values("previous_hash").distinct().count() == processes * each  # nobody forked
    assert audit.first_bad_event() is None
    assurance.record("audit events written at once", processes * each)
