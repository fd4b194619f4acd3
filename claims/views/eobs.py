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
from claims.models import Claim
from claims.services import remittances as verbs
from claims.services.scans import replace_scan
from claims.views.common import attempt, status_of
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
    # Both are asked, so that every sentence is said at once.
    are_valid = [form.is_valid(), lines.is_valid()]
    scan = _scan(request, form)
    if all(are_valid):
        remittance = _typed(request, claim, form, lines, scan)
        if remittance:
            messages.success(request, "The EOB is typed in. Look at what it does, then post it.")
            return redirect("remittance_page", remittance.pk)
    return _eob_page(request, claim, form, lines, scan, status=422)


def _typed(request: SignedInRequest, claim: Claim, form: EobForm, lines: Any, scan: StoredFile | None) -> Any:
    values = {k: v for k, v in form.cleaned_data.items() if k != "scan"}
    try:
        return verbs.type_eob(claim, values, lines.lines(), scan=scan, by=request.user, at=timezone.now())
    except ValidationError as e:
        for sentence in lines.take(e):
            form.add_error(None, sentence)
        form.take(ValidationError({k: v for k, v in e.message_dict.items() if not k.startswith("lines")}))
        return None


def _scan(request: SignedInRequest, form: EobForm) -> StoredFile | None:
    """The scan that came now, or the one that came with an earlier try of the same form."""
    given = form.cleaned_data.get("scan")
    if given:
        return files.keep(given.data, media_type=given.media_type, at=timezone.now())
    try:
        key = signing.loads(request.POST.get("kept", ""), salt=SALT, max_age=24 * 3600)
    except signing.BadSignature:
        return None
    return StoredFile.objects.filter(pk=key).first()


def _eob_page(
    request: SignedInRequest, claim: Claim, form: EobForm, lines: Any, scan: StoredFile | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "claim": claim,
        "form": form,
        "lines": lines,
        "scan": scan,
        "kept": signing.dumps(scan.pk, salt=SALT) if scan else "",
        "trail": [TRAIL, {"label": claim.number, "url": reverse("claim_page", args=[claim.pk])}],
    }
    return render(request, "claims/eob.html", context, status=status)


@requires(Permission.REMITTANCE_POST)
@require_safe
def scan(request: SignedInRequest, token: str) -> HttpResponse:
    """A scan that was chosen for an EOB and is not part of a remittance yet, to look at beside the form."""
    try:
        key = signing.loads(token, salt=SALT, max_age=24 * 3600)
    except signing.BadSignature as e:
        raise Http404 from e
    file: StoredFile = found_or_404(StoredFile.objects.all(), key)
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
        given = values["scan"]
        kept = files.keep(given.data, media_type=given.media_type, at=now)
        return replace_scan(check, kept, values.get("reason", ""), by=request.user, at=now)

    here = reverse("remittance_page", args=[check.pk])
    if attempt(form, verb):
        messages.success(request, "The scan is kept with the EOB.")
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
    """A scan that was replaced, as a download. `number` counts them from 1, the oldest first."""
    check = check_or_404(pk)
    scans = list(check.former_scans.select_related("file").order_by("pk"))
    if not 1 <= number <= len(scans):
        raise Http404
    row = scans[number - 1]
    return serve(
        request,
        row.file,
        permission=Permission.REMITTANCE_VIEW,
        name=f"remittance-{check.pk}-scan-{number}.{EXTENSIONS.get(row.file.media_type, 'bin')}",
        action="remittance.former_scan",
        subject=f"check {check.pk}",
        patient=None,
        download=True,
    )
