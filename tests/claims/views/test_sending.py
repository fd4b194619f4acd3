"""Several claims sent at once, the outbox, and the ways that a person carries."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claims import ways
from claims.models import Claim, Dispatch, Submission, Transmission, TransmittedClaim
from claims.services.closing import void
from claims.services.payers import record_fact
from claims.services.preparation import back_to_draft
from claims.ways import WAYS, Way, way_of
from documentation.models import AuditEvent
from documentation.services import files
from tests import factories as f

BOARD, PREVIEW, SEND, OUTBOX = "/ready-to-bill/", "/ready-to-bill/send/", "/ready-to-bill/send/now/", "/outbox/"


@pytest.fixture(autouse=True)
def _plain(plain_packets: None) -> None: ...


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    place = tmp_path / "clearinghouse"
    place.mkdir()
    settings.WAYS_OUT = {**settings.WAYS_OUT, "CLEARINGHOUSE_FOLDER": str(place)}
    return place


def ready(biller: Any) -> Claim:
    claim: Claim = f.sealed_packet(by=biller.user).claim
    return claim


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_board_offers_what_can_leave_and_says_why_not(biller: Any, folder: Path) -> None:
    good, draft = ready(biller), f.claim_at(by=biller.user)
    page = biller.get(BOARD).content.decode()
    assert re.search(rf'name="claim" value="{good.pk}" form="several-packed"', page)
    assert not re.search(rf'value="{draft.pk}" form="several-packed"', page)
    biller.post(SEND, {"claim": [good.pk], f"way-{good.pk}": "folder"})
    Dispatch.objects.all()  # it left: the board has no row of it any more
    assert good.number not in biller.get(BOARD).content.decode()


def test_the_outbox_offers_what_is_void_until_a_file_takes_it_back(biller: Any, folder: Path) -> None:
    claim = f.submission(by=biller.user).claim
    assert "no file takes it back" not in text(biller.get(OUTBOX))
    void(claim, "Billed in error.", "By phone, 4411.", by=biller.user, at=f.AT)
    page = text(biller.get(OUTBOX))
    assert "Void, and no file takes it back" in page
    assert f"{claim.number} Example Dental Plan By phone, 4411." in page
    dispatch = Dispatch.objects.create(
        way="folder", transmission=a_file(claim, biller.user), planned_at=f.AT, planned_by=biller.user
    )
    assert "no file takes it back" not in text(biller.get(OUTBOX))
    Dispatch.objects.filter(pk=dispatch.pk).update(given_up_at=f.AT)
    assert "Void, and no file takes it back" in text(biller.get(OUTBOX))


def a_file(claim: Claim, by: Any) -> Transmission:
    """One that tells the payer that the claim is void."""
    kept = files.keep(b"ISA", media_type="application/edi-x12", at=f.AT)
    sent = Transmission.objects.create(
        kind="837D", interchange=7, first_set=7, receiver="X", is_test=True, file=kept, written_at=f.AT, written_by=by
    )
    TransmittedClaim.objects.create(
        transmission=sent, claim=claim, control=claim.number, set_control="0007", purpose="void", claim_revision=1
    )
    return sent


def test_what_goes_by_which_way_and_what_cannot_is_shown_before_anything_moves(biller: Any, folder: Path) -> None:
    good, changed, draft = ready(biller), ready(biller), f.claim_at(by=biller.user)
    back_to_draft(changed, by=biller.user, at=f.AT)
    response = biller.post(PREVIEW, {"claim": [good.pk, changed.pk, draft.pk]})
    page = text(response)
    assert response.status_code == 200
    assert "Send 1 claim?" in page
    assert f"{draft.number} It is not ready" in page
    assert f"{changed.number} It is not ready" in page
    options = re.findall(r'<option value="(\w+)">', response.content.decode())
    assert options == ["folder", "portal", "fax", "mail"]  # the server is not set up, and says so
    assert "Whoever runs Ductus names it in SFTP_HOST" in page
    assert not Transmission.objects.exists()


def test_each_claim_has_its_answer_and_its_own_event(biller: Any, folder: Path) -> None:
    one, two, portal, draft = ready(biller), ready(biller), ready(biller), f.claim_at(by=biller.user)
    chosen = {"claim": [c.pk for c in (one, two, portal, draft)]}
    given = {
        f"way-{one.pk}": "folder",
        f"way-{two.pk}": "folder",
        f"way-{portal.pk}": "portal",
        f"way-{draft.pk}": "folder",
    }
    response = biller.post(SEND, chosen | given)
    page = text(response)
    assert "2 claims sent" in page
    assert "To be sent by hand: Payer portal" in page
    assert "Not sent It is not ready" in page
    assert Transmission.objects.count() == 1  # one file for both
    assert {s.claim for s in Submission.objects.all()} == {one, two}
    events = AuditEvent.objects.filter(action="claim.submit").values_list("subject", flat=True)
    assert sorted(events) == sorted([one.number, two.number])


def test_the_same_form_twice_sends_once(biller: Any, folder: Path) -> None:
    claim, key = ready(biller), "6f6a1f0e-6f3b-4d3e-9f0e-0d0371000001"
    data = {"claim": [claim.pk], f"way-{claim.pk}": "folder"}
    assert biller.post(SEND, data, once=key).status_code == 200
    assert biller.post(SEND, data, once=key)["Location"] == OUTBOX
    assert "It was sent already" in text(biller.post(SEND, data))
    assert (Transmission.objects.count(), Submission.objects.count()) == (1, 1)


def test_a_way_that_fails_leaves_the_claim_here_and_the_outbox_says_why(biller: Any, folder: Path) -> None:
    claim = ready(biller)
    folder.rmdir()
    response = biller.post(SEND, {"claim": [claim.pk], f"way-{claim.pk}": "folder"})
    assert "Not handed over; it waits in the outbox" in text(response)
    row = Dispatch.objects.get()
    assert "is not there" in text(biller.get(OUTBOX))
    assert "waits in the outbox" in text(biller.get(BOARD))
    assert "It waits in the outbox." in text(biller.get(f"/claims/{claim.number}/"))
    step = f"/outbox/{row.pk}/step/"
    assert "is not there" in text(biller.client.get(biller.post(step, {"step": "carry"})["Location"]))
    folder.mkdir()
    biller.post(step, {"step": "carry"})
    assert Submission.objects.get().claim == claim
    biller.post(step, {"step": "carry"})  # somebody else pressed it, too
    assert Submission.objects.count() == 1
    assert biller.post(step, {"step": "fly"}).status_code == 404


def test_what_is_taken_out_needs_a_reason_and_may_leave_another_way(biller: Any, folder: Path) -> None:
    claim = ready(biller)
    folder.rmdir()
    biller.post(SEND, {"claim": [claim.pk], f"way-{claim.pk}": "folder"})
    step = f"/outbox/{Dispatch.objects.get().pk}/step/"
    biller.post(step, {"step": "give_up", "reason": " "})
    assert Dispatch.objects.get().is_waiting
    biller.post(step, {"step": "give_up", "reason": "It goes by fax."})
    assert "It goes by fax." in text(biller.get(OUTBOX))
    assert "Send 1 claim?" in text(biller.post(PREVIEW, {"claim": [claim.pk]}))


def test_nothing_chosen_or_too_much_sends_nothing(biller: Any, folder: Path) -> None:
    assert biller.post(PREVIEW)["Location"] == BOARD
    assert biller.post(SEND, {"claim": list(range(1, 40))})["Location"] == BOARD
    assert biller.post(SEND, {"claim": ["1'; --"]})["Location"] == BOARD
    assert not Transmission.objects.exists()


def test_a_portal_has_every_field_with_a_key_and_its_files_under_their_names(biller: Any) -> None:
    claim = ready(biller)
    response = biller.get(f"/claims/{claim.number}/ways/portal/")
    page = response.content.decode()
    fields = re.findall(
        r'<dt>(.*?)</dt><dd><span id="(.*?)" class="copy-value">(.*?)</span><button[^>]*data-copy="(.*?)"', page
    )
    assert all(own == copied and value for _, own, value, copied in fields)
    told = {label: value for label, _, value, _ in fields}
    assert told["Our number of the claim"] == claim.number
    assert told["Total billed"] == "850.00"
    assert told["Date of service"] == "11/05/2026"
    assert told["Member ID"] == claim.coverage.member_id
    assert {"Code", "Fee", "Billing NPI", "Tax ID", "Treating NPI", "Birth date", "Remarks"} <= set(told)
    assert len(fields) > 20
    packed = zipfile.ZipFile(io.BytesIO(biller.get(f"/claims/{claim.number}/ways/portal/files/").content))
    assert packed.namelist() == [f"{claim.number}-01-packet.pdf"]
    assert f"/claims/{claim.number}/send/?way=portal" in page
    assert not Submission.objects.exists()


def test_what_cannot_leave_gives_no_files(biller: Any) -> None:
    draft = f.claim_at(by=biller.user)
    assert "It cannot leave as it stands" in text(biller.get(f"/claims/{draft.number}/ways/fax/"))
    assert biller.get(f"/claims/{draft.number}/ways/fax/files/").status_code == 422
    assert biller.get(f"/claims/{draft.number}/ways/sftp/").status_code == 404
    assert biller.get(f"/claims/{draft.number}/ways/pigeon/").status_code == 404


def test_each_channel_asks_for_its_own_proof(biller: Any) -> None:
    claim = ready(biller)
    page = biller.get(f"/claims/{claim.number}/send/?way=fax").content.decode()
    assert re.search(r'value="fax_confirmation"[^>]* checked>', page)
    assert 'value="listing"' not in page
    given = {"channel": "mail", "sent_on": f.TODAY.isoformat(), "proof": "receipt", "proof_reference": "R-1"}
    response = biller.post(f"/claims/{claim.number}/send/", given)
    assert response.status_code == 422
    assert "This proves nothing sent by mail. The number of the certified letter" in text(response)
    given |= {"proof": "none", "proof_reference": "", "no_proof_reason": "The stamp was a plain one."}
    assert biller.post(f"/claims/{claim.number}/send/", given).status_code == 302
    assert "No proof: The stamp was a plain one." in text(biller.get(f"/claims/{claim.number}/"))


# --- A way more ---------------------------------------------------------------------------------------------------


@pytest.fixture
def stick(monkeypatch: pytest.MonkeyPatch) -> Way:
    """A way that the program does not have: what its one file would hold, and its one line."""
    folder_way = way_of("folder")
    assert folder_way
    made = replace(folder_way, key="stick", name="Memory stick", lacking=lambda setting: "")
    before = WAYS
    for module in list(sys.modules.values()):
        if getattr(module, "WAYS", None) is before:
            monkeypatch.setattr(module, "WAYS", (made, *before))
    assert ways.way_of("stick") is made
    return made


def test_a_way_more_is_proposed_carries_and_is_recorded(biller: Any, folder: Path, stick: Way) -> None:
    claim = ready(biller)
    response = biller.post(PREVIEW, {"claim": [claim.pk]})
    assert re.findall(r'<option value="(\w+)">(.*?)</option>', response.content.decode())[0] == (
        "stick",
        "Memory stick",
    )
    assert "1 claim sent" in text(biller.post(SEND, {"claim": [claim.pk], f"way-{claim.pk}": "stick"}))
    assert (Submission.objects.get().channel, Dispatch.objects.get().way) == ("clearinghouse", "stick")
    assert "Memory stick" in text(biller.get(OUTBOX))


def test_the_fax_way_and_the_packets_page_say_the_same_of_a_cover_without_its_number(biller: Any) -> None:
    claim = ready(biller)
    packet = claim.packets.get()  # type: ignore[attr-defined]
    way, page = f"/claims/{claim.number}/ways/fax/", f"/packets/{packet.number}/"
    assert f"{claim.number}-01-cover.pdf" in text(biller.get(way))
    assert "The fax number of the claims desk is not known, or was verified too long ago" in text(biller.get(way))
    assert "no cover is among them" not in text(biller.get(way))
    assert "its number is not known: write it in" in text(biller.get(page))
    told = {"value": "2065550177", "source": "Manual", "verified_on": f.TODAY}
    record_fact(claim.coverage.payer, "claims_fax", told, by=biller.user, at=f.AT)
    assert f"{claim.number}-01-cover.pdf" in text(biller.get(way))
    assert "fax number of the claims desk" not in text(biller.get(way))
    assert "write it in" not in text(biller.get(page))
