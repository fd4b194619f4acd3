"""Sealing that is broken off by a full disk or a dying process: nothing is half sealed, and the next try works."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from claims.models import Claim, Packet, PacketPart
from claims.packet import verify_zip
from claims.services import letters
from claims.services.appeals import open_appeal
from claims.services.packets import seal_packet
from claims.services.supplements import new_evidence, seal_supplement, sent_packet
from documentation.kernel.machine import Refused
from documentation.models import AuditEvent, StoredFile, User
from documentation.services import files, sweeping
from documentation.services.audit import first_bad_event
from documentation.typesetting import RenderRefused
from tests import factories as f
from tests.claims import papers
from tests.claims.services.test_letters import denied_claim

FULL = OSError(errno.ENOSPC, "No space left on device")


def state() -> tuple[int, ...]:
    return (Packet.objects.count(), PacketPart.objects.count(), AuditEvent.objects.filter(action="packet.seal").count())


def lying(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path / "media"


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


# ---------------------------------------------------------------------------------------------------- a full disk


@pytest.mark.django_db
@pytest.mark.parametrize("after", [0, 1], ids=["before the PDF", "between PDF and ZIP"])
def test_a_full_disk_of_the_files_leaves_no_packet(
    media: Path, biller: User, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    claim: Claim = f.claim_at(by=biller, preparation="ready")
    before, left, move = lying(media), [after], Path.replace

    def replaced(self: Path, target: Any) -> Any:
        if not left[0]:
            raise FULL
        left[0] -= 1
        return move(self, target)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", replaced)
        with pytest.raises(files.Unreachable, match=r"cannot be reached just now, or is full\. Nothing was changed"):
            seal_packet(claim, by=biller, at=f.AT)
    assert state() == (0, 0, 0)
    assert len(lying(media) - before) == after, "whole files without a row are swept; drafts do not stay"
    assert not any(".draft-" in name for name in lying(media))
    packet = seal_packet(claim, by=biller, at=f.AT)
    assert verify_zip(files.read(packet.zip)) == []


@pytest.mark.django_db
def test_a_full_disk_while_setting_the_pages_is_said_in_a_sentence(
    media: Path, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim: Claim = f.claim_at(by=biller, preparation="ready")
    before = lying(media)

    def full(*_: Any, **__: Any) -> Any:
        raise FULL

    with monkeypatch.context() as broken:
        broken.setattr(tempfile, "TemporaryDirectory", full)
        with pytest.raises(RenderRefused, match=r"disk of the server is full .* Nothing was kept"):
            seal_packet(claim, by=biller, at=f.AT)
    assert (state(), lying(media)) == ((0, 0, 0), before)
    assert seal_packet(claim, by=biller, at=f.AT).pages


@pytest.mark.django_db
def test_a_typesetter_that_is_killed_is_said_in_a_sentence(
    media: Path, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim: Claim = f.claim_at(by=biller, preparation="ready")
    real = subprocess.run

    def killed(command: list[str], **how: Any) -> Any:
        done = real(command, **how)
        return subprocess.CompletedProcess(command, -signal.SIGKILL, b"", done.stderr)

    with monkeypatch.context() as broken:
        broken.setattr(subprocess, "run", killed)
        with pytest.raises(Refused, match=r"its process ended early\. Try again"):
            seal_packet(claim, by=biller, at=f.AT)
    assert state() == (0, 0, 0)


# ------------------------------------------------------------------------------------------- a process that is killed

DYING = """
import os, signal, sys
import django
django.setup()
from django.utils import timezone
from claims.models import Claim, Packet, PacketPart
from claims.services import letters, packets, supplements
from documentation.models import StoredFile, User
from documentation.services import places

left = [int(sys.argv[3])]

def dying(real):
    def step(*args, **kwargs):
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return real(*args, **kwargs)
    return step

