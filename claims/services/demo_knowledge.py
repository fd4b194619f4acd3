"""Writing down what the demo practice knows of its payers, and what it asked of them beforehand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from claims.demo.knowledge import learned
from claims.models import Authorization, CodeMapping, Payer, PlaybookFact
from claims.playbook import POLICY_KEYS
from claims.services.codes import save_mapping
from claims.services.coverage import save_authorization
from claims.services.payers import record_fact
from documentation.models import User


def write_down(today: date, *, by: User, at: datetime) -> None:
    """Facts of the playbook with the day on which each was learned; then what was authorized."""
    if PlaybookFact.objects.exclude(key__in=POLICY_KEYS).exists():
        return  # an earlier run did
    payers = {p.payer_id: p for p in Payer.objects.all()}
    for fact in learned():
        if payer := payers.get(fact.payer_id):
            record_fact(payer, fact.key, fact.values(today), by=by, at=at)
    _authorizations(today, by=by, at=at)
    _code(today, by=by, at=at)


def _authorizations(today: date, *, by: User, at: datetime) -> None:
    """On one plan: a permission with units left, one that has expired, and an estimate beside them."""
    current = Authorization.objects.filter(kind="prior_authorization", status="approved").order_by("-valid_to").first()
    if current is None:
        return
    save_authorization(current.coverage, current, {"units": 2}, by=by, at=at)
    common = {"codes": ["D0371"], "status": "approved"}
    asked_on = today - timedelta(days=420)
    over = {
        "kind": "prior_authorization",
        "number": "PA-0417",
        "units": 1,
        "requested_on": asked_on,
        "decided_on": asked_on + timedelta(days=9),
        "valid_from": asked_on + timedelta(days=9),
        "valid_to": asked_on + timedelta(days=99),
        "note": "Not used: the patient was ill.",
    }
    save_authorization(current.coverage, None, common | over, by=by, at=at)
    estimate = {"kind": "predetermination", "number": "PD-2231", "requested_on": today - timedelta(days=60)}
    save_authorization(current.coverage, None, common | estimate, by=by, at=at)


def _code(today: date, *, by: User, at: datetime) -> None:
    """One medical code that a payer was asked about; the others stay to be verified."""
    payer = Payer.objects.filter(line="medical").first()
    if payer is None or CodeMapping.objects.exists():
        return
    asked_on = today - timedelta(days=40)
    told = {
        "payer": payer,
        "cdt": "D0371",
        "code": "42660",
        "interventions": ["hydrostatic_dilation", "balloon_dilation"],
        "diagnoses": ["K11.8"],
        "caveat": "Paid once a day; the endoscopy is part of it.",
        "source": "Provider line, call SP-2231",
        "effective_on": date(asked_on.year, 1, 1),
        "verified_on": asked_on,
    }
    save_mapping(None, told, by=by, at=at)
