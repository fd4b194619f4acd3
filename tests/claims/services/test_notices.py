"""Who is told what of claims and visits: whoever it concerns, once, and never the one who did it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from claims.models import Claim, Coverage
from claims.services import denials, matching, nightly, preparation, rechecks, telling, work
from claims.services.coverage import save_authorization
from claims.services.handing_out import hand_out
from claims.services.reminders import remind
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Role
from documentation.models import Job, Notice, Organization, UpkeepStep, User
from documentation.queries.notices import told
from documentation.services import jobs, notices, signing
from tests import factories as f
from tests.claims import answered, checks
from tests.claims.services.test_reminders import DENIED, LEAVE, on

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> User:
    return f.user(role=Role.BILLER, first_name="Robin", last_name="Biller")


@pytest.fixture
def manager() -> User:
    return f.user(role=Role.MANAGER, first_name="Sam", last_name="Manager")


@pytest.fixture
def claim() -> Claim:
    return answered.claim(f.SERVICE_DATE, transport="sent")


def mine(claim: Claim, user: User) -> Claim:
    Claim.objects.filter(pk=claim.pk).update(owner=user)
    claim.refresh_from_db()
    return claim


def kinds(user: User) -> list[str]:
    return list(Notice.objects.filter(person=user).order_by("pk").values_list("kind", flat=True))


def words(user: User) -> list[str]:
    """As they are shown to a person, line by line."""
    return [
        f"{line.thing.label}: {'. '.join(line.words)}" for line in told(user, f.location().zone).lines
    ]  # the newest day first


def test_who_gets_a_claim_and_who_had_it_are_told_and_who_did_it_is_not(
    claim: Claim, biller: User, manager: User
) -> None:
    other = f.user(role=Role.BILLER)
    work.assign(claim, biller, by=manager, at=f.AT)
    work.assign(claim, other, by=manager, at=f.AT)
    assert (kinds(biller), kinds(other), kinds(manager)) == (["given", "taken"], ["given"], [])
    assert words(biller) == [f"Claim {claim.number}: Sam Manager took it from you. Sam Manager gave it to you"]


def test_who_takes_a_claim_knows_it(claim: Claim, biller: User) -> None:
    work.take(claim, None, by=biller, at=f.AT)
    work.take(claim, biller.pk, by=biller, at=f.AT)
    assert kinds(biller) == []


def test_handing_out_tells_each_of_theirs(biller: User, manager: User) -> None:
    claims = [answered.claim(f.SERVICE_DATE, of=f"Payer {n}", adjudication="denied") for n in range(3)]
    for claim in claims:
        answered.denial(answered.answer(claim, f.TODAY, "denied", denied="850.00"), "images", "850.00")
    given = hand_out({claim.pk: biller for claim in claims}, by=manager, at=f.AT)
    assert given.claims == len(kinds(biller)) == 3
    assert len(words(biller)) == 3


def test_what_is_rolled_back_was_told_to_nobody(claim: Claim, biller: User, manager: User) -> None:
    def broken_off() -> None:
        with transaction.atomic():
            work.assign(claim, biller, by=manager, at=f.AT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_off()
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "taken, kind", [(checks.DENIED, "denied"), (checks.PAID, "paid"), (checks.DEDUCTIBLE, "answered")]
)
def test_an_answer_on_my_claim_is_told_with_what_it_is(
    claim: Claim, biller: User, manager: User, taken: Any, kind: str
) -> None:
    mine(claim, biller)
    nobodys = answered.claim(f.SERVICE_DATE, of="Other plan", transport="sent")
    both = [checks.answer(claim, taken), checks.answer(nobodys, taken)]
    checks.post(*both, by=manager, at=f.AT)
    assert (kinds(biller), Notice.objects.count()) == ([kind], 1)


def test_who_posts_an_answer_on_their_own_claim_is_not_told(claim: Claim, biller: User) -> None:
    mine(claim, biller)
    checks.post(checks.answer(claim, checks.DENIED), by=biller, at=f.AT)
    assert kinds(biller) == []


def test_an_answer_that_is_matched_afterwards_is_told_then(claim: Claim, biller: User, manager: User) -> None:
    mine(claim, biller)
    posted = checks.post(checks.answer(None, checks.DENIED, number="X-77"), by=manager, at=f.AT)
    assert kinds(biller) == []
    matching.match(posted.answers.get(), claim, by=manager, at=f.AT)
    assert kinds(biller) == ["denied"]


def test_an_answer_that_went_to_the_wrong_claim_is_told_of_the_right_one_too(
    claim: Claim, biller: User, manager: User
) -> None:
    mine(claim, biller)
    right = mine(answered.claim(f.SERVICE_DATE, of="Other plan", transport="sent"), biller)
    posted = checks.post(checks.answer(None, checks.DENIED, number="X-77"), by=manager, at=f.AT)
    for to in (claim, right, right):
        matching.match(posted.answers.get(), to, by=manager, at=f.AT)
        matching.unmatch(posted.answers.get(), by=manager, at=f.AT)
    assert list(Notice.objects.order_by("pk").values_list("kind", "subject")) == [
        ("denied", claim.pk), ("denied", right.pk)
    ], "and of each claim once"  # fmt: skip


def test_a_claim_that_goes_back_to_draft_is_told_to_whoever_works_on_it(biller: User, manager: User) -> None:
    claim = f.claim_at(by=biller, preparation="ready")
    preparation.back_to_draft(claim, by=biller, at=f.AT)
    assert kinds(biller) == []
    preparation.mark_ready(claim, by=biller, at=f.AT)
    claim.refresh_from_db()
    lines = list(claim.lines.values("code", "fee", "quantity", "description", "documented"))
    preparation.save_lines(claim, lines, by=manager, at=f.AT, seen=claim.revision)
    assert kinds(biller) == ["back"]
    assert words(biller) == [f"Claim {claim.number}: Sam Manager sent it back to draft"]


def test_a_check_of_all_claims_tells_whose_claim_went_back(biller: User, manager: User) -> None:
    claim = f.claim_at(by=biller, preparation="ready")
    Coverage.objects.filter(pk=claim.coverage_id).update(member_id="")
    run = rechecks.begin("New rules.", by=manager, at=f.AT, beside=False)
    while run.is_running:
        run = rechecks.go_on(run, by=manager, at=f.AT)
    claim.refresh_from_db()
    assert (claim.preparation, kinds(biller), kinds(manager)) == ("draft", ["back"], [])


def test_a_held_claim_is_told_to_its_worker_and_to_the_clinician_of_the_record(biller: User, manager: User) -> None:
    claim = f.claim_at(by=biller)
    clinician = claim.encounter.clinician.user
    preparation.hold(claim, "Which side was examined?", by=manager, at=f.AT)
    assert (kinds(biller), kinds(clinician)) == (["held"], ["held"])
    assert words(clinician)[0].startswith(f"Visit {claim.encounter.number}: Sam Manager held its claim")
    # The reason may name the patient: it is no part of a notice.
    row = Notice.objects.get(person=clinician)
    assert "side" not in " ".join(map(str, vars(row).values()))


def test_an_addendum_of_somebody_else_is_told_to_the_clinician_of_the_record() -> None:
    record, other = f.signed_encounter(), f.clinician(npi="1000000004")
    treating = record.clinician.user
    assert treating
    assert other.user
    signing.add(record, "The pathology report came.", by=treating, at=f.AT)
    assert kinds(treating) == []
    signing.add(record, "I agree.", by=other.user, at=f.AT)
    assert kinds(treating) == ["addendum"]


def test_a_last_day_within_three_days_is_told_once_to_whoever_works_on_it(biller: User, manager: User) -> None:
    claim = answered.claim(f.SERVICE_DATE, transport="sent")
    denial = answered.denial(answered.answer(claim, DENIED, "denied", denied="850.00"), "images", "850.00")
    remind(at=on(LEAVE - timedelta(days=2)))
    assert not Notice.objects.exists(), "nobody works on it"
    denials.assign(denial, biller, by=biller, at=f.AT)
    for days in (9, 4, 3, 2, 1, 0, -1):
        remind(at=on(LEAVE - timedelta(days=days)))
        assert kinds(biller) == ([] if days > telling.NEAR else ["leaving"])
    assert kinds(manager) == []


def test_an_authorization_that_ran_out_is_told_once_to_the_clinician_of_the_visit(biller: User) -> None:
    day = f.TODAY + timedelta(days=10)
    visit = f.planned_visit(service_date=day)
    plan = f.coverage(person=visit.patient, by=biller)
    clinician = visit.clinician.user
    assert clinician
    values = {"kind": "prior_authorization", "status": "approved", "number": "PA-1", "codes": ["D0371"]}

    def permit(until: date | None) -> Any:
        return save_authorization(plan, None, values | {"valid_to": until}, by=biller, at=f.AT)

    permit(f.TODAY + timedelta(days=2))
    nightly.work(f.TODAY, lambda: f.AT, at=f.AT)
    assert kinds(clinician) == []
    for _ in range(2):
        telling.ran_out(at=f.AT + timedelta(days=4))
    assert kinds(clinician) == ["authorization"]
    Notice.objects.all().delete()
    permit(day)
    assert telling.ran_out(at=f.AT + timedelta(days=4)) == 0
    assert kinds(clinician) == []


class TestWorkBesideThePages:
    def drive(self, by: User, end: Any, monkeypatch: pytest.MonkeyPatch) -> Job:
        def one(key: int, user: User, at: Any) -> jobs.Stand:
            if isinstance(end, Exception):
                raise end
            return jobs.Stand(1, 1, is_over=True)

        monkeypatch.setitem(jobs._DRIVES, "recheck", one)
        job = jobs.ask("recheck", 7, total=1, by=by, at=f.AT)
        jobs.drive(job.pk, lambda: f.AT)
        return job

    def test_whoever_asked_for_it_is_told_that_it_is_done(self, manager: User, monkeypatch: Any) -> None:
        self.drive(manager, None, monkeypatch)
        assert words(manager) == ["Check of all claims: It is done"]

    def test_or_that_it_stopped(self, manager: User, monkeypatch: Any) -> None:
        self.drive(manager, NotPossible("The list is empty."), monkeypatch)
        assert words(manager) == ["Check of all claims: It stopped. The page says why"]

    def test_who_watched_it_knows_it(self, manager: User, monkeypatch: Any) -> None:
        monkeypatch.setitem(jobs._DRIVES, "recheck", lambda *given: jobs.Stand(1, 1, is_over=True))
        jobs.step_by_hand("recheck", 7, by=manager, at=f.AT)
        assert Job.objects.get().is_over
        assert kinds(manager) == []

    def test_who_may_not_open_its_page_any_more_is_not_told_of_it(self, manager: User, monkeypatch: Any) -> None:
        self.drive(manager, None, monkeypatch)
        manager.role = Role.BILLER
        assert words(manager) == []


def test_the_night_removes_what_was_read_long_ago_and_says_so(claim: Claim, biller: User, settings: Any) -> None:
    settings.NOTICES_KEPT_DAYS = 90
    ages = {"read long ago": (91, 91), "read": (400, 89), "unread": (364, None), "never read": (366, None)}
    for cause, (told_days, read_days) in ages.items():
        row = notices.News(biller.pk, "claim", claim.pk, "given", cause)
        notices.tell([row], by=None, at=f.AT - timedelta(days=told_days))
        if read_days:
            Notice.objects.filter(cause=cause).update(read_at=f.AT - timedelta(days=read_days))
    nightly.work(f.TODAY, lambda: f.AT, at=f.AT)
    assert set(Notice.objects.values_list("cause", flat=True)) == {"read", "unread"}
    said = UpkeepStep.objects.get(name="notices")
    assert (said.outcome, "2 notices were removed" in said.said, "90 days" in said.said) == ("done", True, True)


def test_nothing_of_it_needs_a_practice_with_a_name(claim: Claim, biller: User, manager: User) -> None:
    Organization.objects.all().delete()
    work.assign(claim, biller, by=manager, at=f.AT)
    assert kinds(biller) == ["given"]
