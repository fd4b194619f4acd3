"""The shelf of evidence: documents to send and documents from the payer, and what cannot be had."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from claims.forms.packets import EvidenceForm, UnobtainableForm
from claims.models import EVIDENCE_KINDS, FROM_PAYER, Claim, Denial, Evidence
from claims.proofs.items import BY_KEY
from claims.services import evidence as verbs
from claims.services import shelf, supplements
from claims.views.common import attempt, back, claim_url, form_page
from claims.views.page import claim_or_404, trail
from documentation.kernel.machine import Refused
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.files import EXTENSIONS, serve
from documentation.views.once import acts_once

KINDS = dict(EVIDENCE_KINDS)
TO_SEND = "Its pages go into the packet as pictures, and the cleaned file stands beside them."
AFTER_SENDING = (
    "The claim was sent already. What you add now leaves with a supplement or an appeal; what was sent stays as it was."
)
FOR_THE_FILE = "It is kept with the claim and goes into no packet, unless somebody sends a copy along."
ALONE = (
    " Look that it tells of this patient alone: a scan of several patients is known again only as the same file, not"
    " when it was saved anew."
)


@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def add(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a document on the shelf. `?kind=` says what it is to be, `?back=` where the person came from."""
    claim, now = claim_or_404(pk), timezone.now()
    kind = request.GET.get("kind", "")
    is_payers = kind in FROM_PAYER
    side = {"side": "payer"} if is_payers else {}  # whatever kind is chosen then: the page said that it stays here
    form = _form(request, {"kind": kind if kind in KINDS else ""})

    def verb(values: dict[str, Any]) -> tuple[Evidence, tuple[str, ...]]:
        return verbs.add_evidence(claim, {**values, **side}, values["file"].data, by=request.user, at=now)

    if kept := attempt(form, verb):
        messages.success(request, _said(*kept))
        return redirect(back(request, _shelf(claim)))
    _looked(request, claim)
    lead = FOR_THE_FILE if is_payers else AFTER_SENDING if supplements.sent_packet(claim) else TO_SEND
    title = "Keep a document of the payer" if is_payers else "Add evidence to send"
    return _page(request, form, claim, title=title, lead=lead + ALONE, submit="Put on the shelf")


