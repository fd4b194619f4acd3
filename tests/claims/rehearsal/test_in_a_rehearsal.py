"""A rehearsal says on every page what it is, nothing leaves it, and a page tells how it goes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from claims.models import Appeal, Claim, QueuedClaim, WriteOff
from claims.queries.rehearsal import standing
from claims.queries.sending import ways_out
from claims.services import appeals, reminders
from claims.services.dispatching import way_out
from claims.services.nightly import work
from claims.services.rehearsal.masks import Masks
from claims.services.rehearsal.reading import _only_read, told
from claims.services.rehearsal.setting_back import as_then, set_back
from claims.services.rehearsal.taking import take
from claims.services.transmissions import write_claims
from documentation.kernel.machine import NotPossible, Refused
from documentation.models import AuditEvent, Became, Rehearsal, RehearsalItem
from documentation.services.anchors import begin_anew, drop, first_lost
from documentation.services.audit import record
from documentation.services.onemoment import one_moment
from tests import factories as f
from tests.claims import papers

pytestmark = pytest.mark.django_db
SAYS = "Rehearsal: nothing here is real, nothing is sent."


def quiet(*_: object) -> None:
    """Nobody waits at a terminal."""


@pytest.fixture
def rehearsal() -> Rehearsal:
    return Rehearsal.objects.create(pk=1, made_at=f.AT - timedelta(hours=1))


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(f.user(role=role))
    return client


def test_every_page_says_so_before_and_after_the_log_in(rehearsal: Rehearsal) -> None:
    f.location()
    assert SAYS in Client().get("/accounts/login/").content.decode()
    for role in ("biller", "manager", "clinician"):
        assert SAYS in signed_in(role).get("/worklist/").content.decode()


def test_the_practice_itself_says_nothing_of_the_kind_and_how_one_is_made() -> None:
    f.location()
    page = signed_in("manager").get("/rehearsal/").content.decode()
    assert SAYS not in page
    assert "manage.py rehearsal --into" in page
    assert SAYS not in Client().get("/accounts/login/").content.decode()


def test_no_way_out_is_set_up_whatever_the_settings_say(rehearsal: Rehearsal, settings: Any, tmp_path: Path) -> None:
    settings.WAYS_OUT = {**settings.WAYS_OUT, "CLEARINGHOUSE_FOLDER": str(tmp_path)}
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert set(ways_out().values()) == {""}
    with pytest.raises(Refused, match="nothing leaves it"):
        way_out("folder")
    assert not reminders.mail_is_set_up()
    rehearsal.delete()
    assert way_out("folder")
    assert reminders.mail_is_set_up()


def test_no_electronic_file_is_written(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    papers.plain_packets(monkeypatch)
    biller = f.user(role="biller")
    claim = f.sealed_packet(by=biller).claim
    with pytest.raises(Refused, match="nothing leaves it"):
        write_claims([claim], by=biller, at=f.AT)


def test_no_rehearsal_is_made_of_a_rehearsal_or_of_nothing(rehearsal: Rehearsal) -> None:
    with pytest.raises(NotPossible, match="a rehearsal itself"):
        next(told(set_back_claims=0, today=f.TODAY, at=f.AT, tell=quiet))
    rehearsal.delete()
    with pytest.raises(NotPossible, match="no practice"):
        next(told(set_back_claims=0, today=f.TODAY, at=f.AT, tell=quiet))


def test_a_place_that_is_not_empty_is_refused() -> None:
    f.organization()
    head = b'{"format":"ductus rehearsal 1","made_at":"2026-11-02T12:00:00+00:00","pictures":0}\n'
    with pytest.raises(NotPossible, match="not empty"):
        take([head], password="x", at=f.AT, tell=quiet)


def test_what_is_not_told_by_us_is_refused() -> None:
    with pytest.raises(NotPossible, match="broke off"):
        take([b"nonsense\n"], password="x", at=f.AT, tell=quiet)


@pytest.mark.parametrize(
    ("into", "media", "said"),
    [
        ("", "", "Name the empty database"),
        ("mysql://x/y", "/tmp/elsewhere", "begins with sqlite"),
        ("own", "/tmp/elsewhere", "the practice's own database"),
        ("sqlite:////tmp/other.sqlite3", "own", "the practice's own files"),
        ("postgres://x/y", "", "Name an empty folder"),
    ],
)
def test_the_practice_itself_is_never_written_into(into: str, media: str, said: str, settings: Any) -> None:
    f.organization()
    if into == "own":
        known = connection.settings_dict
        into = (
            f"sqlite:///{known['NAME']}"
            if connection.vendor == "sqlite"
            else "postgres://x@{HOST}:{PORT}/{NAME}".format(**known)
        )
    given = ["--media", str(settings.MEDIA_ROOT) if media == "own" else media] if media else []
    with pytest.raises(CommandError, match=said):
        call_command("rehearsal", *(["--into", into] if into else []), *given)


@pytest.mark.django_db(transaction=True)
def test_nothing_can_be_written_while_the_practice_is_read() -> None:
    with pytest.raises(DatabaseError, match=r"read-?only"), one_moment(), _only_read():
        f.organization()
    assert f.organization()


def test_the_night_of_a_rehearsal_writes_nothing_into_the_anchor_that_its_surroundings_name(
    rehearsal: Rehearsal, settings: Any
) -> None:
    """Whoever starts it as the practice is started hands the practice's file over, too."""
    with transaction.atomic():
        record("tried", by=None, at=f.AT)
    practice = f"{f.AT.isoformat()} 77 {'0' * 64}\n"
    anchor = Path(settings.AUDIT_ANCHOR)
    anchor.write_text(practice)
    (done,) = [done for done in work(f.TODAY, lambda: f.AT, at=f.AT) if done.step.name == "anchor"]
    assert (done.outcome, done.said) == ("done", "This is a rehearsal: its audit trail is written down nowhere else.")
    assert drop(at=f.AT) is None
    assert anchor.read_text() == practice
    assert not AuditEvent.objects.filter(action="audit.anchor").exists()
    assert first_lost() is None, "the file speaks of another trail"
    with pytest.raises(NotPossible, match="This is a rehearsal"):
        begin_anew(at=f.AT)
    rehearsal.delete()
    assert drop(at=f.AT) is not None
    assert anchor.read_text() != practice


