"""Remittance files of others, cut off, changed or doubled: taken in and posted, set aside or refused, never a crash.

Where the shared corpus does not lie beside the project, files of our own take its place; they are broken in any case.
"""

from __future__ import annotations

import random
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import Sum
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.models import Claim, Denial, Remittance
from claims.queries import checks as checks_shown
from claims.queries import previews
from claims.queries.deposits import deposit_of
from claims.services import posting, remittances
from claims.services.recount import differences
from documentation.kernel.machine import Refused
from documentation.models import User
from tests import factories as f
from tests.claims import checks
from tests.claims.checks import answer, check, merged, taken_back
from tests.claims.edi.damage import damaged
from tests.claims.services.test_posting import AT, sent

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[1] / "edi" / "samples"
CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "edi" / "835"
MOST_BYTES = 60_000
"""Of a file that is broken in many ways; larger ones are taken in whole elsewhere."""
EACH = 12
"""Files that are broken by one seed."""
SENTENCE = re.compile(r"[A-Z].*\.", re.DOTALL)
POSITION = re.compile(r"Segment [0-9]+(, element [0-9]+)?: [A-Z“].*\.", re.DOTALL)
FOREIGN = [
    path.read_bytes()
    for path in sorted([*SAMPLES.glob("*.835"), *(CORPUS.glob("*") if CORPUS.is_dir() else ())])
    if path.stat().st_size < MOST_BYTES
]


def ours() -> bytes:
    """Checks on claims that are there: paid, denied, in parts, merged, taken back."""
    one, two, three = sent(), sent(), sent()
    return checks.file(
        check(answer(one), answer(two, checks.DENIED), answer(number="X-9")),
        check(taken_back(two, checks.DENIED), answer(two), trace="T2", control="0002"),
        check(answer(three, charge="500", line=""), answer(three, charge="350", line="", taken=()), trace="T3"),
        check(merged(one, two), trace="T4"),
    )


def all_of(data: bytes, by: User) -> str:
    """Take a file in twice, and post what can be posted. Gives the refusal, where it is refused as a whole."""
    try:
        taken = remittances.import_file(data, "broken.835", by=by, at=AT).checks
    except Refused as e:
        return " ".join(e.reasons)
    for row in {t.remittance.pk: t.remittance for t in taken}.values():
        previews.explained(row, checks_shown.answers_of(row)[:50], at=AT)
        if row.problems:
            with pytest.raises(Refused, match="cannot be posted"):
                posting.post(row, by=by, at=AT, reason="Looked at.")
        else:
            assert posting.post(row, by=by, at=AT, reason="Looked at.")
    assert not Denial.objects.filter(answer__remittance__posted_at=None).exists()
    for row in Remittance.objects.filter(posted_at__isnull=False):
        paid = row.answers.filter(split_of=None).aggregate(sum=Sum("paid", default=Decimal(0)))["sum"]
        from_us = sum(entry["cents"] for entry in row.provider_adjustments)
        assert paid * 100 - from_us == row.amount * 100
        assert deposit_of(row).difference == 0
    again = remittances.import_file(data, "again.835", by=by, at=AT).checks
    assert all(t.already for t in again)
    assert differences() == (Claim.objects.count(), 0)
    return ""