@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def replace(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a better copy in the place of a document."""
    row, now = _evidence(pk), timezone.now()
    claim = claim_or_404(row.claim_id)
    known = {"kind": row.kind, "title": row.title, "came_from": row.came_from, "dated_on": row.dated_on}
    form = _form(request, known)

    def verb(values: dict[str, Any]) -> tuple[Evidence, tuple[str, ...]]:
        return shelf.replace_evidence(row, values, values["file"].data, by=request.user, at=now)

    if kept := attempt(form, verb):
        messages.success(request, f"{_said(*kept)} The one before was taken off; it can be put back.")
        return redirect(back(request, _shelf(claim)))
    _looked(request, claim)
    lead = f"The new file takes the place of “{row.title}”, which is taken off the shelf and kept.{ALONE}"
    return _page(request, form, claim, title=f"Replace “{row.title}”", lead=lead, submit="Replace it")


def _form(request: SignedInRequest, known: dict[str, Any]) -> EvidenceForm:
    return EvidenceForm(request.POST, request.FILES) if request.method == "POST" else EvidenceForm(initial=known)


def _said(row: Evidence, notes: tuple[str, ...]) -> str:
    pages = f"{row.pages} page{'s' if row.pages != 1 else ''}"
    where = "lies on the shelf" if row.side == "send" else "is kept among what the payer sent"
    return " ".join((f"“{row.title}” {where}: {pages}.", *notes))


def _page(request: SignedInRequest, form: EvidenceForm, claim: Claim, **words: str) -> HttpResponse:
    return form_page(
        request, form, back_url=back(request, _shelf(claim)), template="claims/evidence_add.html",
        trail=[*trail(claim), {"label": claim.number, "url": claim_url(claim)}], **words,
    )  # fmt: skip


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a document off the shelf."""
    row = _evidence(pk)
    verbs.remove_evidence(row, by=request.user, at=timezone.now())
    messages.success(request, f"“{row.title}” was taken off the shelf. You can put it back below.")
    return redirect(back(request, _shelf(row.claim)))


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def restore(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a document back."""
    row = _evidence(pk)
    verbs.restore_evidence(row, by=request.user, at=timezone.now())
    messages.success(request, f"“{row.title}” lies on the shelf again.")
    return redirect(back(request, _shelf(row.claim)))


@require_POST
@requires(Permission.CLAIM_PREPARE)
@refusals_become_pages
@acts_once
def along(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send a copy of what a payer sent along, or use a document of the visit's other claim here, too."""
    claim, now = claim_or_404(pk), timezone.now()
    source = request.POST.get("source", "")
    kind, _, key = source.partition(":")
    try:
        if kind == "other" and key.isascii() and key.isdigit() and len(key) < 18:
            row = shelf.use_here(claim, int(key), by=request.user, at=now)
        elif kind == "visit" and key.isascii() and key.isdigit() and len(key) < 18:
            row = shelf.use_of_visit(claim, int(key), by=request.user, at=now)
        else:
            row = shelf.send_along(claim, source, by=request.user, at=now)
    except ValidationError as e:
        raise Refused(" ".join(e.messages)) from e
    messages.success(request, f"“{row.title}” lies among what is to be sent. Take it off to undo this.")
    return redirect(back(request, _shelf(claim)))


@require_safe
@requires(Permission.CLAIM_VIEW)
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """The clean copy of a document, as a download."""
    row = _evidence(pk)
    answer: HttpResponse = serve(
        request,
        row.file,
        permission=_right_to(row),
        name=f"{row.claim.number}-evidence-{row.pk}.{EXTENSIONS.get(row.file.media_type, 'bin')}",
        action="evidence.view",
        subject=row.claim,
        patient=row.claim.encounter.patient,
        download=True,
    )
    return answer


@require_safe
@requires(Permission.CLAIM_VIEW)
def preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """The first page of a document, small."""
    row = _evidence(pk)
    if row.preview is None:
        raise Http404
    answer: HttpResponse = serve(
        request,
        row.preview,
        permission=_right_to(row),
        name=f"{row.claim.number}-evidence-{row.pk}-preview.jpg",
        action="evidence.view",
        subject=row.claim,
        patient=row.claim.encounter.patient,
        variant="preview",
    )
    return answer


# ------------------------------------------------------------------------------------------- what cannot be had


@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def unobtainable(request: SignedInRequest, pk: int, item: str) -> HttpResponse:
    """Say why something that an appeal should enclose cannot be had."""
    denial, wanted = _denial(pk), BY_KEY.get(item)
    if wanted is None or not wanted.can_lack:
        raise Http404
    form = UnobtainableForm(request.POST if request.method == "POST" else None)
    here = back(request, f"{claim_url(denial.claim)}#denials")

    def verb(values: dict[str, Any]) -> object:
        return shelf.mark_unobtainable(denial, item, values["reason"], by=request.user, at=timezone.now())

    if attempt(form, verb):
        messages.success(request, f"{wanted.title}: said not to be obtainable. You can take that back.")
        return redirect(here)
    _looked(request, denial.claim)
    return form_page(
        request, form, title=f"{wanted.title}: not obtainable", submit="Mark as not obtainable", back_url=here,
        template="claims/told.html",
        trail=[{"label": denial.claim.number, "url": f"{claim_url(denial.claim)}#denials"}],
        lead="The checklist then no longer counts it as missing, at every level of this denial. The payer reads nothing"
        " of this.",
    )  # fmt: skip


@require_POST
@requires(Permission.APPEAL_EDIT)
@refusals_become_pages
@acts_once
def obtainable(request: SignedInRequest, pk: int, item: str) -> HttpResponse:
    """Take that back."""
    denial = _denial(pk)
    if item not in BY_KEY and not denial.unobtainable.filter(item=item).exists():
        raise Http404
    shelf.lift_unobtainable(denial, item, by=request.user, at=timezone.now())
    title = BY_KEY[item].title if item in BY_KEY else "It"
    messages.success(request, f"{title}: asked for again.")
    return redirect(back(request, f"{claim_url(denial.claim)}#denials"))


def _denial(pk: int) -> Denial:
    row: Denial = found_or_404(Denial.objects.select_related("claim__encounter__patient"), pk)
    return row


def _evidence(pk: int) -> Evidence:
    row = Evidence.objects.select_related("claim__encounter__patient", "file", "preview").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _right_to(row: Evidence) -> Permission:
    """What the payer sent is for those who see its answers."""
    return Permission.REMITTANCE_VIEW if row.side == "payer" else Permission.CLAIM_VIEW


def _shelf(claim: Claim) -> str:
    return f"{claim_url(claim)}#evidence"


def _looked(request: SignedInRequest, claim: Claim) -> None:
    if request.method == "GET":
        audit.view("claim.view", by=request.user, at=timezone.now(), subject=claim, patient=claim.encounter.patient)