def test_no_number_of_a_copy_is_counted_back_from_another() -> None:
    people = sorted(f.patient().pk for _ in range(60))
    masks = Masks(today=f.TODAY, key=b"k" * 32)
    made = [masks.number("documentation.patient", key) for key in people]
    assert made == sorted(set(made))
    assert made == [Masks(today=f.TODAY, key=b"k" * 32).number("documentation.patient", key) for key in people]
    assert set(made).isdisjoint(people)
    for stride in range(1, 100):  # no stride and start give them all
        starts = [number - stride * key for key, number in zip(people, made, strict=True)]
        assert max(starts) - min(starts) > stride, stride
    with pytest.raises(KeyError):
        masks.number("documentation.patient", people[-1] + 1)


def test_a_gap_in_the_numbers_of_the_practice_does_not_come_over() -> None:
    first, last = f.patient(), f.patient(pk=5_000_000)
    masks = Masks(today=f.TODAY)
    made = [masks.number("documentation.patient", one.pk) for one in (first, last)]
    assert 0 < made[1] - made[0] < 100


# --- Set back, and compared -----------------------------------------------------------------------------------------


def decided(biller: Any) -> Any:
    """A denial that was appealed and won."""
    denial = f.denial(by=biller)
    Appeal.objects.create(
        claim=denial.claim, denial=denial, status="decided", outcome="overturned_full", recovered=Decimal(850),
        due_on=f.TODAY, decided_on=f.TODAY + timedelta(days=30), opened_at=f.AT + timedelta(days=1), opened_by=biller,
    )  # fmt: skip
    type(denial).objects.filter(pk=denial.pk).update(
        status="resolved", resolved_on=f.TODAY + timedelta(days=30), resolution="It was paid."
    )
    Claim.objects.filter(pk=denial.claim_id).update(closing="closed")
    QueuedClaim.objects.filter(claim=denial.claim_id).delete()
    denial.refresh_from_db()
    return denial


def test_a_decided_denial_stands_as_when_it_came(rehearsal: Rehearsal) -> None:
    denial = decided(f.user(role="biller"))
    back = set_back(5)
    (item,) = [i for i in back.items if i.claim == denial.claim_id]
    assert (item.became, item.amount, item.days) == (Became.WON, Decimal(850), 30)
    row = dict(type(denial).objects.filter(pk=denial.pk).values().get())
    then = as_then("claims.denial", row, back)
    assert then is not None
    assert (then["status"], then["resolution"], then["resolved_on"]) == ("open", "", None)
    appeal = dict(Appeal.objects.values().get())
    assert as_then("claims.appeal", appeal, back) is None


def test_what_became_of_the_real_claim_is_told_once_somebody_decided(rehearsal: Rehearsal) -> None:
    biller = f.user(role="biller")
    denial = f.denial(by=biller)
    RehearsalItem.objects.create(claim=denial.claim_id, became=Became.WON, amount=Decimal(850), days=30)
    client = signed_in("biller")
    page = client.get("/rehearsal/").content.decode()
    assert "appealed and won" not in page
    assert denial.claim.number in page
    appeals.open_appeal(denial, by=biller, at=f.AT)
    found = standing()
    assert found is not None
    (one,) = found.worked
    assert one.real == "The real claim was appealed and won, 30 days after its denial: $850.00."
    assert one.compared == "It was appealed here, too."
    assert (found.decided, found.as_there, found.waiting) == (1, 1, [])
    assert "appealed and won" in client.get("/rehearsal/").content.decode()


def test_another_way_than_the_practice_took_is_said_without_a_grade(rehearsal: Rehearsal) -> None:
    biller = f.user(role="biller")
    denial = f.denial(by=biller)
    RehearsalItem.objects.create(claim=denial.claim_id, became=Became.LOST)
    WriteOff.objects.create(
        claim=denial.claim,
        denial=denial,
        amount=Decimal(10),
        reason="Too small.",
        requested_at=f.AT,
        requested_by=biller,
    )
    found = standing()
    assert found is not None
    assert found.worked[0].compared == "It was not appealed here so far."
    assert (found.decided, found.as_there) == (1, 0)
