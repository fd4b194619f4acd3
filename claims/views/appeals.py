"""Appeals: the tracker by deadline, the letter, the sending, the decision."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims.forms.appeals import OUTCOMES, DecisionForm, LetterForm
from claims.models import Appeal, Submission
from claims.queries import appeals as found
from claims.queries.claims import facts_of
from claims.queries.payers import FOR_APPEALS
from claims.services import appeals as verbs
from claims.services import letters
from claims.services.evidence import enclosed_keys
from claims.services.submissions import send_appeal
from claims.views.common import attempt, seen, status_of
from claims.views.submissions import packet_seen, sending_form, sending_page, with_scan
from claims.workflow import APPEAL, APPEALS_TO_SEND, AppealOutcome, AppealStatus
from documentation.kernel.machine import NotPermitted, NotPossible, Refusal
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.once import acts_once
from documentation.views.work import at_location

SHOWN = 50


@requires(Permission.APPEAL_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Every appeal: the ones to send by their last day, then the sent, then the decided."""
    now = timezone.now()
    stage = request.GET.get("stage", "")
    page = Paginator(found.at_stage(stage), SHOWN).get_page(request.GET.get("page"))
    rows = [_row(appeal, now) for appeal in page]
    counts = found.stage_counts()
    audit.view("appeal.list", by=request.user, at=now, count=len(rows))
    context = {
        "rows": rows,
        "has_rows": bool(rows),
        "is_empty": not any(counts.values()),
        "unknown": bool(stage) and stage not in found.STAGES,
        "chips": [
            {
                "label": "All",
                "url": reverse("appeal_list"),
                "current": stage not in found.STAGES,
                "count": sum(counts.values()),
            },
            *(
                {"label": label, "url": f"?stage={key}", "current": stage == key, "count": counts[key]}
                for key, (label, _) in found.STAGES.items()
            ),
        ],
        "page": _pager(page, stage) if page.has_other_pages() else None,
    }
    return render(request, "claims/appeals.html", context)


def _pager(page: Any, stage: str) -> dict[str, str]:
    def url(number: int) -> str:
        return "?" + urlencode({**({"stage": stage} if stage else {}), "page": str(number)})

    return {
        "shown": f"{page.start_index()}–{page.end_index()} of {page.paginator.count:,}",
        "previous": url(page.previous_page_number()) if page.has_previous() else "",
        "next": url(page.next_page_number()) if page.has_next() else "",
    }


def _row(appeal: Appeal, now: Any) -> dict[str, Any]:
    sent = next(iter(appeal.submissions.all()), None)
    return {
        "appeal": appeal,
        "today": appeal.claim.encounter.location.today(now),
        "is_running": appeal.status in APPEALS_TO_SEND,
        "sent_on": sent.sent_on if sent else None,
        "label": APPEAL.label(appeal.status),
        "tone": APPEAL.tone(appeal.status),
        "outcome": OUTCOMES[AppealOutcome(appeal.outcome)] if appeal.outcome else "",
        "won": appeal.outcome in verbs.OVERTURNED,
    }


@requires(Permission.APPEAL_VIEW)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """One appeal: why, until when, the letter with its receipts, what goes with it, what became of it."""
    appeal: Appeal = found_or_404(found.with_everything(), pk)
    patient = appeal.claim.encounter.patient
    audit.view("appeal.view", by=request.user, at=timezone.now(), subject=appeal, patient=patient)
    return _page(request, appeal)


