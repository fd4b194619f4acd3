"""Appeals and supplements leave by a channel of their own, with its files sealed, or say why they do not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from claims.models import Appeal, Packet
from claims.queries import channels as known
from claims.queries.packets import way_out
from claims.services import channels, letters, payers, plans, submissions, supplements
from claims.services.appeals import open_appeal
from claims.services.fitting import fit_appeal
from claims.services.sealed_files import outgoing_of
from documentation.kernel.machine import Refused
from documentation.models import User
from tests import factories as f
from tests.claims import papers
from tests.claims.services.test_letters import denied_claim

pytestmark = pytest.mark.django_db
READ = {"source": "Manual, page 4", "read_on": f.TODAY}
SENDING = {"channel": "portal", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R-1"}


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def appeal(biller: User) -> Appeal:
    claim: Any = denied_claim(by=biller)
    return open_appeal(claim.denials.get(), by=biller, at=f.AT)


def test_an_appeal_is_tried_on_a_portal_and_sealed_with_its_files_whatever_is_wanted_with_claims(
    appeal: Appeal, biller: User
) -> None:
    payer = appeal.claim.coverage.payer
    never = {"value": "never", "plan_name": "", "source": "Call 8", "verified_on": f.SERVICE_DATE}
    payers.record_fact(payer, "attachments", never, by=biller, at=f.AT)
    portal = known.profile("availity_appeals")
    assert portal
    tried = fit_appeal(appeal, portal, at=f.AT)
    assert tried.fit.fits
    assert not Packet.objects.filter(kind="appeal").exists()
    packet = letters.seal(appeal, channel="availity_appeals", although=f.OVERLOOKED, by=biller, at=f.AT)
    name = f"{appeal.claim.number}-01-packet.pdf"
    assert [x.name for x in tried.files] == list(outgoing_of(packet)) == [name]
    way = way_out(packet)
    assert way
    (file,) = way.files
    assert (file["title"], file["reason"]) == ("Appeal packet", "It proves the appeal.")
    assert way.note == ""
    assert json.loads(packet.manifest)["channel"]["limits"]["max_files"]["value"] == 10
    assert submissions.send_appeal(appeal, dict(SENDING), by=biller, at=f.AT).packet == packet


def test_an_appeal_that_does_not_fit_says_every_reason_and_the_next_try_works(appeal: Appeal, biller: User) -> None:
    channels.record_limit("portal", "file_types", {"value": ["docx"], **READ}, by=biller, at=f.AT)
    for channel, why in (("portal", "takes Word"), ("claim_note", "is no way for an appeal"), ("pigeon", "no channel")):
        with pytest.raises(Refused) as refused:
            letters.seal(appeal, channel=channel, although=f.OVERLOOKED, by=biller, at=f.AT)
        assert why in " ".join(refused.value.reasons)
    appeal.refresh_from_db()
    assert (appeal.status, appeal.packet, Packet.objects.filter(kind="appeal").count()) == ("draft", None, 0)
    packet = letters.seal(appeal, although=f.OVERLOOKED, by=biller, at=f.AT)
    assert (packet.channel, way_out(packet)) == ("print", None)


def test_a_supplement_leaves_by_fax_and_grows_old_with_what_the_channel_takes(biller: User) -> None:
    claim = f.submission(by=biller).claim
    f.evidence(claim=claim, by=biller, data=papers.scanned(1, "New"))
    packet = supplements.seal_supplement(claim, "The payer asked for it", channel="fax", by=biller, at=f.AT)
    way = way_out(packet)
    assert way
    assert [(x["title"], x["reason"]) for x in way.files] == [("Supplement", "It is what this supplement adds.")]
    assert next(iter(outgoing_of(packet))).endswith(".tif")
    channels.record_limit("fax", "max_name", {"value": 30, **READ}, by=biller, at=f.AT)
    with pytest.raises(Refused, match=r"no longer true: what Fax takes changed.*Build a supplement again"):
        supplements.send_supplement(packet, {**SENDING, "channel": "fax"}, by=biller, at=f.AT)


def test_what_a_person_laid_on_the_shelf_proves_an_appeal_even_where_claims_tell_it_as_data(
    appeal: Appeal, biller: User
) -> None:
    claim: Any = appeal.claim
    plans.record_payer_terms(claim.coverage.payer, {"cob_as": "data"}, by=biller, at=f.AT)
    for kind, title in (("primary_eob", "EOB of the first plan"), ("prior_imaging", "Ultrasound of the neck")):
        f.evidence(claim=claim, by=biller, data=papers.scanned(1, title), kind=kind, title=title)
    packet = letters.seal(appeal, although=f.OVERLOOKED, by=biller, at=f.AT)
    told = json.loads(packet.manifest)
    assert [e["title"] for e in told["enclosures"]] == ["Ultrasound of the neck", "EOB of the first plan"]
    assert [p["key"] for p in told["parts"]][-4:] == ["note", "evidence", "primary_eob", "further"]
    # The claim itself is told as data: the same shelf gives a supplement of the other document alone.
    added = supplements.seal_supplement(claim, "The payer asked for it", was_asked=True, by=biller, at=f.AT)
    assert [e["title"] for e in json.loads(added.manifest)["enclosures"]] == ["Ultrasound of the neck"]
