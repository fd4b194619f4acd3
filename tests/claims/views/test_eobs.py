"""An EOB on paper beside its scan: spots of numbers, the payer's own codes, words as printed, and the same posting."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from claims.forms.spots import SpotsField
from claims.models import Claim, Denial, EobSpot, Remittance
from claims.services.reason_codes import save_reason
from documentation.models import AuditEvent
from tests import factories
from tests.claims import answered as a
from tests.claims.papers import blank_pdf
from tests.claims.views.test_dashboard import text
from tests.claims.views.test_remittances import typed

BOX = {"field": "lines-0-paid", "page": 2, "left": 6000, "top": 2800, "width": 1500, "height": 400}


@pytest.fixture
def sent() -> Claim:
    claim = a.claim(factories.SERVICE_DATE, transport="sent")
    a.sent(claim, factories.SERVICE_DATE)
    return claim


def test_the_scan_comes_beside_what_was_typed_so_far(biller: Any, sent: Claim) -> None:
    file = SimpleUploadedFile("eob.pdf", blank_pdf(2))
    page = biller.post(f"/claims/{sent}/eob/", typed(then="show", trace="5501", scan=file, **{"lines-0-paid": ""}))
    assert page.status_code == 200  # nothing is checked yet
    said = page.content.decode()
    kept = page.context["kept"]
    for number in (1, 2):
        assert f"/remittances/scans/{kept}/pages/{number}/" in said
        picture = biller.get(f"/remittances/scans/{kept}/pages/{number}/")
        assert picture["Content-Type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")
    assert biller.get(f"/remittances/scans/{kept}/pages/3/").status_code == 404
    assert "not shown here" not in said
    assert 'value="5501"' in said
    assert 'value="ICN-1"' in said
    assert not Remittance.objects.exists()
    bad = biller.post(f"/claims/{sent}/eob/", typed(then="show", scan=SimpleUploadedFile("eob.pdf", b"no pdf")))
    assert (bad.status_code, "This is neither a PDF nor a JPEG or PNG picture." in text(bad)) == (422, True)


def test_pages_beyond_those_that_are_shown_are_told(biller: Any, sent: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claims.services.sheets.MOST_PAGES", 1)
    file = SimpleUploadedFile("eob.pdf", blank_pdf(3))
    page = biller.post(f"/claims/{sent}/eob/", typed(then="show", scan=file))
    assert "2 more pages of this file are not shown here." in text(page)


def test_each_number_knows_its_spot_on_the_scan_until_it_is_posted_and_after(biller: Any, sent: Claim) -> None:
    boxes = [BOX, {**BOX, "field": "trace", "page": 1}]
    file = SimpleUploadedFile("eob.pdf", blank_pdf(2))
    values = typed(scan=file, trace="5501", printed="Films are required.", spots=json.dumps(boxes))
    biller.post(f"/claims/{sent}/eob/", values)
    check = Remittance.objects.get()
    assert set(check.spots.values_list("field", "page", "left")) == {("lines-0-paid", 2, 6000), ("trace", 1, 6000)}
    page = biller.get(f"/remittances/{check.pk}/")
    assert "Check or EFT number 5501 p. 1 Paid, line 1 $0.00 p. 2" in text(page)
    spot = EobSpot.objects.get(field="lines-0-paid")
    assert f'<rect id="spot-{spot.pk}" x="6000" y="2800" width="1500" height="400"' in page.content.decode()
    assert biller.get(f"/remittances/{check.pk}/scan/pages/2/").content.startswith(b"\x89PNG")
    assert AuditEvent.objects.filter(action="remittance.scan").count() == 1
    biller.post(f"/remittances/{check.pk}/post/")
    denial = Denial.objects.get()
    said = text(biller.get(f"/denials/{denial.pk}/"))
    assert "Films are required." in said
    assert "The numbers stand on page 2 of the scan" in said


@pytest.mark.parametrize(
    "given",
    [
        "nothing",
        "{}",
        '[{"field": "lines-0-paid"}]',
        json.dumps([{**BOX, "field": "<script>"}]),
        json.dumps([{**BOX, "left": 9000}]),
        json.dumps([{**BOX, "width": 0}]),
        json.dumps([{**BOX, "page": 0}]),
        json.dumps([{**BOX, "left": True}]),
        json.dumps([BOX] * 301),
        "[" * 5000,
    ],
)
def test_marks_that_cannot_be_read_are_refused_in_a_sentence(given: str) -> None:
    with pytest.raises(Exception, match="The marks on the scan could not be read"):
        SpotsField().clean(given)


def test_of_two_marks_for_a_number_the_later_one_counts() -> None:
    assert SpotsField().clean(json.dumps([BOX, {**BOX, "page": 1, "more": "words"}])) == [{**BOX, "page": 1}]
    assert SpotsField().clean("") == []


def own(**values: Any) -> dict[str, Any]:
    return typed(remarks="", **{"lines-0-group1": "ZZ", "lines-0-carc1": "x12", **values})


def test_a_payers_own_code_waits_until_somebody_says_what_it_means(biller: Any, sent: Claim) -> None:
    biller.post(f"/claims/{sent}/eob/", own())
    check = Remittance.objects.get()
    assert "Not in our list; shown as it came X12" in text(biller.get(f"/remittances/{check.pk}/"))
    biller.post(f"/remittances/{check.pk}/post/")
    denial = Denial.objects.get()
    assert (denial.group, denial.carc, denial.cause) == ("ZZ", "X12", "other")
    payer = sent.coverage.payer
    assert f"X12 The payer's own {payer.name} 1" in text(biller.get("/codes/reasons/unknown/"))
    factories.own_code(payer=payer, by=biller.user)
    denial.refresh_from_db()
    assert denial.cause == "images"
    assert "X-rays are missing" in text(biller.get(f"/denials/{denial.pk}/"))
    assert "Every code is sorted" in text(biller.get("/codes/reasons/unknown/"))


def test_it_is_read_by_payer_and_by_day(biller: Any, sent: Claim) -> None:
    elsewhere = factories.payer(by=biller.user, name="Specimen Dental", payer_id="99992")
    factories.own_code(payer=elsewhere, by=biller.user, category="pat", group="PR", text="deductible")
    old = factories.own_code(payer=sent.coverage.payer, by=biller.user, category="cov", text="not covered")
    new = {"of_list": "own", "payer": sent.coverage.payer, "code": "X12", "text": "contract", "category": "ctr"}
    later = factories.date(2027, 1, 1)
    save_reason(None, {**new, "source": "manual 2027", "effective_on": later}, by=biller.user, at=factories.AT)
    assert old.code == "X12"
    page = biller.get(f"/claims/{sent}/eob/")
    assert "X12 not covered coverage" in text(page)
    biller.post(f"/claims/{sent}/eob/", own())
    biller.post(f"/remittances/{Remittance.objects.get().pk}/post/")
    assert Denial.objects.get().cause == "coverage"