claim, by = Claim.objects.get(pk=sys.argv[1]), User.objects.get(pk=sys.argv[2])
{moment}
{verb}
"""
MOMENTS = {
    "while the pages are set": ("packets.build = dying(packets.build)", 0),
    "in the first file": ("places.Path.replace = dying(places.Path.replace)", 0),
    "between the two files": ("places.Path.replace = dying(places.Path.replace)", 1),
    "after the files, before a row": ("StoredFile.objects.get_or_create = dying(StoredFile.objects.get_or_create)", 1),
    "before the packet's row": ("Packet.objects.create = dying(Packet.objects.create)", 0),
    "before the rows of its parts": ("PacketPart.objects.bulk_create = dying(PacketPart.objects.bulk_create)", 0),
    "before it is on record": ("packets.record = dying(packets.record)", 0),
    "before the commit": ("packets.transaction.Atomic.__exit__ = dying(packets.transaction.Atomic.__exit__)", 4),
}  # fmt: skip
SEAL = "packets.seal_packet(claim, by=by, at=timezone.now())"
SUPPLEMENT = "supplements.seal_supplement(claim, 'The payer asked for it.', by=by, at=timezone.now())"


def killed(claim: Claim, by: User, moment: str, after: int, verb: str, media: Path, settings: Any) -> None:
    """The verb in a process of its own that dies at a moment, by SIGKILL."""
    database = connection.settings_dict
    address = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    surroundings = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": address,
        "MEDIA_ROOT": str(media),
        "SECRET_KEY": settings.SECRET_KEY,
    }
    child = subprocess.run(
        [sys.executable, "-c", DYING.format(moment=moment, verb=verb), str(claim.pk), str(by.pk), str(after)],
        env=os.environ | surroundings,
        capture_output=True,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", MOMENTS)
def test_a_seal_that_is_killed_leaves_nothing_half_sealed(media: Path, biller: User, settings: Any, name: str) -> None:
    claim: Claim = f.claim_at(by=biller, preparation="ready")
    used, rows = lying(media), StoredFile.objects.count()
    killed(claim, biller, *MOMENTS[name], SEAL, media, settings)

    assert (state(), StoredFile.objects.count()) == ((0, 0, 0), rows)
    assert first_bad_event() is None
    seen = sweeping.survey(before=timezone.now() + timedelta(minutes=1))
    list(sweeping.sweep(seen, by=None, at=timezone.now()))
    assert lying(media) == used

    packet = seal_packet(Claim.objects.get(pk=claim.pk), by=biller, at=timezone.now())
    assert packet.control_number.endswith("01")
    assert verify_zip(files.read(packet.zip)) == []
    assert first_bad_event() is None


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["between the two files", "before it is on record"])
def test_a_supplement_that_is_killed_leaves_what_was_sent_and_the_shelf(
    media: Path, biller: User, settings: Any, name: str
) -> None:
    claim: Claim = f.claim_at(by=biller, preparation="ready")
    first = seal_packet(claim, by=biller, at=f.AT)
    f.submission(by=biller, claim=claim)
    row = f.evidence(claim=claim, by=biller, data=papers.scanned(1))
    before = (state(), files.read(first.zip))
    killed(claim, biller, *MOMENTS[name], SUPPLEMENT, media, settings)

    assert (state(), files.read(first.zip)) == before
    claim = Claim.objects.get(pk=claim.pk)
    assert new_evidence(claim, sent_packet(claim)) == [row]
    made = seal_supplement(claim, "The payer asked for it.", by=biller, at=timezone.now())
    assert (made.supplement, verify_zip(files.read(made.zip))) == (1, [])


# ------------------------------------------------------------------------------------------------------- an appeal


def appealed(biller: User) -> Any:
    claim: Any = denied_claim(by=biller)
    return open_appeal(claim.denials.get(), by=biller, at=f.AT)


@pytest.mark.django_db
def test_an_appeal_that_a_full_disk_or_a_lost_picture_stops_stays_a_draft_and_the_next_try_works(
    media: Path, biller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    appeal = appealed(biller)
    before = state()

    def full(*_: Any, **__: Any) -> Any:
        raise FULL

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", full)
        with pytest.raises(files.Unreachable, match=r"cannot be reached just now, or is full\. Nothing was changed"):
            letters.seal(appeal, although=f.OVERLOOKED, by=biller, at=f.AT)
    picture = media / appeal.claim.encounter.images.first().clean_copy.path
    away = picture.rename(picture.with_suffix(".away"))
    with pytest.raises(Refused, match=r"Figure 1 cannot be put into the packet\. "):
        letters.seal(appeal, although=f.OVERLOOKED, by=biller, at=f.AT)
    appeal.refresh_from_db()
    assert (appeal.status, appeal.packet, state()) == ("draft", None, before)
    away.rename(picture)
    assert verify_zip(files.read(letters.seal(appeal, although=f.OVERLOOKED, by=biller, at=f.AT).zip)) == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_appeal_whose_seal_is_killed_is_a_draft_still(media: Path, biller: User, settings: Any) -> None:
    appeal = appealed(biller)
    before = state()
    verb = "letters.seal(claim.appeals.get(), although='They overlooked it.', by=by, at=timezone.now())"
    killed(appeal.claim, biller, *MOMENTS["before it is on record"], verb, media, settings)
    appeal.refresh_from_db()
    assert (appeal.status, appeal.packet, state()) == ("draft", None, before)
    packet = letters.seal(appeal, although=f.OVERLOOKED, by=biller, at=timezone.now())
    assert verify_zip(files.read(packet.zip)) == []
    assert first_bad_event() is None