def _page(
    request: SignedInRequest,
    appeal: Appeal,
    *,
    form: LetterForm | None = None,
    refusal: tuple[str, ...] = (),
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    claim = appeal.claim
    today = claim.encounter.location.today(now)
    letter = letters.letter_of(appeal, today=today)
    is_draft = appeal.status == AppealStatus.DRAFT
    context = {
        "appeal": appeal,
        "claim": claim,
        "denial": appeal.denial,
        "today": today,
        "letter": letter,
        "form": form or LetterForm(initial={"letter": letter.text}),
        "is_draft": is_draft,
        "is_running": appeal.status in APPEALS_TO_SEND,
        "may_edit": is_draft and request.user.may(Permission.APPEAL_EDIT),
        "may_send": appeal.status == AppealStatus.SEALED and request.user.may(Permission.CLAIM_SUBMIT),
        "may_decide": appeal.status == AppealStatus.SENT and request.user.may(Permission.APPEAL_EDIT),
        "actions": _actions(appeal, letter, request),
        "label": APPEAL.label(appeal.status),
        "tone": APPEAL.tone(appeal.status),
        "outcome": OUTCOMES[AppealOutcome(appeal.outcome)] if appeal.outcome else "",
        "won": appeal.outcome in verbs.OVERTURNED,
        "enclosures": letters.enclosures(facts_of(claim, today=today), enclosed_keys(claim)),
        "submissions": list(appeal.submissions.all()),
        "history": found.history(appeal),
        "refusal": refusal,
        "trail": [
            {"label": "Appeals", "url": reverse("appeal_list")},
            {"label": claim.number, "url": reverse("claim_page", args=[claim.pk]) + "#denials"},
        ],
    }
    return at_location(request, claim.encounter, "claims/appeal.html", context, status)


def _actions(appeal: Appeal, letter: letters.Letter, request: SignedInRequest) -> list[Any]:
    """Steps without a form of their own: seal, edit again, withdraw."""
    offered = APPEAL.actions(appeal.status, request.user.permissions, letter)
    return [a for a in offered if a.transition.name in ("seal", "edit", "withdraw")]


@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def step(request: SignedInRequest, pk: int) -> HttpResponse:
    """Seal, edit again or withdraw."""
    appeal: Appeal = found_or_404(found.with_everything(), pk)
    now = timezone.now()
    name = request.POST.get("transition", "")
    try:
        if name == "seal":
            letters.seal(appeal, by=request.user, at=now)
            said = "The appeal is sealed. Next: send it, and record how."
        elif name == "edit":
            letters.edit_again(appeal, by=request.user, at=now)
            said = "The letter can be changed again. What was sealed is kept."
        elif name == "withdraw":
            verbs.withdraw(appeal, by=request.user, at=now)
            said = "The appeal is withdrawn; the denial is open again."
        else:
            raise NotPossible("There is no such step. Look at the page again.")
    except NotPermitted:
        raise
    except Refusal as e:
        status = 409 if isinstance(e, NotPossible) else 422
        return _page(request, found_or_404(found.with_everything(), pk), refusal=e.reasons, status=status)
    messages.success(request, said)
    return redirect("appeal_page", pk)


@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@require_POST
@acts_once
def letter(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep the letter as edited; an empty one brings the draft back."""
    appeal: Appeal = found_or_404(found.with_everything(), pk)
    form = LetterForm(request.POST)
    now = timezone.now()
    today = appeal.claim.encounter.location.today(now)

    def verb(values: dict[str, Any]) -> Appeal:
        text = values["letter"].replace("\r\n", "\n").strip()
        if text == letters.letter_of(appeal, today=today).text.strip():
            return appeal
        return verbs.save_letter(appeal, text, by=request.user, at=now, seen=seen(request))

    if attempt(form, verb):
        messages.success(request, "The letter is saved.")
        return redirect(reverse("appeal_page", args=[pk]) + "#letter")
    now_it_is = found_or_404(found.with_everything(), pk)
    # Where the letter is sealed there is no form to say it in.
    refusal = () if now_it_is.status == AppealStatus.DRAFT else tuple(map(str, form.non_field_errors()))
    return _page(request, now_it_is, form=form, refusal=refusal, status=status_of(form))


@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def send(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record that the sealed appeal was sent."""
    appeal: Appeal = found_or_404(found.with_everything(), pk)
    now = timezone.now()
    form = sending_form(request, appeal.packet, appeal.claim)
    seen_packet = packet_seen(request)

    def verb(values: dict[str, Any]) -> Submission:
        return send_appeal(appeal, with_scan(values, now), by=request.user, at=now, seen_packet=seen_packet)

    if attempt(form, verb):
        messages.success(request, "The appeal is recorded as sent. Next: the payer's decision.")
        return redirect("appeal_page", pk)
    if request.method == "GET":
        patient = appeal.claim.encounter.patient
        audit.view("appeal.view", by=request.user, at=now, subject=appeal, patient=patient)
    here = reverse("appeal_page", args=[pk])
    return sending_page(
        request,
        form,
        appeal.claim,
        FOR_APPEALS,
        packet=appeal.packet,
        title=f"Record appeal {appeal.level} of {appeal.claim} as sent",
        back_url=here,
    )


@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record how the payer decided."""
    appeal: Appeal = found_or_404(found.with_everything(), pk)
    now = timezone.now()
    form = DecisionForm(request.POST if request.method == "POST" else None, instance=appeal)
    if attempt(form, lambda values: verbs.decide(appeal, values, by=request.user, at=now)):
        messages.success(request, f"The decision is recorded: {OUTCOMES[AppealOutcome(appeal.outcome)].lower()}.")
        return redirect("appeal_page", pk)
    if request.method == "GET":
        patient = appeal.claim.encounter.patient
        audit.view("appeal.view", by=request.user, at=now, subject=appeal, patient=patient)
    context = {
        "form": form,
        "title": f"Decision on appeal {appeal.level} of {appeal.claim}",
        "submit": "Record the decision",
        "lead": f"Denied were ${appeal.denial.amount:,.2f}. At most this can be recovered.",
        "back_url": reverse("appeal_page", args=[pk]),
    }
    return render(request, "claims/told.html", context, status=status_of(form))
