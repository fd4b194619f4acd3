"""What was sent, with its proof; and what came back before anybody decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from claims.channels.seen import AS_IT_IS
from claims.channels.seen import BY_KEY as CHANNELS
from claims.forms.submissions import FilingProofForm, RejectionForm, SubmissionForm
from claims.models import Claim, FilingProof, Packet, Submission
from claims.queries.payers import FOR_CLAIMS, known_of
from claims.services import submissions as verbs
from claims.services.scans import keep
from claims.views.common import asked_for, attempt, status_of, tell_left_out
from claims.views.page import claim_or_404
from claims.ways import way_of
from documentation.kernel.dates import short_date
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.files import EXTENSIONS, serve
from documentation.views.once import acts_once


@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def submit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record that the packet of a claim was sent."""
    now = timezone.now()
    claim = claim_or_404(pk)
    left = _left(request, claim)
    packet = left or claim.packets.filter(kind="claim").first()
    form = sending_form(request, packet, claim)
    seen = packet_seen(request)

    def verb(values: dict[str, Any]) -> Submission:
        return verbs.submit(claim, with_scan(values, at=now), by=request.user, at=now, seen_packet=seen, left=left)

    if attempt(form, verb):
        messages.success(request, f"{claim} is recorded as sent. The packet stays as it was.")
        tell_left_out(request, form.cleaned_data["proof_scan"])
        return redirect(_page(claim))
    if request.method == "GET":
        audit.view("claim.view", by=request.user, at=now, subject=claim, patient=claim.encounter.patient)
    return sending_page(
        request, form, claim, FOR_CLAIMS,
        packet=packet, has_left=left is not None, title=f"Record {claim} as sent", back_url=_page(claim),
    )  # fmt: skip


def _left(request: SignedInRequest, claim: Claim) -> Packet | None:
    """The packet of which a person says that it left before (`?left=` its key)."""
    key = request.GET.get("left", "")
    if not key:
        return None
    rows = claim.packets.filter(kind="claim")
    found = rows.filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 15 else None
    if found is None:
        raise Http404
    return found


def has_left(request: SignedInRequest) -> bool:
    """Whether a person says of an appeal or a supplement that it left before anything changed."""
    return request.GET.get("left") == "1"


def sending_form(request: SignedInRequest, packet: Packet | None, claim: Claim) -> SubmissionForm:
    """The form as typed, or as far as it is known: today, and the number on the cover."""
    known: dict[str, Any] = {
        "sent_on": claim.encounter.location.today(timezone.now()),
        "control_number": packet.control_number if packet else "",
    }
    if packet and packet.channel != AS_IT_IS and packet.channel in CHANNELS:
        known["channel"] = CHANNELS[packet.channel].way
    if (way := way_of(request.GET.get("way", ""))) and way.is_by_hand:
        known |= {"channel": way.channel, "proof": way.proofs[0]}
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return SubmissionForm(*given, initial=known)


def packet_seen(request: SignedInRequest) -> int | None:
    """The key of the packet that the form was opened with; None where it does not tell, a damaged one is no packet."""
    value = request.POST.get("packet", "")
    if not value:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 15 else 0


def with_scan(values: dict[str, Any], *, at: datetime, file: str = "proof_file") -> dict[str, Any]:
    """The values of a form for the verb, the scan kept as a clean copy, under `file`, beside what came."""
    kept = dict(values)
    scan = kept.pop("proof_scan")
    if scan:
        both = keep(scan, at=at)
        kept |= {file: both.file, "original": both.original}
    return kept


def sending_page(
    request: SignedInRequest, form: SubmissionForm, claim: Claim, keys: tuple[str, ...], **context: Any
) -> HttpResponse:
    """The form of a sending on a page of its own, with what the payer's playbook says under `keys`."""
    plan, today = claim.coverage, claim.encounter.location.today(timezone.now())
    context |= {"form": form, "submit": "Record as sent", "known": known_of(plan.payer, plan.plan_name, keys, today)}
    return render(request, "claims/sending.html", context, status=status_of(form))


