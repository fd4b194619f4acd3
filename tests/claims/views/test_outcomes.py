"""Before a claim leaves, its page says what became of others that were sent like it, and opens them."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims.conditions.condition import Clause, Group
from claims.models import SentFailure
from claims.services import preparation, rules
from claims.services.packets import seal_packet
from claims.services.payers import record_policy
from claims.services.submissions import submit
from tests import factories as f
from tests.claims import answered as a

SENDING = {"channel": "portal", "sent_on": f.TODAY, "proof": "receipt", "proof_reference": "R-1"}


def passed_over(by: Any) -> Any:
    """A claim whose payer's policy nobody knows: a warning, passed over with a reason."""
    claim = f.claim_at(by=by)
    known = {"prior_authorization": "not_required", "timely_filing_days": 365, "source": "call", "verified_on": f.TODAY}
    record_policy(claim.coverage.payer, known, by=by, at=f.AT)
    preparation.override(claim, "COV-104", "They paid it in spring", by=by, at=f.AT)
    return claim


def test_a_warning_passed_over_counts_from_the_packet_that_left(biller: Any, plain_packets: None) -> None:
    claim = passed_over(biller.user)
    page = reverse("claim_page", args=[claim.pk])
    assert "This payer has not answered a claim of yours yet. Nothing can be said." in biller.get(page).content.decode()
    sent = passed_over(biller.user)
    preparation.mark_ready(sent, by=biller.user, at=f.AT)
    seal_packet(sent, by=biller.user, at=f.AT)
    submit(sent, SENDING, by=biller.user, at=f.AT)
    assert SentFailure.objects.get(rule="COV-104").with_reason
    a.denial(a.answer(sent, f.TODAY, "denied"), "coverage", "850.00")
    said = biller.get(page).content.decode()
    address = f"{reverse('claims_sent')}?payer={claim.coverage.payer_id}&amp;rule=COV-104"
    assert "1 of 1</b> claim sent with this warning passed over was denied" in said
    assert "likely between 21 % and 100 %" in said
    assert "1 of 1</b> claim was denied" in said
    assert address in said
    behind = biller.get(address.replace("&amp;", "&")).content.decode()
    assert sent.number in behind
    assert claim.number not in behind


def test_an_address_that_asks_for_nothing_known_shows_everything(biller: Any) -> None:
    for query in ("?payer=99999999", "?payer=x&rule=%3Cscript%3E", "?page=77", ""):
        answer = biller.get(reverse("claims_sent") + query)
        assert answer.status_code == 200
        assert "No claim counts here" in answer.content.decode()


class TestTheListOfReasons:
    LIST, CSV = reverse("override_list"), reverse("overrides_table", args=["csv"])

    def test_it_is_narrowed_by_payer_and_rule_and_taken_as_a_table(self, person: Any) -> None:
        manager = person("manager")
        assert "No warning was passed over" in manager.get(self.LIST).content.decode()
        claim = passed_over(manager.user)
        claim.overrides.update(reason="=HYPERLINK(1) für später")
        for query, is_there in (
            ("", True),
            (f"?payer={claim.coverage.payer_id}&rule=COV-104", True),
            ("?rule=NEC-301", False),
        ):
            assert (claim.number in manager.get(self.LIST + query).content.decode()) is is_there
            rows = list(csv.reader(io.StringIO(manager.get(self.CSV + query).getvalue().decode("utf-8-sig"))))
            assert [row[0] for row in rows[1:]] == ([claim.number] if is_there else [])
        (row,) = list(csv.reader(io.StringIO(manager.get(self.CSV).getvalue().decode("utf-8-sig"))))[1:]
        assert row[3] == "'=HYPERLINK(1) für später", "a spreadsheet must not take it for a formula"
        assert row[1] == "COV-104"
        assert row[7] == "Not sent yet"

    def test_an_own_rule_is_called_by_its_title_and_by_its_end(self, person: Any) -> None:
        manager = person("manager")
        claim, by = passed_over(manager.user), manager.user
        asked = Group("all", (Clause("images.count", "at_most", "0"),)).as_data()
        words = {"title": "A scan", "message": "No scan.", "fix": "Add one.", "field": "images.images"}
        own = {**words, "cause": "images", "condition": asked, "payers": []}
        rule = rules.adopt_proposal(own, "", day=f.TODAY, by=by, at=f.AT)
        claim.overrides.create(rule=rule.number, reason="Looked at", by=by, at=f.AT)
        pages = [self.LIST, self.CSV, f"{reverse('claims_sent')}?rule={rule.number}"]
        assert [("A scan" in (page := manager.get(url).getvalue().decode()), "in force" in page) for url in pages] == [
            (True, False)
        ] * 3
        rules.retire(rule, "Told otherwise.", day=f.TODAY, by=by, at=f.AT)
        assert ["A scan (retired)" in manager.get(url).getvalue().decode() for url in pages] == [True] * 3

    def test_many_reasons_ask_as_often_as_one(self, person: Any, django_assert_max_num_queries: Any) -> None:
        manager = person("manager")
        claim = passed_over(manager.user)
        with CaptureQueriesContext(connection) as first:
            manager.get(self.LIST)
        for rule in ("NEC-301", "NEC-302", "NEC-303"):
            claim.overrides.create(rule=rule, reason="Looked at", by=manager.user, at=f.AT)
        with django_assert_max_num_queries(len(first)):
            manager.get(self.LIST)
