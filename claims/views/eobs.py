"""An EOB on paper: typed in beside its scan; and another scan in the place of a bad one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from claims.forms.remittances import EobForm, EobLinesForm, ScanForm, line_values
from claims.models import Claim, ReasonCode
from claims.services import remittances as verbs
from claims.services.scans import KeptScan, keep, replace_scan
from claims.services.sheets import MOST_PAGES, SheetFailed, pages_of, sheet_of
from claims.views.common import asked_for, attempt, status_of, tell_left_out
from claims.views.page import claim_or_404
from claims.views.remittances import TRAIL, check_or_404
from documentation.kernel.permissions import Permission
from documentation.models import StoredFile
from documentation.services import audit, files
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.files import EXTENSIONS, serve
from documentation.views.once import acts_once

SALT = "eob-scan"


@requires(Permission.REMITTANCE_POST)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def eob(request: SignedInRequest, pk: int) -> HttpResponse:
    """Type in the EOB of a claim, beside its scan. It is looked at and posted like any check."""
    claim = claim_or_404(pk)
    if request.method == "GET":
        patient = claim.encounter.patient
        audit.view("claim.view", by=request.user, at=timezone.now(), subject=claim, patient=patient)
        form = EobForm(initial={"paid_on": claim.encounter.location.today(timezone.now())})
        return _eob_page(request, claim, form, EobLinesForm(initial=line_values(claim), prefix="lines"))
    form, lines = EobForm(request.POST, request.FILES), EobLinesForm(request.POST, prefix="lines")
    if request.POST.get("then") == "show":
        return _beside(request, claim, form)
    # Both are asked, so that every sentence is said at once.
    are_valid = [form.is_valid(), lines.is_valid()]
    scan = _scan(request, form)
    if all(are_valid):
        remittance = _typed(request, claim, form, lines, scan)
        if remittance:
            messages.success(request, "The EOB is typed in. Look at what it does, then post it.")
            return redirect("remittance_page", remittance.pk)
    return _eob_page(request, claim, form, lines, scan, status=422)


def _beside(request: SignedInRequest, claim: Claim, form: EobForm) -> HttpResponse:
    """The scan beside what was typed so far; nothing is checked yet but the scan itself."""
    form.is_valid()
    scan, refused = _scan(request, form), form.errors.get("scan")
    known = {k: v for k, v in request.POST.items() if k in form.fields and k != "scan"}
    typed = EobForm(initial=known)
    count = min(int(n), 50) if (n := request.POST.get("lines-TOTAL_FORMS", "")).isascii() and n.isdigit() else 0
    names = EobLinesForm.form().fields
    values = [{k: request.POST.get(f"lines-{i}-{k}", "") for k in names} for i in range(count)] or line_values(claim)
    lines = EobLinesForm(initial=values, prefix="lines")
    return _eob_page(request, claim, typed, lines, scan, 422 if refused else 200, refused_scan=refused)


def _typed(request: SignedInRequest, claim: Claim, form: EobForm, lines: Any, scan: KeptScan | None) -> Any:
    values = {k: v for k, v in form.cleaned_data.items() if k != "scan"}
    both = {"scan": scan.file, "original": scan.original} if scan else {"scan": None}
    try:
        return verbs.type_eob(claim, values, lines.lines(), **both, by=request.user, at=timezone.now())
    except ValidationError as e:
        for sentence in lines.take(e):
            form.add_error(None, sentence)
        form.take(ValidationError({k: v for k, v in e.message_dict.items() if not k.startswith("lines")}))
        return None


def _scan(request: SignedInRequest, form: EobForm) -> KeptScan | None:
    """The scan that came now, or the one that came with an earlier try of the same form."""
    given = form.cleaned_data.get("scan")
    if given:
        tell_left_out(request, given)  # It is kept from now on, whatever becomes of the rest.
        return keep(given, at=timezone.now())
    try:
        return _kept(request.POST.get("kept", ""))
    except Http404:
        return None


def _kept(token: str) -> KeptScan:
    """The scan that a token of the form names. Raises Http404."""
    try:
        file, original = signing.loads(token, salt=SALT, max_age=24 * 3600)
    except (signing.BadSignature, TypeError) as e:  # A form that was opened before names one file.
        raise Http404 from e
    return KeptScan(found_or_404(StoredFile.objects.all(), file), found_or_404(StoredFile.objects.all(), original))


def _eob_page(
    request: SignedInRequest,
    claim: Claim,
    form: EobForm,
    lines: Any,
    scan: KeptScan | None = None,
    status: int = 200,
    *,
    refused_scan: Any = None,
) -> HttpResponse:
    context = {
        "claim": claim,
        "form": form,
        "lines": lines,
        "scan": scan.file if scan else None,
        "pages": pages_of(scan.file if scan else None),
        "own": own_codes(claim),
        "refused_scan": refused_scan,
        "kept": signing.dumps([scan.file.pk, scan.original.pk], salt=SALT) if scan else "",
        "trail": [TRAIL, {"label": claim.number, "url": reverse("claim_page", args=[claim.pk])}],
    }
    return render(request, "claims/eob.html", context, status=status)


def own_codes(claim: Claim) -> list[ReasonCode]:
    """What is written down of the payer's own codes, to choose from while typing."""
    return list(ReasonCode.objects.filter(of_list="own", payer=claim.coverage.payer_id).order_by("code")[:200])