@given(
    which=st.integers(-3, len(FOREIGN) - 1),
    end=st.one_of(st.just(1.0), st.floats(0, 1)),
    changed=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3)), max_size=4),
    twice=st.booleans(),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_cut_changed_or_doubled_a_remittance_is_taken_in_or_refused_in_a_sentence(
    which: int, end: float, changed: list[tuple[float, bytes]], twice: bool
) -> None:
    with transaction.atomic():
        f.organization()
        biller = f.user(role="biller")
        data = ours() if which < 0 else FOREIGN[which]
        broken = bytearray(data[: round(end * len(data))])
        for place, instead in changed:
            at = round(place * len(broken))
            broken[at : at + len(instead)] = instead
        refusal = all_of(bytes(broken) * (1 + twice), biller)
        if refusal:
            assert re.fullmatch(r"[A-Z].*\.", refusal, re.DOTALL)
            assert not Remittance.objects.exists()
        transaction.set_rollback(True)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_of_a_file_nothing_that_does_not_add_up_is_posted(seed: int) -> None:
    """Segments gone, doubled and out of order, amounts of any size, other transactions, foreign encodings."""
    dice = random.Random(seed)
    f.organization()
    biller = f.user(role="biller")
    page = Client()
    page.force_login(biller)
    files = [ours(), *FOREIGN]
    for n in range(EACH):
        data = damaged(dice.choice(files), dice)
        with transaction.atomic():
            refusal = all_of(data, biller)
            assert refusal == "" or SENTENCE.fullmatch(refusal), (seed, n, refusal)
            assert bool(refusal) != Remittance.objects.exists(), (seed, n)
            for row in Remittance.objects.exclude(problems=[]):
                assert all(POSITION.match(said) for said in row.problems), (seed, n, row.problems)
                assert not row.answers.filter(remittance__posted_at__isnull=False).exists()
            for row in Remittance.objects.all()[:2]:
                assert page.get(f"/remittances/{row.pk}/").status_code == 200, (seed, n)
            transaction.set_rollback(True)


def with_amount(row: tuple[float, list[str]], amount: str) -> tuple[float, list[str]]:
    """An answer of `checks.answer` over 850 dollars, over another amount."""
    return row[0], [segment.replace("*850*850", f"*{amount}*{amount}") for segment in row[1]]


GIGANTIC: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    # name                      amount            adjustments                        what is said
    "the largest": ("99999999.99", [], ""),
    "a cent more": ("100000000", [], r"Segment 4, element 2: The amount “100000000” is more than can be kept"),
    "adjustments that cancel out": (
        "850", [("50", "99999999.99"), ("45", "-99999999.99")], r"Segment 10: The adjustments .* come to \$199,999"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GIGANTIC)
def test_what_is_larger_than_can_be_kept_is_set_aside(case: str) -> None:
    amount, taken, said = GIGANTIC[case]
    biller, claim = f.user(role="biller"), sent()
    given = with_amount(answer(claim, ()), amount)
    lines = [f"CAS*CO*{reason}*{cents}" for reason, cents in taken]
    (one,) = checks.take(check((0, [*given[1][:4], *lines, *given[1][4:]]), amount=amount), by=biller, at=AT).checks
    if not said:
        assert posting.post(one.remittance, by=biller, at=AT)
        claim.figures.refresh_from_db()
        assert claim.figures.paid == Decimal(amount)
        return
    assert any(re.match(said, problem) for problem in one.remittance.problems), one.remittance.problems
    with pytest.raises(Refused, match="cannot be posted"):
        posting.post(one.remittance, by=biller, at=AT)
    claim.figures.refresh_from_db()
    assert claim.figures.paid == 0


def test_a_claim_that_is_answered_without_end_is_not_posted() -> None:
    biller, claim = f.user(role="biller"), sent()
    (one,) = checks.take(check(*[answer(claim, ())] * (posting.MOST_ANSWERS + 1)), by=biller, at=AT).checks
    with pytest.raises(Refused, match=f"{claim} would have 91 answers. More than 90 on one claim are not kept"):
        posting.post(one.remittance, by=biller, at=AT)
    claim.refresh_from_db()
    assert (claim.adjudication, claim.closing, differences()) == ("none", "open", (1, 0))


def test_the_file_that_is_broken_above_is_posted_whole() -> None:
    biller = f.user(role="biller")
    assert all_of(ours(), biller) == ""
    assert Remittance.objects.filter(posted_at__isnull=False).count() == 4
    assert [c.adjudication for c in Claim.objects.order_by("pk")] == ["paid", "paid", "paid"]
