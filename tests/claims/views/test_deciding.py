"""The page of a denial and the decisions on it; write-offs and their second person; codes that wait to be sorted."""

from __future__ import annotations

from typing import Any

from claims.models import Claim, Decision, Denial, ReasonCode, WriteOff
from documentation.models import AuditEvent
from tests import factories
from tests.claims import answered as a
from tests.claims import checks
from tests.claims.views.test_dashboard import text
from tests.claims.views.test_submissions import KEY


def denied(biller: Any, taken: Any = checks.DENIED, *remarks: str) -> Denial:
    claim = a.claim(factories.SERVICE_DATE, transport="sent")
    a.sent(claim, factories.SERVICE_DATE)
    posted = checks.post(
        checks.answer(claim, taken, *remarks, payer_number="P-1"),
        by=biller.user,
        at=factories.AT,
        paid_on=factories.TODAY,
    )
    assert posted.posted_at
    return Denial.objects.get(claim=claim)


def page(person: Any, denial: Denial) -> str:
    answer = person.get(f"/denials/{denial.pk}/")
    assert answer.status_code == 200
    return text(answer)


class TestPage:
    def test_it_tells_where_it_comes_from_what_it_means_and_what_to_do(self, biller: Any) -> None:
        denial = denied(biller, (("CO", "252", "850"),), "N40")
        said = page(biller, denial)
        assert "A document is needed to decide" in said
        assert "CO-252 A document is needed to decide line 1 $850.00" in said
        assert "N40 Image is missing remark —" in said
        segments = f"CLP*{denial.claim.number}*1*850*0**12*P-1"
        assert segments in said
        assert "CAS*CO*252*850" in said
        assert "LQ*HE*N40" in said
        assert "DOE*ALEX" not in said  # names stand on the page already
        assert said.index("Send documents Advised") < said.index("Write off")
        assert "The payer put it on the contract (CO): the patient may not be billed." in said
        assert f"Packet {denial.packet.number}" in said  # type: ignore[union-attr]
        assert "Opened by the payer's answer" in said
        assert AuditEvent.objects.filter(action="denial.view", by=biller.user).count() == 1

    def test_the_next_step_is_written_down(self, biller: Any) -> None:
        denial = denied(biller)
        assert "Appeal as advised" in page(biller, denial)
        url = f"/denials/{denial.pk}/next/"
        late = biller.post(url, {"next_action": "Call", "next_on": "2026-01-01"})
        assert (late.status_code, "This day has passed." in text(late)) == (422, True)
        assert biller.post(url, {"next_action": "Call Dana", "next_on": "2026-11-20"}).status_code == 302
        assert "Call Dana by Nov 20, 2026" in page(biller, denial)

    def test_a_crossover_names_the_other_plan(self, biller: Any) -> None:
        said = page(biller, denied(biller, (("CO", "254", "850"),)))
        assert "The medical plan is the one to ask. No medical plan of the patient is on the list" in said

    def test_whoever_may_not_work_on_denials_sees_and_decides_nothing(self, person: Any, biller: Any) -> None:
        denial = denied(biller)
        clinician = person("clinician")
        for url in (f"/denials/{denial.pk}/", f"/denials/{denial.pk}/decide/appeal/"):
            assert clinician.get(url).status_code == 403
        assert Decision.objects.count() == 0


class TestDeciding:
    def test_a_way_asks_for_the_reason_and_then_happens_once(self, biller: Any) -> None:
        denial = denied(biller)
        url = f"/denials/{denial.pk}/decide/appeal/"
        shown = text(biller.get(url))
        assert "An appeal is started with a letter from the signed record." in shown
        assert "180 days are left to appeal $850.00." in shown
        empty = biller.post(url, {"reason": " "})
        assert (empty.status_code, "Say why:" in text(empty)) == (422, True)
        for _ in range(2):
            done = biller.post(url, {"reason": "The record shows it."}, once=KEY)
            assert done["Location"].startswith("/appeals/")
        assert Decision.objects.count() == 1
        assert "Appeal as advised The record shows it." in page(biller, denial)

    def test_what_cannot_be_done_says_why(self, biller: Any) -> None:
        denial = denied(biller)
        url = f"/denials/{denial.pk}/decide/patient/"
        assert "It cannot be done now." in text(biller.get(url))
        refused = biller.post(url, {"reason": "They can pay."})
        assert refused.status_code == 422
        assert "the patient may not be billed" in text(refused)
        assert biller.get(f"/denials/{denial.pk}/decide/luck/").status_code == 404

    def test_a_resolved_one_is_over(self, biller: Any) -> None:
        denial = denied(biller)
        biller.post(f"/denials/{denial.pk}/resolve/", {"resolution": "Paid by hand"})
        assert "This denial is resolved" in text(biller.get(f"/denials/{denial.pk}/decide/appeal/"))
        assert biller.post(f"/denials/{denial.pk}/decide/appeal/", {"reason": "x"}).status_code == 409


