"""The demo practice: three months of work in every state, the same for the same seed and day."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from claims.demo import SEED
from claims.models import (
    Appeal,
    Authorization,
    Claim,
    Denial,
    Packet,
    Payer,
    Remittance,
    RemittanceClaim,
    RemittanceFile,
    Submission,
)
from claims.queries import dashboards
from claims.queries import payers as known
from claims.queries.eligibility import visits_to_verify
from claims.queries.plans import is_confirmed
from claims.queries.worklists import queue_counts, queued
from claims.services.recount import differences
from claims.workflow import ClaimWord
from documentation.management.base import Refused
from documentation.models import AuditEvent, Encounter, Organization, StoredFile, User
from documentation.services.audit import first_bad_event

pytestmark = pytest.mark.django_db
AT = "2026-11-23T15:00"
TODAY = date(2026, 11, 23)
Data = dict[str, Any]


def demo(**options: Any) -> Data:
    out = io.StringIO()
    call_command("demo", json=True, stdout=out, **{"at": AT, **options})
    (line,) = out.getvalue().splitlines()
    data: Data = json.loads(line)
    return data


@pytest.fixture(scope="class")
def practice(django_db_setup: None, django_db_blocker: Any) -> Iterator[Data]:
    """The practice as it comes by itself, made once for this class."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield demo()
        transaction.set_rollback(True)


class TestThePractice:
    def test_it_says_how_many_claims_there_are_and_who_may_log_in(self, practice: Data) -> None:
        roles = ["clinician", "assistant", "biller", "manager", "administrator"]
        assert [u["role"] for u in practice["users"]] == roles
        assert practice["claims"] == Claim.objects.count() == 72
        clinician = User.objects.get(username=practice["users"][0]["username"])
        from django.conf import settings

        assert clinician.check_password(settings.DEMO_PASSWORD)

    def test_claims_are_in_every_state(self, practice: Data) -> None:
        assert {c.word for c in Claim.objects.all()} == set(ClaimWord)
        assert set(Encounter.objects.values_list("status", flat=True)) == {"planned", "draft", "signed"}
        for field, missing in (
            ("preparation", set()),
            ("transport", set()),
            ("adjudication", set()),
            ("closing", {"corrected", "voided", "written_off"}),
        ):
            choices = {value for value, _ in Claim._meta.get_field(field).choices or ()}
            assert set(Claim.objects.values_list(field, flat=True)) == choices - missing, field

    def test_every_queue_has_work_and_every_open_claim_is_in_one(self, practice: Data) -> None:
        counts = queue_counts()
        assert [key for key, count in counts.items() if not count] == []
        assert sum(counts.values()) == Claim.objects.filter(closing="open").count() == queued().count()

    def test_denials_have_the_four_causes_and_others(self, practice: Data) -> None:
        causes = set(Denial.objects.values_list("cause", flat=True))
        assert causes >= {"documentation", "medical_necessity", "images", "coding", "bundling", "authorization"}
        assert all(d.packet_id for d in Denial.objects.all())

    def test_appeals_stand_at_every_stage(self, practice: Data) -> None:
        assert set(Appeal.objects.values_list("status", flat=True)) == {"draft", "sealed", "sent", "decided"}
        assert set(Appeal.objects.filter(status="decided").values_list("outcome", flat=True)) == {
            "overturned_full",
            "upheld",
        }
        won = Appeal.objects.get(claim__encounter__case_id="demo-appeal-won")
        assert (won.denial.group, won.denial.carc, won.denial.rarcs) == ("CO", "50", ["N706"])
        assert won.claim.word == ClaimWord.PAID
        assert won.recovered == won.claim.figures.paid > 0

    def test_an_appeal_is_due_soon(self, practice: Data) -> None:
        due = Claim.objects.get(encounter__case_id="demo-appeal-due").figures.at_risk_until
        assert due is not None
        assert 0 <= (due - TODAY).days <= 14

    def test_the_post_brought_what_goes_wrong_too(self, practice: Data) -> None:
        (aside,) = Remittance.objects.exclude(problems=[])
        assert aside.posted_at is None
        assert "balance" in aside.problems[0]
        assert RemittanceClaim.objects.filter(claim=None).count() == 1
        assert Remittance.objects.filter(source="eob").count() == 2
        assert RemittanceFile.objects.count() > 15
        assert Remittance.objects.filter(posted_at=None).count() == 1

    def test_the_managers_numbers_can_be_believed(self, practice: Data) -> None:
        filters = dashboards.Filters(date(2026, 8, 1), TODAY)
        n = dashboards.numbers(filters, today=TODAY)
        assert 0.12 <= n.denied.part / n.denied.whole <= 0.25
        assert 0.70 <= n.first_pass.part / n.first_pass.whole <= 0.88
        assert n.overturned.whole >= 3
        assert n.at_risk > n.at_risk_soon > 0
        assert n.days_to_payment is not None
        assert 10 < n.days_to_payment < 30
        assert differences() == (72, 0)

    def test_everything_happened_at_its_own_time_and_before_now(self, practice: Data) -> None:
        moments = list(AuditEvent.objects.order_by("seq").values_list("at", flat=True))
        assert moments == sorted(moments)
        assert (moments[-1] - moments[0]).days > 80
        for sending in Submission.objects.select_related("claim", "packet"):
            assert sending.sent_on > sending.claim.service_date
            assert sending.packet.sealed_at <= sending.recorded_at
        for denial in Denial.objects.all():
            assert denial.opened_at.date() >= denial.denied_on > denial.claim.service_date

    def test_what_is_known_of_payers_is_fresh_stale_or_not_known(self, practice: Data) -> None:
        payer = Payer.objects.get(payer_id="99992")
        entries = [entry for group in known.groups(payer, TODAY) for entry in group.entries]
        assert {bool(e.why_stale) for e in entries if e.value} == {True, False}
        assert [e for e in entries if not e.value]
        assert [e.scope for e in entries if e.scope] == ["Standard PPO"]
        assert known.outcomes(payer)[0].words.startswith("It paid ")

    def test_a_person_confirmed_which_of_two_plans_pays_first_before_its_claim_was_made_ready(
        self, practice: Data
    ) -> None:
        first, second = Claim.objects.filter(encounter__case_id="demo-two-plans").order_by("sequence")
        assert (first.kind, first.preparation, second.preparation) == ("medical", "ready", "draft")
        assert is_confirmed(first.encounter.patient, first.service_date)

    def test_visits_wait_to_be_verified_and_an_authorization_has_expired(self, practice: Data) -> None:
        waiting = visits_to_verify(datetime(2026, 11, 23, 20, tzinfo=UTC))
        assert [row.verified.state for row in waiting] == ["missing", "old"]
        kinds = {(a.kind, bool(a.units), a.valid_to is not None and a.valid_to < TODAY) for a in asked_on_one_plan()}
        assert kinds == {
            ("prior_authorization", True, False),
            ("prior_authorization", True, True),
            ("predetermination", False, False),
        }

    def test_the_trail_is_whole(self, practice: Data) -> None:
        assert first_bad_event() is None

    def test_pictures_are_stored_once(self, practice: Data) -> None:
        stored = StoredFile.objects.filter(media_type="image/jpeg").count()
        assert stored < 4 * (15 + 4) + 1

    def test_a_second_run_changes_nothing(self, practice: Data) -> None:
        events = AuditEvent.objects.count()
        assert demo() == practice
        assert demo(at="2027-06-01") == practice
        assert demo(seed=5) == practice
        assert AuditEvent.objects.count() == events


