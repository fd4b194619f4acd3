"""What a claim is that corrects or takes back one that the payer holds: why it is sent, and the payer's number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from claims.codes.denial_causes import PREDETERMINATION_STATUS
from claims.edi.acknowledgements import Outcome
from claims.edi.electronic import Purpose
from claims.models import Acknowledgement, Claim, RemittanceClaim
from claims.workflow import Closing
from documentation.models.among import Keys, among
from documentation.models.together import Prepared


def purpose_of(claim: Claim) -> Purpose:
    """Why a claim is sent, by its state: a void one takes itself back, one that replaces another corrects it."""
    if claim.closing == Closing.VOIDED:
        return Purpose.VOID
    return Purpose.CORRECTED if claim.replaces_id else Purpose.ORIGINAL


def held_by_payer(claim: Claim) -> int | None:
    """The key of the claim that the payer holds and this one is about; None for an original.

    A void one takes back itself, also where it took the place of another.
    """
    purpose = purpose_of(claim)
    if purpose is Purpose.ORIGINAL:
        return None
    return claim.replaces_id if purpose is Purpose.CORRECTED else claim.pk


def payer_controls(claims: Collection[int]) -> dict[int, str]:
    """The payer's own numbers of claims, from their last answers, else from their acknowledgements, by their keys."""
    return controls_from(_controls({"claims": claims}, in_earnest=not settings.EDI_TEST))


@Prepared
def _controls(keys: Mapping[str, Keys], *, in_earnest: bool) -> dict[str, QuerySet[Any]]:
    return asked(keys["claims"], in_earnest=in_earnest)


def controls_from(found: Mapping[str, list[Any]]) -> dict[int, str]:
    """The same from what came of `asked`."""
    controls: dict[int, str] = {}
    for key, number in found["acknowledged"]:
        controls.setdefault(key, number)
    return controls | dict(found["answered"])


def asked(claims: Keys, *, in_earnest: bool) -> dict[str, QuerySet[Any]]:
    """What payers called claims, to be asked for with others. `in_earnest` says whether files leave for payers.

    Only what the payer holds counts: no answer that is not posted or made out to somebody else, no predetermination
    (it has a number of its own), no acknowledgement that rejects, and none of a test where files leave in earnest.
    """
    posted = RemittanceClaim.objects.filter(among("claim", claims), remittance__posted_at__isnull=False)
    theirs = posted.exclude(payer_control="").exclude(remittance__is_foreign=True)
    answered = theirs.exclude(status_code=PREDETERMINATION_STATUS).order_by("pk")
    told = Acknowledgement.objects.filter(among("sent__claim", claims)).exclude(payer_control="")
    if in_earnest:
        told = told.exclude(sent__transmission__is_test=True)
    taken = told.exclude(outcome=Outcome.REJECTED).exclude(sent__purpose=Purpose.PREDETERMINATION)
    return {
        "acknowledged": taken.values_list("sent__claim", "payer_control"),
        "answered": answered.values_list("claim", "payer_control"),
    }


def payer_control_of(claim: Claim) -> str:
    """The payer's own number of a claim; empty where none came."""
    return payer_controls([claim.pk]).get(claim.pk, "")
