"""Acknowledgements on the screen: taken in where remittances are, told on the claim's page."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from claims.models import AcknowledgementFile, Claim, Remittance
from claims.services.closing import void
from claims.services.transmissions import Written, write_claims
from documentation.models import User
from tests import factories
from tests.claims import checks
from tests.claims.services.test_acknowledgements import status
from tests.claims.services.test_correcting import decided
from tests.claims.views.conftest import Person
from tests.claims.views.test_dashboard import text


def written(by: User) -> Written:
    return write_claims([factories.sealed_packet(by=by).claim], by=by, at=factories.AT)


def upload(person: Person, *files: tuple[str, bytes]) -> Any:
    chosen = [SimpleUploadedFile(name, data) for name, data in files]
    return person.post("/remittances/import/", {"chosen": chosen})


def test_a_277ca_is_taken_in_beside_a_file_that_is_nothing(biller: Person) -> None:
    file = written(biller.user)
    claim = Claim.objects.get()
    page = upload(biller, ("a.277", status(file, "A7:562:85", "U")), ("b.txt", b"nothing"))
    assert page.status_code == 422
    shown = text(page)
    assert "Rejected, something is wrong: the NPI of the billing provider (A7:562:85)." in shown
    assert "b.txt was not taken in" in shown
    assert (AcknowledgementFile.objects.count(), Remittance.objects.count()) == (1, 0)
    claim.refresh_from_db()
    assert claim.transport == "rejected"
    on_claim = text(biller.get(f"/claims/{claim}/"))
    assert "the NPI of the billing provider" in on_claim
    assert f"claim number in it {claim}" in on_claim


def test_a_file_with_both_is_shown_with_both(biller: Person) -> None:
    data = status(written(biller.user)) + checks.file(checks.check(checks.answer(Claim.objects.get())))
    shown = text(upload(biller, ("both.x12", data)))
    assert "277CA both.x12" in shown
    assert "to look at and post" in shown
    assert (AcknowledgementFile.objects.count(), Remittance.objects.count()) == (1, 1)


def test_the_same_file_again_says_so(biller: Person) -> None:
    data = status(written(biller.user))
    assert "Accepted" in text(upload(biller, ("a.277", data)))
    again = text(upload(biller, ("a.277", data)))
    assert "This file was taken in before. Nothing changed." in again


def test_the_screen_proposes_and_the_biller_starts_the_corrected_claim(biller: Person) -> None:
    old = decided(biller.user)
    page = text(biller.get(f"/claims/{old}/"))
    assert "Correct it. The payer decided on it under its number 26334D000777." in page
    assert biller.post(f"/claims/{old}/correct/", {"reason": " "}).status_code == 422
    answer = biller.post(f"/claims/{old}/correct/", {"reason": "the side"})
    made = Claim.objects.get(replaces=old)
    assert (answer.status_code, answer.url) == (302, f"/claims/{made}/")
    assert f"This claim corrects {old} and goes out with frequency 7." in text(biller.get(f"/claims/{made}/"))
    assert f"replaced by the corrected claim {made}" in text(biller.get(f"/claims/{old}/"))
    assert biller.post(f"/claims/{old}/correct/", {"reason": "again"}).status_code == 409
    void(made, "The payer was right.", by=biller.user, at=factories.AT)
    page = text(biller.get(f"/claims/{made}/"))
    assert f"This claim was to correct {old} and is void." in page
    assert "goes out with frequency" not in page
    assert "The claim has left" not in page