@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
@require_POST
@acts_once
def accept(request: SignedInRequest, pk: int) -> HttpResponse:
    """The payer took the claim in."""
    claim = claim_or_404(pk)
    verbs.accept(claim, by=request.user, at=timezone.now())
    messages.success(request, f"{claim} is accepted. Next: the payer's answer.")
    return redirect(_page(claim))


@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def reject(request: SignedInRequest, pk: int) -> HttpResponse:
    """The claim came back before adjudication."""
    claim = claim_or_404(pk)
    form = RejectionForm(request.POST if request.method == "POST" else None)

    def verb(values: dict[str, Any]) -> bool:
        verbs.reject(claim, values["reason"], by=request.user, at=timezone.now())
        return True

    if attempt(form, verb):
        messages.success(request, f"{claim} is rejected. Mend what the reason names, then send it again.")
        return redirect(_page(claim))
    context = {
        "form": form,
        "title": f"{claim} was rejected",
        "submit": "Record the rejection",
        "lead": "Rejected means that it came back before anybody decided on it. It is no denial and starts no appeal.",
        "back_url": _page(claim),
    }
    return render(request, "claims/told.html", context, status=status_of(form))


@requires(Permission.CLAIM_SUBMIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def prove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep what proves that a sending arrived."""
    submission: Submission = found_or_404(
        Submission.objects.select_related("claim__encounter__patient", "claim__encounter__location"), pk
    )
    now, claim = timezone.now(), submission.claim
    initial = {"received_on": claim.encounter.location.today(now)}
    is_sent = request.method == "POST"
    form = FilingProofForm(request.POST if is_sent else None, request.FILES if is_sent else None, initial=initial)

    def verb(values: dict[str, Any]) -> FilingProof:
        return verbs.prove(submission, with_scan(values, at=now, file="file"), by=request.user, at=now)

    if attempt(form, verb):
        messages.success(request, "The proof is kept with the sending.")
        tell_left_out(request, form.cleaned_data["proof_scan"])
        return redirect(_page(claim))
    context = {
        "form": form,
        "title": f"Proof that {claim} arrived",
        "submit": "Keep the proof",
        "lead": f"Sent on {short_date(submission.sent_on)} by {submission.get_channel_display().lower()}. The proof"
        " answers a payer that says that the claim came too late, or never.",
        "back_url": _page(claim),
        "trail": [{"label": claim.number, "url": _page(claim)}],
    }
    return render(request, "claims/sending.html", context, status=status_of(form))


@requires(Permission.PACKET_VIEW)
@require_safe
def filing_proof(request: SignedInRequest, pk: int) -> HttpResponse:
    """The file of a proof of filing: its clean copy, or as it came."""
    row: FilingProof = found_or_404(
        FilingProof.objects.select_related("file", "original", "submission__claim__encounter__patient"), pk
    )
    file, claim = asked_for(request, row.file, row.original), row.submission.claim
    return serve(
        request,
        file,
        permission=Permission.PACKET_VIEW,
        name=f"{claim}-filed-{row.pk}.{EXTENSIONS.get(file.media_type, 'bin')}",
        action="submission.proof",
        subject=claim,
        patient=claim.encounter.patient,
        download=True,
    )


@requires(Permission.PACKET_VIEW)
@require_safe
def proof(request: SignedInRequest, pk: int) -> HttpResponse:
    """The scan of a proof of sending: its clean copy, or as it came."""
    submission: Submission = found_or_404(
        Submission.objects.select_related("proof_file", "original", "claim__encounter__patient"), pk
    )
    file = asked_for(request, submission.proof_file, submission.original)
    return serve(
        request,
        file,
        permission=Permission.PACKET_VIEW,
        name=f"{submission.claim}-proof-{submission.pk}.{EXTENSIONS.get(file.media_type, 'bin')}",
        action="submission.proof",
        subject=submission.claim,
        patient=submission.claim.encounter.patient,
        download=True,
    )


def _page(claim: Claim) -> str:
    return reverse("claim_page", args=[claim.pk]) + "#sending"