class TestSecondPerson:
    def test_the_request_waits_and_another_person_approves(self, person: Any, biller: Any) -> None:
        denial = denied(biller)
        url = f"/denials/{denial.pk}/decide/write_off/"
        assert "above the limit of $100.00: a second person decides." in text(biller.get(url))
        biller.post(url, {"reason": "Filed late by us"})
        row = WriteOff.objects.get()
        assert "$850.00 waits for a second person to be written off." in page(biller, denial)
        own = text(biller.get(f"/write-offs/{row.pk}/"))
        assert "You asked for this yourself: somebody else decides." in own
        assert biller.post(f"/write-offs/{row.pk}/", {"answer": "approve"}).status_code == 403
        manager = person("manager")
        assert "Filed late by us" in text(manager.get("/write-offs/"))
        refused = manager.post(f"/write-offs/{row.pk}/", {"answer": "refuse", "reason": ""})
        assert (refused.status_code, "Say why it is refused." in text(refused)) == (422, True)
        manager.post(f"/write-offs/{row.pk}/", {"answer": "approve"})
        row.refresh_from_db()
        assert (row.status, row.decided_by) == ("approved", manager.user)
        assert Claim.objects.get().closing == "written_off"
        assert "Written off by choice $850.00" in page(biller, denial)
        assert "$850.00" in text(manager.get("/write-offs/?state=done"))

    def test_a_request_is_withdrawn(self, biller: Any) -> None:
        denial = denied(biller)
        biller.post(f"/denials/{denial.pk}/decide/write_off/", {"reason": "Late"})
        row = WriteOff.objects.get()
        assert biller.post(f"/write-offs/{row.pk}/withdraw/").status_code == 302
        assert Denial.objects.get().status == "open"
        assert "Nothing waits for a second person" in text(biller.get("/write-offs/"))


class TestCodes:
    def test_an_unknown_code_waits_in_the_queue_until_somebody_says_what_it_means(self, biller: Any) -> None:
        denial = denied(biller, (("CO", "Z99", "850"),), "N9999")
        assert denial.cause == "other"
        said = text(biller.get("/codes/reasons/unknown/"))
        assert "Z99 Reason (CARC) every payer 1 Nov 6, 2026 1 $850.00" in said
        assert "N9999 Remark (RARC) every payer 1" in said
        assert "not in our list; shown as it came waits to be sorted" in page(biller, denial)
        values = {
            "of_list": "carc", "code": "Z99", "text": "narrative is missing", "category": "doc",
            "source": "call of Nov 6", "effective_on": "2026-01-01",
        }  # fmt: skip
        assert biller.post("/codes/reasons/new/", {**values, "text": ""}).status_code == 422
        assert biller.post("/codes/reasons/new/", values)["Location"] == "/codes/reasons/unknown/"
        denial.refresh_from_db()
        assert (denial.cause, denial.machine_cause) == ("documentation", "documentation")
        assert "Narrative is missing" in page(biller, denial)
        said = text(biller.get("/codes/reasons/unknown/"))
        assert "Z99" not in said
        row = ReasonCode.objects.get()
        stale = biller.post(f"/codes/reasons/{row.pk}/", {**values, "text": "Other", "seen": "0"})
        assert stale.status_code == 409

    def test_a_list_is_loaded_whole_or_not_at_all(self, person: Any, biller: Any) -> None:
        from django.core.files.uploadedfile import SimpleUploadedFile

        def sent(content: bytes, **known: Any) -> Any:
            file = SimpleUploadedFile("list.csv", content, "text/csv")
            values = {"of_list": "carc", "source": "list of November 1", "file": file, **known}
            return person("manager").post("/codes/reasons/load/", values)

        good = b"code,text,effective_on,ended_on\n50,Words of the list,2020-01-01,2026-06-30\nZ7,New one,2026-07-01,\n"
        assert sent(good)["Location"] == "/codes/reasons/"
        assert ReasonCode.objects.count() == 2
        bad = sent(b"code,text,effective_on\n!,x,2026-01-01\n51,,2026-01-01\n")
        assert bad.status_code == 422
        assert "Row 2: “!” is no code of this list." in text(bad)
        assert "Row 3: The text must have 1 to 500 characters." in text(bad)
        assert ReasonCode.objects.count() == 2
        assert "A payer is named for its own codes" in text(sent(good, of_list="own"))
        assert biller.get("/codes/reasons/load/").status_code == 403
        assert "given up" in page(biller, denied(biller))
