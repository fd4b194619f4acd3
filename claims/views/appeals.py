"""Appeals: the tracker by deadline, the letter, the sending, the decision."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims.channels.seen import AS_IT_IS
from claims.forms.appeals import OUTCOMES, DecisionForm, LetterForm, NextLevelForm
from claims.models import Appeal, Submission
from claims.packet.letter.head import NO_EXTERNAL_ADDRESS
from claims.queries import appeals as found
from claims.queries.agenda import leaving
from claims.queries.appeal_rules import load_lags
from claims.queries.claims import facts_of
from claims.queries.deadlines import kept_deadline
from claims.queries.letters import addressee_of, changed_since_sealed, title_of
from claims.queries.packets import changed_words
from claims.queries.payers import keys_of_appeal
from claims.queries.proofs import Proofs, proofs_of
from claims.queries.ways import still_denied
from claims.services import appeals as verbs
from claims.services import letters
from claims.services.evidence import enclosed_keys
from claims.services.submissions import send_appeal
from claims.views.common import attempt, page_of, seen, status_of, tell_left_out
from claims.views.submissions import has_left, packet_seen, sending_form, sending_page, with_scan
from claims.workflow import APPEAL, APPEALS_TO_SEND, AppealOutcome, AppealStatus
from documentation.kernel.machine import NotPermitted, NotPossible, Refusal
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once
from documentation.views.work import at_location

SHOWN = 50


@requires(Permission.APPEAL_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Every appeal: the ones to send by their last day, then the sent, then the decided."""
    now = timezone.now()
    stage = request.GET.get("stage", "")
    # The latest date of any location: nothing comes up later than it should.
    today = max((place.today(now) for place in around(request).locations), default=now.date())
    counts = found.stage_counts(today)
    total = counts[stage] if stage in found.STAGES else _all(counts)
    page = page_of(found.at_stage(stage, today), SHOWN, total, request.GET.get("page"))
    rows = [_row(appeal, now) for appeal in page]
    audit.view("appeal.list", by=request.user, at=now, count=len(rows))
    context = {
        "rows": rows,
        "has_rows": bool(rows),
        "is_empty": not _all(counts),
        "unknown": bool(stage) and stage not in found.STAGES,
        "chips": [
            {
                "label": "All",
                "url": reverse("appeal_list"),
                "current": stage not in found.STAGES,
                "count": _all(counts),
            },
            *(
                {"label": label, "url": f"?stage={key}", "current": stage == key, "count": counts[key]}
                for key, (label, _) in found.STAGES.items()
            ),
        ],
        "page": _pager(page, stage) if page.has_other_pages() else None,
    }
    return render(request, "claims/appeals.html", context)


def _all(counts: dict[str, int]) -> int:
    """How many appeals there are; those without a decision in time are among those that wait."""
    return sum(n for key, n in counts.items() if key != found.OVERDUE)


def _pager(page: Any, stage: str) -> dict[str, str]:
    def url(number: int) -> str:
        return "?" + urlencode({**({"stage": stage} if stage else {}), "page": str(number)})

    return {
        "shown": f"{page.start_index()}–{page.end_index()} of {page.paginator.count:,}",
        "previous": url(page.previous_page_number()) if page.has_previous() else "",
        "next": url(page.next_page_number()) if page.has_next() else "",
    }


