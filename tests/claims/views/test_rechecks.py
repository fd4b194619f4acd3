"""The page that checks all claims again: begun with a button, driven by itself, told of when it ended."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from claims.models import RecheckRun
from claims.services.payers import record_fact
from tests import factories as f

AGAIN = reverse("recheck")


def test_a_manager_begins_watches_and_reads_what_was_found(person: Any) -> None:
    manager = person("manager")
    claim = f.claim_at(preparation="ready", by=manager.user)
    told = {"value": "required", "source": "Provider manual", "verified_on": f.SERVICE_DATE}
    record_fact(claim.coverage.payer, "prior_authorization", told, by=manager.user, at=f.AT)
    assert "Say what changed" in manager.post(AGAIN, {"why": ""}).content.decode()
    assert manager.post(AGAIN, {"why": "The playbook"}).status_code == 302
    run = RecheckRun.objects.get()
    watching = manager.get(AGAIN).content.decode()
    assert "<b>0</b> of 1 claim checked" in watching
    assert f'hx-post="{reverse("recheck_go_on", args=[run.pk])}"' in watching
    answer = manager.client.post(reverse("recheck_go_on", args=[run.pk]), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == AGAIN
    found = manager.get(AGAIN).content.decode()
    assert claim.number in found
    assert all(rule in found for rule in run.sent_back.get().rules)
    history = manager.get(reverse("claim_page", args=[claim.pk])).content.decode()
    assert "Back to draft, when all claims were checked again" in history


def test_without_a_script_a_button_goes_on_and_another_stops(person: Any) -> None:
    manager = person("manager")
    f.claim_at(by=manager.user)
    manager.post(AGAIN, {"why": "The playbook"})
    run = RecheckRun.objects.get()
    assert manager.post(reverse("recheck_stop", args=[run.pk])).url == AGAIN
    assert "stopped before its end" in manager.get(AGAIN).content.decode()
    assert manager.post(reverse("recheck_stop", args=[run.pk])).status_code == 409
    assert manager.post(reverse("recheck_go_on", args=[run.pk])).url == AGAIN
    assert RecheckRun.objects.get().checked == 0
