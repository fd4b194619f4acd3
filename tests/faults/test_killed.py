"""Killed at any moment, a verb has done all of its work or none, and the next try does it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from claims.models import BulkRun, Claim, ClaimNote, Denial, Packet, PacketPart, Remittance
from claims.packet import verify_zip
from claims.services import bulk
from claims.services.integrity import damages
from claims.services.recount import differences
from documentation.models import AuditEvent, Encounter, EncounterImage, Job, StoredFile
from documentation.services import files, sweeping
from documentation.services.audit import first_bad_event
from tests import factories as f
from tests.claims import answered as a
from tests.claims.checks import DENIED, answer, check, take
from tests.claims.services.test_posting import sent
from tests.faults.killing import killer

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path / "media"


def lying(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def whole(media: Path) -> None:
    """What must hold after anything: the trail, every file and packet, and no file without a row once it is swept."""
    assert first_bad_event() is None
    assert list(damages()) == []
    seen = sweeping.survey(before=timezone.now() + timedelta(minutes=1))
    assert (seen.missing, seen.changed) == ([], [])
    list(sweeping.sweep(seen, by=None, at=timezone.now()))
    assert lying(media) == set(StoredFile.objects.values_list("path", flat=True))


def test_sealing(media: Path) -> None:
    biller = f.user(role="biller")
    which = media.parent / "which"

    def another() -> Claim:
        claim: Claim = f.claim_at(by=biller, preparation="ready")
        which.write_text(str(claim.pk))
        return claim

    seal = "packets.seal_packet(Claim.objects.get(pk=int(Path(sys.argv[2]).read_text())), by=by, at=at)"
    with killer(biller.pk, seal, which, seed=5361) as one:
        for _ in range(2):  # The first one also keeps what all packets share.
            another()
            one.whole()
        claim = another()
        for _ in one.kills():
            sealed = Packet.objects.filter(claim=claim).count()
            assert PacketPart.objects.filter(packet__claim=claim).exists() == bool(sealed)
            assert AuditEvent.objects.filter(action="packet.seal", subject=claim.number).count() == sealed
            if sealed:  # Killed behind the commit, it is done.
                claim = another()
        whole(media)
        one.whole()
    (packet,) = Packet.objects.filter(claim=claim)
    assert verify_zip(files.read(packet.zip)) == []
    whole(media)


def test_uploading(media: Path) -> None:
    encounter: Encounter = f.drafted()
    by = encounter.clinician.user
    assert by is not None
    upload = (
        "images.take_in(Encounter.objects.get(pk=sys.argv[2]), [images.Upload('one.jpg', Path(sys.argv[3])"
        ".read_bytes() + os.urandom(8))], by=by, at=at)"
    )
    picture = media.parent / "new.jpg"
    picture.write_bytes(f.pictures()[0].data)

    def has() -> tuple[int, int]:
        return EncounterImage.objects.count(), Encounter.objects.get(pk=encounter.pk).revision

    with killer(by.pk, upload, encounter.pk, picture, seed=5362) as one:
        for _ in range(2):  # The first one also keeps what all uploads of this picture share.
            one.whole()
        had = has()
        for _ in one.kills():
            now = has()
            assert now[0] - had[0] in (0, 1)
            assert now[0] - had[0] == (now[1] > had[1]), "the picture and the record's revision, or neither"
            had = now
        one.whole()
    assert EncounterImage.objects.count() == had[0] + 1
    whole(media)


def test_posting(media: Path) -> None:
    biller = f.user(role="biller")
    which = media.parent / "which"

    def another() -> Remittance:
        claims = [sent() for _ in range(3)]
        trace = f"T{Remittance.objects.count()}"
        take(check(*(answer(c, DENIED) for c in claims), trace=trace), by=biller, at=timezone.now())
        remittance = Remittance.objects.latest("pk")
        which.write_text(str(remittance.pk))
        return remittance

    post = "posting.post(Remittance.objects.get(pk=int(Path(sys.argv[2]).read_text())), by=by, at=at)"
    with killer(biller.pk, post, which, seed=5363) as one:
        for _ in range(2):
            another()
            one.whole()
        done = 2
        remittance = another()
        for _ in one.kills():
            posted = Remittance.objects.get(pk=remittance.pk).posted_at is not None
            done += posted
            assert Denial.objects.count() == 3 * done, "every denial of the check, or none"
            assert AuditEvent.objects.filter(action="remittance.post").count() == done
            assert differences()[1] == 0
            if posted:
                remittance = another()
        one.whole()
    assert Denial.objects.count() == 3 * (done + 1)
    assert AuditEvent.objects.filter(action="remittance.post").count() == done + 1
    assert differences()[1] == 0
    assert first_bad_event() is None


def test_working(media: Path) -> None:
    """A worker that dies in the middle of an act on many claims: the next one goes on, and each claim has it once."""
    biller = f.user(role="biller")
    which = media.parent / "which"

    def another() -> BulkRun:
        keys = [a.claim(f.SERVICE_DATE, preparation="draft").pk for _ in range(3)]
        run = bulk.look("note", keys, {"text": "Ask again"}, back="", by=biller, at=f.AT)
        bulk.begin(run, by=biller, at=f.AT)
        which.write_text(str(Job.objects.get(subject=run.pk).pk))
        return run

    work = "jobs.drive(int(Path(sys.argv[2]).read_text()), timezone.now)"
    with killer(biller.pk, work, which, seed=5400) as one:
        for _ in range(2):
            another()
            one.whole()
        run = another()
        for _ in one.kills():
            for row in run.rows.all():
                assert ClaimNote.objects.filter(claim=row.claim).count() == (row.outcome == "done"), "both, or neither"
            run = another()
        for left in Job.objects.exclude(state="done"):
            Job.objects.filter(pk=left.pk).update(held_until=None)  # as when its time is over
            which.write_text(str(left.pk))
            one.whole()
    assert Job.objects.exclude(state="done").count() == 0
    assert not BulkRun.objects.filter(ended_at=None).exists()
    assert ClaimNote.objects.count() == Claim.objects.count() == 3 * BulkRun.objects.count()
    assert AuditEvent.objects.filter(action="bulk.end").count() == BulkRun.objects.count()
    assert first_bad_event() is None