def _row(appeal: Appeal, now: Any) -> dict[str, Any]:
    return {
        "appeal": appeal,
        "today": appeal.claim.encounter.location.today(now),
        "is_running": appeal.status in APPEALS_TO_SEND,
        "sent_on": appeal.sent_on,  # type: ignore[attr-defined]  # annotated
        "title": title_of(appeal),
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
    runs = appeal.status in APPEALS_TO_SEND
    clock = leaving(claim, kept_deadline(appeal), today, load_lags()) if runs else None
    proofs = proofs_of(appeal, letter, today=today)
    changed = changed_since_sealed(appeal) if appeal.status == AppealStatus.SEALED else ()
    context = {
        "appeal": appeal,
        "claim": claim,
        "denial": appeal.denial,
        "today": today,
        "letter": letter,
        "form": form or LetterForm(initial={"letter": letter.text}),
        "is_draft": is_draft,
        "is_running": runs,
        "clock": clock,
        "may_edit": is_draft and request.user.may(Permission.APPEAL_EDIT),
        "changed": changed_words(appeal.packet, changed) if appeal.packet else "",
        "may_record_left": appeal.status == AppealStatus.SEALED
        and bool(changed)
        and request.user.may(Permission.CLAIM_SUBMIT),
        "may_send": appeal.status == AppealStatus.SEALED and not changed and request.user.may(Permission.CLAIM_SUBMIT),
        "may_decide": appeal.status == AppealStatus.SENT and request.user.may(Permission.APPEAL_EDIT),
        "proofs": proofs,
        "may_add": request.user.may(Permission.CLAIM_PREPARE) and appeal.status in APPEALS_TO_SEND,
        "although": request.POST.get("although", ""),
        "channel": request.POST.get("channel", ""),
        "actions": _actions(appeal, letter, request, proofs),
        "label": APPEAL.label(appeal.status),
        "tone": APPEAL.tone(appeal.status),
        "outcome": OUTCOMES[AppealOutcome(appeal.outcome)] if appeal.outcome else "",
        "won": appeal.outcome in verbs.OVERTURNED,
        "enclosures": letters.enclosures(facts_of(claim, today=today), enclosed_keys(claim)),
        "submissions": list(appeal.submissions.all()),
        "history": found.history(appeal),
        "refusal": refusal,
        "title": title_of(appeal),
        "missing": [(gap, *_where(appeal, gap)) for gap in letter.gaps] if is_draft else [],
        "doubt": addressee_of(appeal).doubt(today) if runs else "",
        "next": _next(appeal, letter, bool(changed), today),
        "is_past": appeal.status == AppealStatus.SEALED and appeal.due_on < today,
        "levels": found.levels(appeal),
        "may_go_on": appeal.status == AppealStatus.SENT
        and request.user.may(Permission.APPEAL_EDIT)
        and not found.has_higher(appeal),
        "trail": [
            {"label": "Appeals", "url": reverse("appeal_list")},
            {"label": claim.number, "url": reverse("claim_page", args=[claim.pk]) + "#denials"},
        ],
    }
    return at_location(request, claim.encounter, "claims/appeal.html", context, status)


def _trail(appeal: Appeal) -> list[dict[str, str]]:
    """From a form of an appeal back to it."""
    here = {"label": f"{title_of(appeal)} of {appeal.claim.number}", "url": reverse("appeal_page", args=[appeal.pk])}
    return [{"label": "Appeals", "url": reverse("appeal_list")}, here]


def _where(appeal: Appeal, gap: str) -> tuple[str, str]:
    """Where what a letter lacks is mended: an address and its words."""
    if "payer is not recorded" in gap or gap == NO_EXTERNAL_ADDRESS:
        return reverse("payer_page", args=[appeal.claim.coverage.payer_id]), "Write it down"
    if "authorization, with its date" in gap:
        return reverse("evidence_add", args=[appeal.claim_id]), "Lay it on the shelf"
    if gap.startswith("Why you decided so"):
        return "#letter", "Quote it in the letter"
    return "#letter", "Fill it in"


def _next(appeal: Appeal, letter: letters.Letter, has_changed: bool, today: date) -> str:
    """The one next step, in words."""
    if appeal.status == AppealStatus.DRAFT:
        gaps = len(letter.gaps)
        return f"Fill {gaps} gap{'' if gaps == 1 else 's'}" if gaps else "Read the letter, then seal it"
    if appeal.status == AppealStatus.SEALED:
        return "Seal it again" if has_changed else "Send it, and record how"
    if appeal.status == AppealStatus.SENT:
        is_over = appeal.decide_by and appeal.decide_by < today
        return "Ask the payer" if is_over else "Wait for the decision"
    return "Nothing is left to do" if appeal.status == AppealStatus.WITHDRAWN else "It is decided"


def _actions(appeal: Appeal, letter: letters.Letter, request: SignedInRequest, proofs: Proofs) -> list[Any]:
    """Steps without a form of their own: seal, edit again, withdraw. What needs a reason is sealed beside its field."""
    offered = APPEAL.actions(appeal.status, request.user.permissions, letter)
    steps = [a for a in offered if a.transition.name in ("seal", "edit", "withdraw")]
    return [a for a in steps if not (a.transition.name == "seal" and a.is_open and proofs.needs_reason)]


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
            way, although = request.POST.get("channel") or AS_IT_IS, request.POST.get("although", "")
            letters.seal(appeal, channel=way, although=although, by=request.user, at=now)
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
        kept = with_scan(values, at=now)
        return send_appeal(appeal, kept, by=request.user, at=now, seen_packet=seen_packet, has_left=has_left(request))

    if attempt(form, verb):
        messages.success(request, "The appeal is recorded as sent. Next: the payer's decision.")
        tell_left_out(request, form.cleaned_data["proof_scan"])
        return redirect("appeal_page", pk)
    if request.method == "GET":
        patient = appeal.claim.encounter.patient
        audit.view("appeal.view", by=request.user, at=now, subject=appeal, patient=patient)
    here = reverse("appeal_page", args=[pk])
    return sending_page(
        request,
        form,
        appeal.claim,
        keys_of_appeal(appeal.stage),
        packet=appeal.packet,
        has_left=has_left(request),
        title=f"Record appeal {appeal.level} of {appeal.claim} as sent",
        back_url=here,
    )


@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def next_level(request: SignedInRequest, pk: int) -> HttpResponse:
    """Start the level after one that was sent and is not decided, with the reason."""
    appeal: Appeal = found_or_404(found.with_everything(), pk)
    now = timezone.now()
    form = NextLevelForm(request.POST if request.method == "POST" else None)
    made = attempt(form, lambda v: verbs.open_appeal(appeal.denial, by=request.user, at=now, because=v["because"]))
    if made:
        messages.success(request, f"Level {made.level} is started. The appeal before it still waits for its decision.")
        return redirect("appeal_page", made.pk)
    if request.method == "GET":
        patient = appeal.claim.encounter.patient
        audit.view("appeal.view", by=request.user, at=now, subject=appeal, patient=patient)
    context = {
        "form": form,
        "title": f"Start level {appeal.level + 1} before level {appeal.level} is decided",
        "submit": "Start it",
        "lead": "As a rule the next level waits for the decision. The reason stays with the new appeal.",
        "back_url": reverse("appeal_page", args=[pk]),
        "trail": _trail(appeal),
    }
    return render(request, "claims/told.html", context, status=status_of(form))


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
        "lead": f"${still_denied(appeal.denial):,.2f} is still denied. At most this can be recovered.",
        "back_url": reverse("appeal_page", args=[pk]),
        "trail": _trail(appeal),
    }
    return render(request, "claims/told.html", context, status=status_of(form))