def asked_on_one_plan() -> list[Authorization]:
    (plan,) = Authorization.objects.filter(kind="predetermination").values_list("coverage", flat=True)
    return list(Authorization.objects.filter(coverage=plan))


def told() -> list[Any]:
    """The practice without the numbers that a database gives."""
    claims = [
        (c.encounter.case_id, c.kind, c.service_date, c.word.value, c.total, c.figures.paid, c.figures.at_risk_until)
        for c in Claim.objects.select_related("encounter", "figures").order_by("encounter__case_id", "kind")
    ]
    people = list(Encounter.objects.order_by("case_id").values_list("case_id", "patient__last_name", "status"))
    denials = sorted(Denial.objects.values_list("claim__encounter__case_id", "cause", "amount", "denied_on", "status"))
    appeals = sorted(Appeal.objects.values_list("claim__encounter__case_id", "level", "status", "due_on", "recovered"))
    files = sorted(StoredFile.objects.filter(media_type="image/jpeg").values_list("sha256", flat=True))
    return [claims, people, denials, appeals, files]


def undone(**options: Any) -> tuple[Data, list[Any]]:
    """What a run prints and makes, taken back at once."""
    with transaction.atomic():
        result = demo(**options), told()
        transaction.set_rollback(True)
    return result


def test_the_same_seed_and_day_give_the_same_practice() -> None:
    first = undone(claims=13)
    assert undone(claims=13) == first
    assert first[0]["claims"] == 13


def test_more_claims_are_added_to_what_stands() -> None:
    assert demo(claims=3)["claims"] == 3
    before = Counter(Claim.objects.values_list("pk", "revision"))
    assert demo(claims=10)["claims"] == 10
    assert not before - Counter(Claim.objects.values_list("pk", "revision"))
    assert demo(claims=10)["claims"] == 10


def test_a_case_that_was_loaded_before_stays() -> None:
    call_command("load_case", str(SEED), stdout=io.StringIO(), at="2026-11-10")
    assert demo(claims=4)["claims"] == 4
    assert Encounter.objects.filter(case_id="seed").count() == 1


def test_long_after_the_reference_case_it_is_moved_to_last_week() -> None:
    demo(claims=12, at="2028-02-29T07:00")
    today = date(2028, 2, 29)
    assert Encounter.objects.filter(service_date__gte=today, status="planned").count() == 5
    assert not Encounter.objects.filter(status="signed", service_date__gt=today).exists()
    moved = Encounter.objects.get(case_id="demo-reference")
    assert 0 < (today - moved.service_date).days < 10
    assert Claim.objects.get(encounter=moved).word == ClaimWord.READY
    assert Appeal.objects.filter(status="decided").count() == 2


@pytest.mark.parametrize("claims", [-1, 2_000_001, 10**9])
def test_a_number_that_the_verbs_cannot_make_is_refused(claims: int) -> None:
    with pytest.raises(Refused, match=r"up to 2,000,000 claims\. Ask for a number from 0 to that"):
        demo(claims=claims)
    assert not User.objects.exists()


def test_no_claims_are_a_practice_without_claims() -> None:
    assert demo(claims=0)["claims"] == 0
    assert Encounter.objects.filter(status="planned").count() == 5
    assert not Packet.objects.exists()


def test_a_real_practice_is_left_alone() -> None:
    User.objects.create_user("somebody", role="manager")
    with pytest.raises(Refused, match="real practice"):
        demo(at=None)
    assert not Organization.objects.exists()


def test_a_run_that_breaks_off_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from claims.services import demo_work

    def break_off(*args: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo_work, "seal_packet", break_off)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        demo(claims=12)
    assert not User.objects.exists()
    monkeypatch.undo()
    assert demo(claims=1)["claims"] == 1


def test_production_invents_nobody(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(Refused, match="production"):
        demo(at=None)
    with pytest.raises(Refused, match="production"):
        call_command("load_case", str(SEED))
    assert not User.objects.exists()
