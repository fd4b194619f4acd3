"""Remittances on the screen: taken in, looked at, matched, posted once; an EOB typed beside its scan."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format

from claims.models import Claim, Denial, FormerScan, Remittance, RemittanceClaim
from documentation import papers
from documentation.models import AuditEvent, Location, StoredFile
from tests import factories
from tests.claims import answered as a
from tests.claims.papers import blank_pdf, scanned
from tests.claims.views.test_dashboard import text

Reasons = tuple[tuple[str, str, str], ...]


def check_of(*answers: str, amount: str = "0", trace: str = "CHK1", npi: str = "") -> bytes:
    """A file with one check. Each answer is what `answer_of` gives."""
    npi = npi or factories.location().npi
    body = [
        "ST*835*0001",
        f"BPR*I*{amount}*C*CHK************20261105",
        f"TRN*1*{trace}*1512345678",
        "DTM*405*20261105",
        "N1*PR*EXAMPLE DENTAL PLAN",
        f"N1*PE*HARBOR ORAL SURGERY*XX*{npi}",
        "LX*1",
        *(segment for answer in answers for segment in answer.split("~") if segment),
    ]
    segments = [
        "ISA*00*          *00*          *ZZ*PAYER          *ZZ*US             *261105*1200*^*00501*000000001*0*P*:",
        "GS*HP*P*U*20261105*1200*1*X*005010X221A1",
        *body,
        f"SE*{len(body) + 1}*0001",
        "GE*1*1",
        "IEA*1*000000001",
    ]
    return "".join(f"{segment}~" for segment in segments).encode()


def member_of(number: str) -> str:
    """The member ID of the claim with a number, as its payer repeats it; any for a number that is none of ours."""
    key = number[1:] if number[1:].isdigit() else "0"
    row = Claim.objects.filter(pk=int(key)).select_related("coverage").first()
    return row.coverage.member_id if row else "W123456789"


def answer_of(number: str, charge: str, paid: str, reasons: Reasons = (), remarks: tuple[str, ...] = ()) -> str:
    share = sum((Decimal(amount) for group, _, amount in reasons if group == "PR"), Decimal(0))
    return "~".join(
        [
            f"CLP*{number}*1*{charge}*{paid}*{share}*12*ICN-{number}",
            f"NM1*QC*1*DOE*ALEX****MI*{member_of(number)}",
            f"SVC*AD:D0371*{charge}*{paid}",
            "DTM*472*20260901",
            *(f"CAS*{group}*{code}*{amount}" for group, code, amount in reasons),
            f"REF*6R*{number}-1",
            *(f"LQ*HE*{remark}" for remark in remarks),
        ]
    )


def upload(person: Any, *files: tuple[str, bytes]) -> Any:
    return person.post("/remittances/import/", {"chosen": [SimpleUploadedFile(n, c) for n, c in files]})


@pytest.fixture
def waiting() -> Claim:
    """A claim that was sent and waits for an answer."""
    row = a.claim(date(2026, 9, 1), transport="sent")
    a.sent(row, date(2026, 9, 2))
    return row


@pytest.fixture
def denying(biller: Any, waiting: Claim) -> Remittance:
    """A check that denies the waiting claim for missing images and pays another, closing it."""
    paid = a.claim(date(2026, 9, 1), transport="sent")
    file = check_of(
        answer_of(waiting.number, "850", "0", (("CO", "252", "850"),), ("N40",)),
        answer_of(paid.number, "850", "600", (("PR", "1", "150"), ("CO", "45", "100"))),
        amount="600",
    )
    upload(biller, ("week.835", file))
    return Remittance.objects.get()


# --- Taking in ----------------------------------------------------------------------------------------------------


def test_one_check_opens_its_page_and_posts_nothing(biller: Any, denying: Remittance, waiting: Claim) -> None:
    said = text(biller.get(f"/remittances/{denying.pk}/"))
    assert "EXAMPLE DENTAL PLAN · $600.00 To post CHK1" in said
    assert "2 answers every one matches a claim" in said
    assert f"{waiting.number} Alex Doe" in said
    assert "matched by our line number (REF 6R)" in said
    assert "A document is needed to decide CO-252 · line 1 $850.00 Image is missing N40" in said
    assert "Now Submitted Denied Opens a denial of $850.00: missing image or reading" in said
    assert "Now Submitted Paid Closes the claim; leaves $150.00 to the patient" in said
    assert "Claims $1,700.00 charged − $1,100.00 adjusted = $600.00 paid" in said
    assert "Check $600.00 paid on claims = $600.00" in said
    assert not Denial.objects.exists()
    waiting.refresh_from_db()
    assert waiting.adjudication == "none"


def test_several_files_at_once_each_by_itself(biller: Any, waiting: Claim) -> None:
    good = check_of(answer_of(waiting.number, "850", "850"), amount="850")
    answer = upload(biller, ("good.835", good), ("letter.txt", b"Dear practice"), ("again.835", good))
    assert answer.status_code == 422
    said = text(answer)
    assert "letter.txt was not taken in. This file holds no remittance (X12 835), so nothing was taken in." in said
    assert "CHK1 good.835 to look at and post $850.00" in said
    assert "CHK1 again.835 known already, nothing was added $850.00" in said
    assert Remittance.objects.count() == 1


def test_the_same_file_again_adds_nothing_and_says_so(biller: Any, denying: Remittance) -> None:
    again = StoredFile.objects.get(pk=denying.file.file_id)  # type: ignore[union-attr]
    from documentation.services.files import read

    answer = upload(biller, ("week again.835", read(again)))
    assert answer.status_code == 200
    assert "known already, nothing was added" in text(answer)
    assert Remittance.objects.count() == 1


def test_a_check_that_does_not_add_up_is_set_aside_with_its_place(biller: Any, waiting: Claim) -> None:
    upload(biller, ("odd.835", check_of(answer_of(waiting.number, "850", "800"), amount="800")))
    check = Remittance.objects.get()
    said = text(biller.get(f"/remittances/{check.pk}/"))
    assert "Set aside: this check cannot be posted." in said
    assert "Segment 10" in said
    assert "≠" in said
    assert "Post this check" not in said
    answer = biller.post(f"/remittances/{check.pk}/post/")
    assert answer.status_code == 422
    assert "This check cannot be posted." in text(answer)


def test_no_file_at_all(biller: Any) -> None:
    answer = biller.post("/remittances/import/")
    assert answer.status_code == 422
    assert "Choose at least one file." in text(answer)


def test_too_many_files(biller: Any) -> None:
    answer = upload(biller, *((f"{n}.835", b"x") for n in range(21)))
    assert answer.status_code == 422
    assert "Choose at most 20 files at once; these are 21." in text(answer)


@pytest.mark.parametrize("content", [b"", b"\x00" * 50, b"ISA", b"ISA*00*~", "éü".encode("latin-1"), b"%PDF-1.7"])
def test_what_is_no_835_posts_nothing_and_is_told(biller: Any, content: bytes) -> None:
    answer = upload(biller, ("x.835", content))
    assert answer.status_code == 422
    assert "not taken in" in text(answer) or "empty" in text(answer)
    assert not Remittance.objects.exists()


# --- Posting ------------------------------------------------------------------------------------------------------


def test_posted_once_the_claims_say_what_became_of_them(biller: Any, denying: Remittance, waiting: Claim) -> None:
    for _ in range(2):
        answer = biller.post(f"/remittances/{denying.pk}/post/")
        assert answer["Location"] == f"/remittances/{denying.pk}/"
    denial = Denial.objects.get()
    assert (denial.claim, denial.cause, denial.amount) == (waiting, "images", Decimal("850.00"))
    assert text(biller.get(f"/remittances/{denying.pk}/")).count("This check was posted before. Nothing changed.") == 1
    said = text(biller.get(f"/remittances/{denying.pk}/"))
    assert f"by {biller.user.display_name}" in said
    assert "Now Submitted" not in said


def test_a_check_tells_its_time_as_the_practices_clock_does(biller: Any, denying: Remittance, waiting: Claim) -> None:
    biller.post(f"/remittances/{denying.pk}/post/")
    posted = Remittance.objects.get(pk=denying.pk).posted_at
    assert posted is not None
    for zone in ("America/Los_Angeles", "Asia/Tokyo"):
        Location.objects.update(time_zone=zone)
        there = posted.astimezone(ZoneInfo(zone))
        assert f"Posted on {date_format(there, 'M j, Y, g:i A')} by" in text(biller.get(f"/remittances/{denying.pk}/"))


def test_a_check_for_another_payee_needs_a_reason(biller: Any, waiting: Claim) -> None:
    other = factories.npi()
    upload(biller, ("a.835", check_of(answer_of(waiting.number, "850", "850"), amount="850", npi=other)))
    check = Remittance.objects.get()
    page = text(biller.get(f"/remittances/{check.pk}/"))
    assert f"This check is made out to another payee, NPI {other}." in page
    answer = biller.post(f"/remittances/{check.pk}/post/", {"reason": " "})
    assert answer.status_code == 422
    assert "Say why it is posted here, or leave it." in text(answer)
    assert biller.post(f"/remittances/{check.pk}/post/", {"reason": "our old number"}).status_code == 302
    assert "because: our old number" in text(biller.get(f"/remittances/{check.pk}/"))


def test_an_answer_that_matches_nothing_waits_for_a_person(biller: Any, waiting: Claim) -> None:
    upload(biller, ("a.835", check_of(answer_of("OLD-7", "850", "850"), amount="850")))
    answer = RemittanceClaim.objects.get()
    page = f"/remittances/{answer.remittance_id}/"
    assert "1 matches no claim of ours" in text(biller.get(page))
    url = f"/remittances/answers/{answer.pk}/match/"
    for number in ("C999999", "seven", "", "C1' OR 1=1"):
        refused = biller.post(url, {"number": number})
        assert refused.status_code == 422
    assert "There is no claim with this number." in text(biller.post(url, {"number": "C999999"}))
    assert 'value="C999999"' in biller.post(url, {"number": "C999999"}).content.decode()
    biller.post(f"{page}post/")
    waiting.refresh_from_db()
    assert waiting.adjudication == "none"
    assert biller.post(url, {"number": waiting.number.lower()})["Location"] == f"{page}#answer-{answer.pk}"
    waiting.refresh_from_db()
    assert waiting.adjudication == "paid"
    again = biller.post(url, {"number": waiting.number})
    assert again.status_code == 422
    assert "This answer is matched already." in text(again)


# --- The list -----------------------------------------------------------------------------------------------------


def test_the_list_by_state(biller: Any, denying: Remittance, waiting: Claim) -> None:
    upload(biller, ("odd.835", check_of(answer_of(waiting.number, "850", "1"), amount="1", trace="CHK2")))
    said = text(biller.get("/remittances/"))
    assert "All 2 To post 1 Set aside 1 Posted 0" in said
    assert "CHK2" in text(biller.get("/remittances/?state=aside"))
    assert "CHK2" not in text(biller.get("/remittances/?state=to_post"))
    odd = biller.get("/remittances/?state=lost&page=x")
    assert odd.status_code == 200
    assert "There is no such state." in text(odd)


def test_no_remittance_yet(biller: Any) -> None:
    assert "No remittance yet" in text(biller.get("/remittances/"))


def test_a_check_asks_as_often_for_many_answers_as_for_few(biller: Any, django_assert_max_num_queries: Any) -> None:
    def check(n: int, trace: str) -> Remittance:
        rows = [a.claim(date(2026, 9, 1)) for _ in range(n)]
        upload(
            biller,
            ("a.835", check_of(*(answer_of(r.number, "850", "0", (("CO", "50", "850"),)) for r in rows), trace=trace)),
        )
        return Remittance.objects.get(trace=trace)

    few, many = check(2, "A"), check(12, "B")
    with CaptureQueriesContext(connection) as first:
        biller.get(f"/remittances/{few.pk}/")
    with django_assert_max_num_queries(len(first)):
        biller.get(f"/remittances/{many.pk}/")


@pytest.mark.parametrize("role", ["clinician", "assistant", "administrator"])
def test_only_billing_sees_and_posts(person: Any, denying: Remittance, role: str) -> None:
    somebody = person(role)
    assert somebody.get("/remittances/").status_code == 403
    assert somebody.get(f"/remittances/{denying.pk}/").status_code == 403
    assert somebody.post(f"/remittances/{denying.pk}/post/").status_code == 403
    assert upload(somebody, ("a.835", b"x")).status_code == 403
    denying.refresh_from_db()
    assert denying.posted_at is None


def test_the_file_comes_back_as_it_was_and_looking_is_recorded(biller: Any, denying: Remittance) -> None:
    given = biller.get(f"/remittances/{denying.pk}/original/")
    assert given.content.startswith(b"ISA*00*")
    assert given["Content-Disposition"].startswith("attachment")
    assert AuditEvent.objects.filter(action="remittance.original").exists()
    assert biller.get("/remittances/999/").status_code == 404


# --- An EOB on paper ----------------------------------------------------------------------------------------------


@pytest.fixture
def sent(biller: Any, plain_packets: None) -> Claim:
    """The reference claim, sealed and sent."""
    from claims.services.packets import seal_packet
    from claims.services.submissions import submit

    row: Claim = factories.claim_at(preparation="ready", by=biller.user)
    seal_packet(row, by=biller.user, at=factories.AT)
    sending = {"channel": "portal", "sent_on": factories.TODAY, "proof": "receipt", "proof_reference": "R-1"}
    submit(row, sending, by=biller.user, at=factories.AT)
    return row


def typed(**values: Any) -> dict[str, Any]:
    return {
        "paid_on": "2026-11-06",
        "trace": "",
        "payer_control": "ICN-1",
        "remarks": "N706",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "1",
        "lines-0-code": "D0371",
        "lines-0-charge": "850.00",
        "lines-0-paid": "0.00",
        "lines-0-remarks": "",
        "lines-0-group1": "CO",
        "lines-0-carc1": "50",
        "lines-0-amount1": "$850.00",
        **values,
    }


def test_an_eob_is_typed_looked_at_and_posted(biller: Any, sent: Claim) -> None:
    page = biller.get(f"/claims/{sent}/eob/").content.decode()
    assert 'value="D0371"' in page
    assert 'value="850.00"' in page
    pdf = blank_pdf(1)
    answer = biller.post(f"/claims/{sent}/eob/", typed(scan=SimpleUploadedFile("eob.pdf", pdf)))
    check = Remittance.objects.get()
    assert answer["Location"] == f"/remittances/{check.pk}/"
    assert "Opens a denial of $850.00: medical necessity" in text(biller.get(f"/remittances/{check.pk}/"))
    assert biller.get(f"/remittances/{check.pk}/original/").content == papers.examine(pdf).clean
    assert biller.get(f"/remittances/{check.pk}/original/?as=came").content == pdf
    assert f"/remittances/{check.pk}/original/?as=came" in biller.get(f"/remittances/{check.pk}/").content.decode()
    biller.post(f"/remittances/{check.pk}/post/")
    denial = Denial.objects.get()
    assert (denial.group, denial.carc, denial.rarcs) == ("CO", "50", ["N706"])


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"lines-0-amount1": "800"}, "Charge less adjustments is not what was paid: $50.00 are unaccounted for."),
        ({"paid_on": ""}, "Give the date printed on the EOB."),
        ({"paid_on": "2026-11-07"}, "This date lies in the future."),
        ({"paid_on": "2026-11-04"}, "This date lies before the service."),
        ({"lines-0-carc1": ""}, "Give the reason code."),
        ({"lines-0-group1": ""}, "Choose the group."),
        ({"lines-0-amount1": ""}, "Give the amount."),
        ({"lines-0-amount1": "some"}, "Give an amount in dollars"),
        ({"lines-0-group1": "XX"}, "not one of the available choices"),
        ({"lines-0-charge": ""}, "Please fill this in."),
        ({"scan": SimpleUploadedFile("eob.pdf", b"no pdf")}, "This is neither a PDF nor a JPEG or PNG picture."),
    ],
)
def test_what_does_not_add_up_is_said_and_what_was_typed_is_kept(
    biller: Any, sent: Claim, values: dict[str, Any], sentence: str
) -> None:
    answer = biller.post(f"/claims/{sent}/eob/", typed(**values))
    assert answer.status_code == 422
    assert sentence in text(answer), text(answer)
    assert 'value="ICN-1"' in answer.content.decode()
    assert not Remittance.objects.exists()


def test_the_scan_is_kept_while_the_form_is_mended(biller: Any, sent: Claim) -> None:
    pdf = blank_pdf(1)
    first = biller.post(
        f"/claims/{sent}/eob/", typed(**{"lines-0-paid": "1", "scan": SimpleUploadedFile("eob.pdf", pdf)})
    )
    assert first.status_code == 422
    kept = first.context["kept"]
    assert biller.get(f"/remittances/scans/{kept}/").content == papers.examine(pdf).clean
    biller.post(f"/claims/{sent}/eob/", typed(kept=kept))
    scan = Remittance.objects.get().scan
    assert scan is not None
    assert scan.media_type == "application/pdf"
    check = Remittance.objects.get()
    assert biller.get(f"/remittances/{check.pk}/original/?as=came").content == pdf


@pytest.mark.parametrize("token", ["x", "1", "1:abc:def"])
def test_a_scan_cannot_be_guessed(biller: Any, sent: Claim, token: str) -> None:
    StoredFile.objects.first()
    assert biller.get(f"/remittances/scans/{token}/").status_code == 404
    biller.post(f"/claims/{sent}/eob/", typed(kept=token))
    assert Remittance.objects.get().scan is None


def test_a_bad_scan_is_replaced_with_a_reason_until_the_eob_is_posted(biller: Any, person: Any, sent: Claim) -> None:
    came = {says: scanned(1, says) for says in ("page 1 only", "whole", "third", "x")}

    def pdf(says: str) -> Any:
        return SimpleUploadedFile("eob.pdf", came[says])

    biller.post(f"/claims/{sent}/eob/", typed(scan=pdf("page 1 only")))
    check = Remittance.objects.get()
    page = f"/remittances/{check.pk}/"
    clean = biller.get(f"{page}original/").content
    for bad, sentence in (
        ({"scan": pdf("whole")}, "Say what is wrong with the scan that is there."),
        ({"reason": "A page is missing."}, "Choose the scan or photo."),
        ({"scan": pdf("page 1 only"), "reason": "Again."}, "This is the scan that is kept already."),
        ({"scan": SimpleUploadedFile("eob.pdf", clean), "reason": "Again."}, "This is the scan that is kept already."),
    ):
        refused = biller.post(f"{page}scan/", bad)
        assert (refused.status_code, sentence in text(refused)) == (422, True), text(refused)
    assert person("clinician").post(f"{page}scan/", {"scan": pdf("x"), "reason": "x"}).status_code == 403
    assert biller.post(f"{page}scan/", {"scan": pdf("whole"), "reason": "A page is missing."}).status_code == 302
    assert biller.get(f"{page}original/").content == papers.examine(scanned(1, "whole")).clean
    assert biller.get(f"{page}scans/1/").content == clean == papers.examine(scanned(1, "page 1 only")).clean
    assert biller.get(f"{page}original/?as=came").content == came["whole"]
    assert biller.get(f"{page}scans/1/?as=came").content == came["page 1 only"]
    assert biller.get(f"{page}scans/2/").status_code == biller.get(f"{page}scans/0/").status_code == 404
    assert "A page is missing." in text(biller.get(page))
    event = AuditEvent.objects.get(action="remittance.replace_scan", by=biller.user, patient=sent.encounter.patient)
    assert "A page is missing." in event.detail
    biller.post(f"{page}post/")
    assert "Replace the scan" not in text(biller.get(page))
    late = biller.post(f"{page}scan/", {"scan": pdf("third"), "reason": "Nicer."})
    assert (late.status_code, "What was posted rests on its scan" in text(late)) == (409, True)
    with pytest.raises(DatabaseError, match="locked"), transaction.atomic():
        FormerScan.objects.create(
            remittance=check, file=check.scan, reason="x", replaced_at=factories.AT, replaced_by=biller.user
        )


def test_the_same_eob_twice_is_refused(biller: Any, sent: Claim) -> None:
    biller.post(f"/claims/{sent}/eob/", typed())
    answer = biller.post(f"/claims/{sent}/eob/", typed())
    assert answer.status_code == 422
    assert "This EOB was typed in before" in text(answer)


def test_a_damaged_form_is_refused_without_an_error(biller: Any, sent: Claim) -> None:
    for total in ("x", "-1", "9999", ""):
        answer = biller.post(f"/claims/{sent}/eob/", typed(**{"lines-TOTAL_FORMS": total}))
        assert answer.status_code == 422, total
        assert answer.content.count(b'-code"') < 500, total  # what is said to have thousands of lines is not drawn
