"""The logo on the letterhead: examined like any picture, printed, and kept with what was sealed."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from PIL import PngImagePlugin

from claims.packet.seal import verify_zip
from claims.services import appeals, estimates, letters, packets
from claims.services.payers import set_fee
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Logo, Organization, StoredFile
from documentation.queries.encounters import with_record
from documentation.services import files, letterhead
from documentation.services.printing import print_note
from documentation.services.sweeping import survey, with_use
from tests import factories as f
from tests.claims.services.test_letters import WRITTEN, denied_claim
from tests.pdf_checks import problems_of

pytestmark = pytest.mark.django_db
WHEN = f.AT


drawn = f.logo


@pytest.fixture
def administrator() -> Any:
    f.organization()
    return f.user(role=Role.ADMINISTRATOR)


@pytest.fixture
def biller() -> Any:
    return f.user(role=Role.BILLER)


def alts(pdf: bytes) -> list[str]:
    """What is read out in the place of pictures."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [str(o.Alt) for o in document.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o]


def test_what_a_file_hides_is_not_kept(administrator: Any) -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text("Author", "Somebody of the agency")
    logo = letterhead.take_in(drawn(pnginfo=note), by=administrator, at=WHEN)
    kept = files.read(logo.picture)
    assert b"Somebody" not in kept
    assert kept.startswith(b"\x89PNG")
    assert (logo.width, logo.height) == (600, 200)
    assert letterhead.sum_now() == hashlib.sha256(kept).hexdigest()


