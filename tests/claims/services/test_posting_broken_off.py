"""A check is posted exactly once, whatever becomes of the process that posts it: killed, or beside another one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from claims.models import Claim, Denial, Remittance, RemittanceClaim, RemittanceFile
from claims.services import posting
from claims.services.recount import differences
from documentation.models import AuditEvent, StoredFile, User
from documentation.services.audit import first_bad_event
from tests import factories as f
from tests.claims import checks
from tests.claims.checks import answer, check, file, take
from tests.claims.services.test_posting import AT, sent

PROCESS = """
import os, signal, sys
import django
django.setup()
from django.utils import timezone
from claims.models import Denial, Remittance, RemittanceClaim
from claims.services import figures, posting, posting_plain, remittances
from documentation.models import User

left, CHUNK = [int(sys.argv[2])], posting_plain._Chunk

def dying(real):
    def step(*args, **kwargs):
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return real(*args, **kwargs)
    return step

by, at = User.objects.get(pk=sys.argv[1]), timezone.now()
{moment}
sys.stdin.readline()
{verb}
"""
POST = "print(posting.post(Remittance.objects.get(), by=by, at=at))"
IMPORT = "remittances.import_file(open(sys.argv[3], 'rb').read(), 'x.835', by=by, at=at)"
BOTH = (
    "taken = remittances.import_file(open(sys.argv[3], 'rb').read(), 'x.835', by=by, at=at).checks[0]\n"
    "print(posting.post(taken.remittance, by=by, at=at))"
)
WHILE_POSTING = {
    "before the figures": ("CHUNK._write_figures = dying(CHUNK._write_figures)", 0),
    "before the denials": ("CHUNK._write_denials = dying(CHUNK._write_denials)", 0),
    "before it is on record": ("posting_plain.record_many = dying(posting_plain.record_many)", 0),
    "among the answers one by one": ("posting._bring = dying(posting._bring)", 1),
    "after the check was marked": ("posting.record = dying(posting.record)", 0),
    "before the commit": ("posting.transaction.Atomic.__exit__ = dying(posting.transaction.Atomic.__exit__)", 0),
}  # fmt: skip
WHILE_IMPORTING = {
    "before the answers": ("remittances.write_answers = dying(remittances.write_answers)", 0),
    "before it is on record": ("remittances.record = dying(remittances.record)", 0),
}


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path / "media"


def process(verb: str, by: User, settings: Any, *args: str, moment: str = "", after: int = 0) -> Any:
    """The verb in a process of its own, which waits for a line before it begins."""
    database = connection.settings_dict
    address = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    surroundings = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": address,
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "SECRET_KEY": settings.SECRET_KEY,
    }
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS.format(moment=moment, verb=verb), str(by.pk), str(after), *args],
        env=os.environ | surroundings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows() -> list[Any]:
    """Everything that posting may change."""
    return [
        list(Claim.objects.order_by("pk").values()),
        list(Denial.objects.values()),
        list(Remittance.objects.values()),
        list(AuditEvent.objects.order_by("seq").values_list("hash")),
    ]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", WHILE_POSTING)
def test_posting_that_is_killed_changes_nothing_and_the_next_posts_all(media: Path, settings: Any, name: str) -> None:
    biller = f.user(role="biller")
    one, denied, twice, other = (sent() for _ in range(4))
    given = [answer(one), answer(denied, checks.DENIED)]
    given += [answer(c, k) for c in (twice, other) for k in (checks.PENDED, checks.PARTLY)]
    (taken,) = take(check(*given), by=biller, at=AT).checks
    before, (moment, after) = rows(), WHILE_POSTING[name]
    child = process(POST, biller, settings, moment=moment, after=after)
    _, said = child.communicate("\n")
    assert child.returncode == -signal.SIGKILL, said
    assert rows() == before
    assert posting.post(taken.remittance, by=biller, at=AT)
    assert [c.adjudication for c in Claim.objects.order_by("pk")] == ["paid", "denied", "partly_paid", "partly_paid"]
    assert Denial.objects.count() == 3
    assert (differences(), first_bad_event()) == ((4, 0), None)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", WHILE_IMPORTING)
def test_an_import_that_is_killed_leaves_nothing_and_the_next_takes_all(
    media: Path, settings: Any, tmp_path: Path, name: str
) -> None:
    biller = f.user(role="biller")
    (tmp_path / "x.835").write_bytes(data := file(check(answer(sent()), answer(number="X"))))
    stored = StoredFile.objects.count()
    moment, after = WHILE_IMPORTING[name]
    child = process(IMPORT, biller, settings, str(tmp_path / "x.835"), moment=moment, after=after)
    _, said = child.communicate("\n")
    assert child.returncode == -signal.SIGKILL, said
    kept = (Remittance.objects.count(), RemittanceFile.objects.count(), StoredFile.objects.count())
    assert kept == (0, 0, stored)
    (tmp_path / "y.835").write_bytes(data)
    child = process(BOTH, biller, settings, str(tmp_path / "y.835"))
    told, said = child.communicate("\n")
    assert (child.returncode, told.strip()) == (0, "True"), said
    assert RemittanceClaim.objects.count() == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_processes_that_import_and_post_the_same_check_do_it_once(
    media: Path, settings: Any, tmp_path: Path
) -> None:
    biller = f.user(role="biller")
    claims = [sent() for _ in range(5)]
    (tmp_path / "x.835").write_bytes(file(check(*(answer(c, checks.DENIED) for c in claims))))
    both = [process(BOTH, biller, settings, str(tmp_path / "x.835")) for _ in range(2)]
    for child in both:
        child.stdin.write("\n")
        child.stdin.flush()
    told = [child.communicate() for child in both]
    posted = sorted(line for out, _ in told for line in out.split())
    # The slower one finds the check posted, or that it is being posted just now.
    assert posted in (["False", "True"], ["True"]), told
    assert all(c.returncode == 0 or "at the same moment" in e or "at this moment" in e
               for c, (_, e) in zip(both, told, strict=True)), told  # fmt: skip
    assert (Remittance.objects.count(), Denial.objects.count()) == (1, 5)
    assert AuditEvent.objects.filter(action="remittance.post").count() == 1
    assert (differences(), first_bad_event()) == ((5, 0), None)