@requires(Permission.REMITTANCE_POST)
@require_safe
def draft_page(request: SignedInRequest, token: str, number: int) -> HttpResponse:
    """A page of a scan that is not part of a remittance yet, as a picture."""
    file = _kept(token).file
    return _page_of(request, file, number, Permission.REMITTANCE_POST, f"scan {file.pk}")


@requires(Permission.REMITTANCE_VIEW)
@require_safe
def scan_page(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """A page of the scan of an EOB, as a picture to look at."""
    check = check_or_404(pk)
    if check.scan is None:
        raise Http404
    return _page_of(request, check.scan, number, Permission.REMITTANCE_VIEW, f"check {check.pk}")


def _page_of(
    request: SignedInRequest, file: StoredFile, number: int, permission: Permission, subject: str
) -> HttpResponse:
    if not 1 <= number <= MOST_PAGES or (number > 1 and file.media_type != "application/pdf"):
        raise Http404
    if file.media_type != "application/pdf":
        return serve(
            request,
            file,
            permission=permission,
            name=f"eob.{EXTENSIONS.get(file.media_type, 'bin')}",
            action="remittance.scan",
            subject=subject,
            patient=None,
        )
    try:
        picture = sheet_of(files.read(file), number)
    except SheetFailed as e:
        raise Http404 from e
    audit.view("remittance.scan", by=request.user, at=timezone.now(), subject=subject, page=number)
    response = HttpResponse(picture, content_type="image/png")
    response["Cache-Control"] = "private, no-store"
    return response


@requires(Permission.REMITTANCE_POST)
@require_safe
def scan(request: SignedInRequest, token: str) -> HttpResponse:
    """A scan that was chosen for an EOB and is not part of a remittance yet, to look at beside the form."""
    file = _kept(token).file
    return serve(
        request,
        file,
        permission=Permission.REMITTANCE_POST,
        name=f"eob.{EXTENSIONS.get(file.media_type, 'bin')}",
        action="remittance.scan",
        subject=f"scan {file.pk}",
        patient=None,
    )


@requires(Permission.REMITTANCE_POST)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def change_scan(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a better scan in the place of the one that came, or add the first one."""
    check, now = check_or_404(pk), timezone.now()
    is_sent = request.method == "POST"
    form = ScanForm(request.POST if is_sent else None, request.FILES if is_sent else None, is_first=check.scan is None)

    def verb(values: dict[str, Any]) -> object:
        return replace_scan(check, keep(values["scan"], at=now), values.get("reason", ""), by=request.user, at=now)

    here = reverse("remittance_page", args=[check.pk])
    if attempt(form, verb):
        messages.success(request, "The scan is kept with the EOB.")
        tell_left_out(request, form.cleaned_data["scan"])
        return redirect(here)
    context = {
        "form": form,
        "title": "Replace the scan" if check.scan else "Add the scan",
        "submit": "Keep this scan",
        "lead": "The scan that is there now stays on the page of the EOB, with your reason. Once the EOB is posted,"
        " its scan cannot be replaced any more."
        if check.scan
        else "Once the EOB is posted, its scan cannot be replaced any more.",
        "back_url": here,
        "trail": [TRAIL, {"label": check.trace or "EOB", "url": here}],
    }
    return render(request, "claims/told.html", context, status=status_of(form))


@requires(Permission.REMITTANCE_VIEW)
@require_safe
def former_scan(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """A scan that was replaced, clean or as it came, as a download. `number` counts them from 1, the oldest first."""
    check = check_or_404(pk)
    scans = list(check.former_scans.select_related("file", "original").order_by("pk"))
    if not 1 <= number <= len(scans):
        raise Http404
    file = asked_for(request, scans[number - 1].file, scans[number - 1].original)
    return serve(
        request,
        file,
        permission=Permission.REMITTANCE_VIEW,
        name=f"remittance-{check.pk}-scan-{number}.{EXTENSIONS.get(file.media_type, 'bin')}",
        action="remittance.former_scan",
        subject=f"check {check.pk}",
        patient=None,
        download=True,
    )