@pytest.mark.parametrize(
    "data, said",
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG"),
        (b"GIF89a" + b"\0" * 40, "GIF"),
        (drawn("TIFF"), "PNG or JPEG"),
        (drawn(size=(30, 12)), "too few"),
        (drawn(size=(2500, 2000)), "megapixels"),
        (b"\0" * (6 * 1024 * 1024), "5 MB"),
        (b"", "empty"),
    ],
)
def test_what_is_no_sound_logo_is_refused_with_a_sentence(administrator: Any, data: bytes, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        letterhead.take_in(data, by=administrator, at=WHEN)
    assert not Logo.objects.exists()
    assert not letterhead.sum_now()


def test_only_administrators_change_it_and_it_is_the_logo_of_somebody(biller: Any) -> None:
    Organization.objects.all().delete()
    with pytest.raises(NotPermitted):
        letterhead.take_in(drawn(), by=biller, at=WHEN)
    with pytest.raises(NotPermitted):
        letterhead.take_off(by=biller, at=WHEN)
    with pytest.raises(NotPossible, match="no name"):
        letterhead.take_in(drawn(), by=f.user(role=Role.ADMINISTRATOR), at=WHEN)


def test_what_was_taken_off_is_put_back_and_the_trail_tells_of_it(administrator: Any) -> None:
    first = letterhead.take_in(drawn(), by=administrator, at=WHEN)
    assert letterhead.take_in(drawn(), by=administrator, at=WHEN) == first
    letterhead.take_off(by=administrator, at=WHEN)
    assert letterhead.sum_now() == ""
    letterhead.put_back(first, by=administrator, at=WHEN)
    assert letterhead.sum_now() == first.picture.sha256
    told = AuditEvent.objects.filter(action__startswith="practice.").order_by("seq").values_list("action", flat=True)
    assert list(told) == ["practice.set_logo", "practice.remove_logo", "practice.set_logo"]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_packet_bears_it_says_which_and_keeps_it_for_good(administrator: Any, biller: Any, kind: str) -> None:
    logo = letterhead.take_in(drawn(kind), by=administrator, at=WHEN)
    digest = logo.picture.sha256
    claim = f.claim_at(by=biller, preparation="ready")
    packet = packets.seal_packet(claim, by=biller, at=WHEN)
    assert json.loads(packet.facts)["logo"] == digest
    assert json.loads(packet.manifest)["letterhead"] == {"logo_sha256": digest}
    pdf = files.read(packet.pdf)
    assert not problems_of(pdf)
    assert f"Logo of {claim.encounter.location.name}" in alts(pdf)

    other = letterhead.take_in(drawn(color="#a61b1b"), by=administrator, at=WHEN)
    later = packets.seal_packet(claim, by=biller, at=WHEN)
    letterhead.take_off(by=administrator, at=WHEN)
    assert json.loads(later.facts)["logo"] == other.picture.sha256 != digest
    # The first is what it was, it verifies, and the bytes that it was set with are used, so no sweep takes them.
    assert verify_zip(files.read(packet.zip)) == []
    used = with_use(StoredFile.objects.filter(sha256__in=[digest, other.picture.sha256])).filter(is_used=True)
    assert used.count() == 2
    assert not survey(before=WHEN).missing
    assert letterhead.pictures(digest)[digest].startswith(b"\x89PNG" if kind == "PNG" else b"\xff\xd8\xff")


def test_the_same_packet_is_made_again_from_what_was_kept(administrator: Any, biller: Any, monkeypatch: Any) -> None:
    """From the sealed facts and the kept bytes, whatever stands on the letterhead by now."""
    letterhead.take_in(drawn(), by=administrator, at=WHEN)
    claim = f.claim_at(by=biller, preparation="ready")
    asked: list[Any] = []
    monkeypatch.setattr(packets, "build", lambda *given, **more: asked.append((given, more)) or build(*given, **more))
    from claims.packet import build

    packet = packets.seal_packet(claim, by=biller, at=WHEN)
    letterhead.take_in(drawn(color="#a61b1b"), by=administrator, at=WHEN)
    (facts,), more = asked[0]
    images = packets.pictures_of(claim) | letterhead.pictures(json.loads(packet.facts)["logo"])
    again = build(facts, **{**more, "images": images})
    assert again.pdf == files.read(packet.pdf)
    assert again.zip == files.read(packet.zip)


def test_without_one_nothing_of_it_stands_in_a_packet(biller: Any) -> None:
    f.organization()
    packet = packets.seal_packet(f.claim_at(by=biller, preparation="ready"), by=biller, at=WHEN)
    assert "letterhead" not in json.loads(packet.manifest)
    assert json.loads(packet.facts)["logo"] == ""
    assert not [alt for alt in alts(files.read(packet.pdf)) if "Logo" in alt]


def test_a_new_logo_does_not_make_a_sealed_packet_untrue(administrator: Any, biller: Any) -> None:
    from claims.queries.claims import facts_of
    from claims.queries.packets import changed_on_cover

    claim = f.claim_at(by=biller, preparation="ready")
    packet = packets.seal_packet(claim, by=biller, at=WHEN)
    letterhead.take_in(drawn(), by=administrator, at=WHEN)
    assert changed_on_cover(packet, facts_of(claim, today=f.TODAY)) == ()


def test_letters_records_and_estimates_bear_it_too(administrator: Any, biller: Any) -> None:
    letterhead.take_in(drawn(), by=administrator, at=WHEN)
    appeal = appeals.open_appeal(denied_claim(by=biller).denials.get(), by=biller, at=WRITTEN)
    sealed = letters.seal(appeal, although=f.OVERLOOKED, by=biller, at=WRITTEN)
    assert json.loads(sealed.facts)["claim"]["logo"] == letterhead.sum_now()
    note = print_note(with_record().get(pk=appeal.claim.encounter_id), at=WHEN)
    set_fee("D0371", Decimal("850.00"), effective_on=date(2020, 1, 1), by=biller, at=WHEN)
    estimate = estimates.make_estimate(f.planned_visit(), without_plan=True, by=biller, at=WHEN)
    for pdf in (files.read(sealed.pdf), note, files.read(estimate.document)):
        assert not problems_of(pdf)
        assert [alt for alt in alts(pdf) if alt.startswith("Logo of ")], "no logo"


def test_what_is_signed_is_the_page_that_was_shown(administrator: Any, biller: Any) -> None:
    letterhead.take_in(drawn(), by=administrator, at=WHEN)
    set_fee("D0371", Decimal("850.00"), effective_on=date(2020, 1, 1), by=biller, at=WHEN)
    estimate = estimates.make_estimate(f.planned_visit(), without_plan=True, by=biller, at=WHEN)
    shown = letterhead.sum_now()
    letterhead.take_off(by=administrator, at=WHEN)
    signed = estimates.sign_estimate(estimate, name="Alex Doe", agreed=True, by=biller, at=WHEN)
    assert estimate.basis["page"]["logo_sha256"] == shown
    pdf = files.read(signed.document)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 1
    assert [alt for alt in alts(pdf) if alt.startswith("Logo of ")]


def test_a_logo_that_storage_lost_stops_the_packet_with_a_sentence(administrator: Any, biller: Any) -> None:
    from django.core.files.storage import default_storage

    from documentation.typesetting import RenderRefused

    logo = letterhead.take_in(drawn(), by=administrator, at=WHEN)
    claim = f.claim_at(by=biller, preparation="ready")
    default_storage.delete(logo.picture.path)
    with pytest.raises(RenderRefused, match="logo of the letterhead cannot be read"):
        packets.seal_packet(claim, by=biller, at=WHEN)
