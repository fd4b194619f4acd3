"""What was sent, with its proof; and what came back before anybody decided."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from claims.forms.submissions import FilingProofForm, RejectionForm, SubmissionForm
from claims.models import Claim, FilingProof, Packet, Submission
from claims.queries.payers import FOR_CLAIMS, known_of
from claims.services import submissions as verbs
from claims.views.common import attempt, status_of
from claims.views.page import claim_or_404
from documentation.kernel.dates import short_date
from documentation.kernel.permissions import Permission
from documentation.models import StoredFile
from documentation.services import audit, files
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
    packet = claim.packets.filter(kind="claim").first()
    form = sending_form(request, packet, claim)
    seen = packet_seen(request)

    def verb(values: dict[str, Any]) -> Submission:
        return verbs.submit(claim, with_scan(values, now), by=request.user, at=now, seen_packet=seen)

    if attempt(form, verb):
        messages.success(request, f"{claim} is recorded as sent. The packet stays as it was.")
        return redirect(_page(claim))
    if request.method == "GET":
        audit.view("claim.view", by=request.user, at=now, subject=claim, patient=claim.encounter.patient)
    return sending_page(
        request, form, claim, FOR_CLAIMS, packet=packet, title=f"Record {claim} as sent", back_url=_page(claim)
    )


def sending_form(request: SignedInRequest, packet: Packet | None, claim: Claim) -> SubmissionForm:
    """The form as typed, or as far as it is known: today, and the number on the cover."""
    known = {
        "sent_on": claim.encounter.location.today(timezone.now()),
        "control_number": packet.control_number if packet else "",
    }
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return SubmissionForm(*given, initial=known)


def packet_seen(request: SignedInRequest) -> int | None:
    """The key of the packet that the form was opened with; None where it does not tell, a damaged one is no packet."""
    value = request.POST.get("packet", "")
    if not value:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 15 else 0


def with_scan(values: dict[str, Any], now: Any) -> dict[str, Any]:
    """The values of a form for the verb, the scan kept as a file."""
    kept = dict(values)
    scan = kept.pop("proof_scan")
    if scan:
        kept["proof_file"] = files.keep(scan.data, media_type=scan.media_type, at=now)
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
        kept = with_scan(values, now)
        kept["file"] = kept.pop("proof_file", None)
        return verbs.prove(submission, kept, by=request.user, at=now)

    if attempt(form, verb):
        messages.success(request, "The proof is kept with the sending.")
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
    """The file of a proof of filing."""
    row: FilingProof = found_or_404(
        FilingProof.objects.select_related("file", "submission__claim__encounter__patient"), pk
    )
    if row.file is None:
        raise Http404
    claim = row.submission.claim
    return serve(
        request,
        row.file,
        permission=Permission.PACKET_VIEW,
        name=f"{claim}-filed-{row.pk}.{EXTENSIONS.get(row.file.media_type, 'bin')}",
        action="submission.proof",
        subject=claim,
        patient=claim.encounter.patient,
        download=True,
    )


@requires(Permission.PACKET_VIEW)
@require_safe
def proof(request: SignedInRequest, pk: int) -> HttpResponse:
    """The scan of a proof of sending."""
    submission: Submission = found_or_404(
        Submission.objects.select_related("proof_file", "claim__encounter__patient"), pk
    )
    file: StoredFile | None = submission.proof_file
    if file is None:
        raise Http404
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
