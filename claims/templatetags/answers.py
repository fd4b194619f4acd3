"""What became of a claim after it was sent, as panels of its page: the sending and the denials."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import template

from claims.channels.seen import AS_IT_IS
from claims.channels.seen import BY_KEY as CHANNELS
from claims.codes.adjustments import carc_label
from claims.codes.code_book import OWN_GROUP
from claims.forms.submissions import SubmissionForm
from claims.models import Claim, Denial, RemittanceClaim
from claims.queries import acknowledged
from claims.queries.accounts import account_of, against_giving_up, left_behind
from claims.queries.balances import ZERO, given_up, posted, settled
from claims.queries.billing import told_with
from claims.queries.claims import newer_version
from claims.queries.code_book import book_of_denial, said_by
from claims.queries.deadlines import PERHAPS_LATE, case_of
from claims.queries.evidence import elsewhere, of_visit_unused, received_of, shelf_of, taken_off
from claims.queries.next_plan import next_of
from claims.queries.packets import packets_to_send
from claims.queries.plans import terms_on
from claims.queries.primary import primary_of
from claims.queries.shares import signed_estimate_of
from claims.services.supplements import new_evidence, sent_packet
from claims.ways import WAYS
from claims.workflow import (
    APPEAL,
    APPEALS_TO_SEND,
    CLOSING,
    DENIAL,
    TRANSPORT,
    Adjudication,
    Closing,
    DenialStatus,
    Transport,
)
from documentation.kernel.money import dollars, to_cents
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.rules.predicates import and_joined

register = template.Library()


@register.inclusion_tag("claims/_sending.html", takes_context=True)
def claim_sending(context: template.Context, claim: Claim) -> dict[str, Any]:
    """What was sent, with its proof; the form that records it; what came back before anybody decided."""
    user: User = context["request"].user
    packet = claim.packets.filter(kind="claim").first()
    sent = list(claim.submissions.select_related("packet", "recorded_by").prefetch_related("proofs"))
    written = list(claim.transmitted.select_related("transmission").order_by("-pk")[:20])
    is_open = claim.closing == Closing.OPEN
    to_send = is_open and claim.transport in (Transport.NONE, Transport.REJECTED)
    is_current = claim.pk in packets_to_send([claim]) and newer_version(claim.encounter) is None
    may = user.may(Permission.CLAIM_SUBMIT)
    known = {
        "sent_on": claim.encounter.location.today(context["now"]),
        "control_number": packet.control_number if packet else "",
    }
    if packet and packet.channel != AS_IT_IS and packet.channel in CHANNELS:
        known["channel"] = CHANNELS[packet.channel].way
    return {
        **_surroundings(context),
        "claim": claim,
        "is_shown": bool(sent or written) or (to_send and may and is_current),
        "written": written,
        "acknowledged": acknowledged.answers_on(claim) if written else [],
        "sent": sent,
        "label": TRANSPORT.label(claim.transport),
        "tone": TRANSPORT.tone(claim.transport),
        "packet": packet,
        "ways": [w for w in WAYS if w.is_by_hand],
        "outbox": list(claim.dispatched.filter(is_waiting=True).select_related("dispatch")) if may else [],
        "form": SubmissionForm(initial=known) if to_send and may and is_current else None,
        "may_prove": may and is_open,
        "may_accept": is_open and may and claim.transport == Transport.SENT and claim.adjudication == "none",
        "may_reject": is_open
        and may
        and claim.transport in (Transport.SENT, Transport.ACCEPTED)
        and claim.adjudication == "none",
        "may_type": claim.transport in (Transport.SENT, Transport.ACCEPTED)
        and is_open
        and user.may(Permission.REMITTANCE_POST),
        "rejection": told_with(claim, "claim.reject").get("reason", "")
        if claim.transport == Transport.REJECTED
        else "",
    }


@register.inclusion_tag("claims/_shelf.html", takes_context=True)
def claim_shelf(context: template.Context, claim: Claim) -> dict[str, Any]:
    """What is to be sent with a claim, and apart from it what the payer sent."""
    user: User = context["request"].user
    shelf = shelf_of(claim)
    is_alive = claim.closing != Closing.VOIDED
    was_sent = claim.transport in (Transport.SENT, Transport.ACCEPTED)
    may_build = is_alive and was_sent and user.may(Permission.PACKET_BUILD)
    return {
        **_surroundings(context),
        "claim": claim,
        "shelf": shelf,
        "removed": taken_off(claim),
        "may_receive": user.may(Permission.REMITTANCE_VIEW),
        "received": received_of(claim) if user.may(Permission.REMITTANCE_VIEW) else [],
        "elsewhere": elsewhere(claim) if is_alive and user.may(Permission.CLAIM_PREPARE) else [],
        "of_visit": of_visit_unused(claim) if is_alive and user.may(Permission.CLAIM_PREPARE) else [],
        "may_edit": is_alive and user.may(Permission.CLAIM_PREPARE),
        "fresh": new_evidence(claim, sent_packet(claim)) if may_build else [],
        "if_asked": may_build and new_evidence(claim, sent_packet(claim), was_asked=True),
    }


@register.inclusion_tag("claims/_denials.html", takes_context=True)
def claim_denials(context: template.Context, claim: Claim) -> dict[str, Any]:
    """Every denial of a claim: what the payer said in plain words, why, how much, until when, and what to do."""
    user: User = context["request"].user
    if not user.may(Permission.APPEAL_VIEW):
        return {"denials": []}
    denials = claim.denials.select_related("claim__owner", "packet", "answer__remittance").prefetch_related("appeals")
    today = claim.encounter.location.today(context["now"])
    may_edit = user.may(Permission.APPEAL_EDIT)
    return {
        **_surroundings(context),
        "claim": claim,
        "today": today,
        "user": user,
        "may_edit": may_edit,
        "signed_estimate": signed_estimate_of(claim.encounter) if user.may(Permission.COVERAGE_VIEW) else None,
        "denials": [_told(claim, denial, today, may_edit=may_edit) for denial in denials.order_by("-denied_on", "-pk")],
    }


@register.inclusion_tag("claims/_primary.html")
def claim_primary(claim: Claim) -> dict[str, Any]:
    """What the first plan answered, as the second is told it; nothing for the claim that goes first."""
    if claim.sequence == 1:
        return {"is_shown": False}
    found, terms = primary_of(claim), terms_on(claim.coverage.payer, claim.service_date)
    return {
        "is_shown": True,
        "claim": claim,
        "primary": found,
        "channel": terms.get_cob_as_display() if terms and terms.cob_as != "unknown" else "",
    }


@register.inclusion_tag("claims/_next_plan.html", takes_context=True)
def claim_next_plan(context: template.Context, claim: Claim) -> dict[str, Any]:
    """The plan after this one: what is left for it, its claim, or the step that starts it."""
    user: User = context["request"].user
    may = user.may(Permission.CLAIM_PREPARE)
    return {**_surroundings(context), "claim": claim, "found": next_of(claim), "may_start": may}


@register.inclusion_tag("claims/_balance.html", takes_context=True)
def claim_balance(context: template.Context, claim: Claim) -> dict[str, Any]:
    """What was billed, paid and left of an answered claim, and the step that ends it."""
    user: User = context["request"].user
    answers = posted(claim)
    if not answers:
        return {"is_shown": False}
    found = settled(claim)
    denials = list(claim.denials.exclude(status=DenialStatus.RESOLVED))
    denied, is_open = sum((d.amount for d in denials), ZERO), claim.closing == Closing.OPEN
    is_decided = claim.adjudication not in (Adjudication.NONE, Adjudication.PENDED)
    may = user.may(Permission.REMITTANCE_POST)
    account = account_of(claim) if user.may(Permission.REMITTANCE_VIEW) else None
    holds = account.standing_holds if account else ()
    return {
        **_surroundings(context),
        "is_shown": True,
        "claim": claim,
        "answers": answers if user.may(Permission.REMITTANCE_VIEW) else [],
        "billed": claim.total,
        "given_up": (given := given_up(claim, found)),
        "sees_requests": user.may(Permission.REMITTANCE_VIEW),
        "paid": found.paid,
        "share": found.share,
        "owes": _owes(found.standing),
        "in_part": bool(found.standing) and not found.is_whole,
        # What was given up is told as that; and what is denied or paid, once only.
        "undecided": min(found.undecided, max(claim.total - found.paid - denied, ZERO)) if is_open else ZERO,
        "may_call": user.may(Permission.CLAIM_SUBMIT) and is_open,
        "may_give_up": may and is_open and not given.waiting and not any(h.is_appeal for h in holds),
        "account": account,
        "is_appealed": any(h.is_appeal for h in holds),
        "open": denied,
        "left": left_behind(claim, found) if is_open and is_decided and not denials else None,
        "against": " ".join(against_giving_up(claim, account)) if may and is_open else "",
        "is_over": not is_open,
        "label": CLOSING.label(claim.closing),
        "tone": CLOSING.tone(claim.closing),
        "reason": told_with(claim, "claim.write_off").get("reason", "") if claim.closing == Closing.WRITTEN_OFF else "",
        "may_close": may and is_open and is_decided and not denials and not given.waiting and found.is_whole,
        "may_reopen": may and claim.closing in (Closing.CLOSED, Closing.WRITTEN_OFF),
    }


def _owes(answers: Iterable[RemittanceClaim]) -> str:
    """'$50.00 deductible and $110.00 coinsurance': what answers leave to the patient (group PR), in words."""
    sums: dict[str, int] = {}
    for row in (a for answer in answers for a in answer.adjustments.all()):
        if row.group == "PR":
            sums[row.carc] = sums.get(row.carc, 0) + to_cents(row.amount)
    left = [f"{dollars(cents)} {carc_label(carc) or f'PR-{carc}'}" for carc, cents in sums.items() if cents > 0]
    return and_joined(left) if left else ""


def _told(claim: Claim, denial: Denial, today: date, *, may_edit: bool) -> dict[str, Any]:
    denial.claim = claim
    case = case_of(denial, today)
    is_open = denial.status == DenialStatus.OPEN
    open_appeal = case.appeal
    return {
        "denial": denial,
        "label": DENIAL.label(denial.status),
        "tone": DENIAL.tone(denial.status),
        "words": first_words(denial),
        "codes": said(denial),
        "due": case.due if denial.status != DenialStatus.RESOLVED and not open_appeal else None,
        "appeals": [
            {
                "appeal": a,
                "label": APPEAL.label(a.status),
                "tone": APPEAL.tone(a.status),
                "is_running": a.status in APPEALS_TO_SEND,
            }
            for a in sorted(denial.appeals.all(), key=lambda a: (a.level, a.pk))
        ],
        "open_appeal": open_appeal,
        "is_late": case.due is not None and case.due.day < today,
        "may_ask": may_edit and case.step == PERHAPS_LATE,
        "may_start": may_edit
        and is_open
        and not open_appeal
        and denial.may_appeal
        and (case.due is None or case.due.day >= today),
        "may_resolve": may_edit and is_open and not open_appeal,
        "may_assign": may_edit and denial.status != DenialStatus.RESOLVED,
        "was_changed": denial.cause != denial.machine_cause,
    }


def first_words(denial: Denial) -> str:
    """What the payer said, in plain words, as a sentence's beginning."""
    words = carc_label(denial.carc) if denial.group != OWN_GROUP else ""
    words = words or book_of_denial(denial).label_of(denial.group, denial.carc)
    words = words or "denied with a code that is not in our list"
    return words[:1].upper() + words[1:]


@register.simple_tag(name="denial_codes")
def said(denial: Denial) -> list[dict[str, Any]]:
    """Every code as the payer gave it, with our words and its amount; remark codes have no amount of their own."""
    return said_by(denial, book_of_denial(denial))


def _surroundings(context: template.Context) -> dict[str, Any]:
    return {"once": context.get("once"), "csrf_token": context.get("csrf_token"), "request": context["request"]}
