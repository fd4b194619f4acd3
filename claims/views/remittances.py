"""Remittances: taken in from files or typed from an EOB, looked at, matched, posted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from claims.forms.remittances import EobForm, EobLinesForm, ImportForm, MatchForm, PostForm, line_values
from claims.models import Claim, Remittance, RemittanceClaim
from claims.queries import checks
from claims.queries.checks import STATES
from claims.services import posting
from claims.services import remittances as verbs
from claims.views.common import attempt, status_of
from claims.views.page import claim_or_404
from documentation.kernel.machine import NotPermitted, Refusal, Refused
from documentation.kernel.permissions import Permission
from documentation.models import StoredFile
from documentation.services import audit, files
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.files import EXTENSIONS, serve
from documentation.views.once import acts_once
from documentation.views.work import at_practice

SHOWN = 50
SALT = "eob-scan"
TRAIL = {"label": "Remittances", "url": "/remittances/"}


# --- The list and the files ---------------------------------------------------------------------------------------


@requires(Permission.REMITTANCE_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Checks and EOBs by what they wait for."""
    state = request.GET.get("state", "")
    page = Paginator(checks.listed(state), SHOWN).get_page(request.GET.get("page"))
    counts = checks.state_counts()
    rows = [_listed(remittance) for remittance in page]
    audit.view("remittance.list", by=request.user, at=timezone.now(), count=len(rows))
    everything = {"label": "All", "url": reverse("remittance_list"), "current": state not in STATES}
    context = {
        "rows": rows,
        "has_rows": bool(rows),
        "is_empty": not any(counts.values()),
        "unknown": bool(state) and state not in STATES,
        "chips": [
            {**everything, "count": sum(counts.values())},
            *(
                {"label": label, "url": f"?state={key}", "current": state == key, "count": counts[key]}
                for key, (label, _, _) in STATES.items()
            ),
        ],
        "page": _pager(page, {"state": state} if state in STATES else {}) if page.has_other_pages() else None,
        "may_post": request.user.may(Permission.REMITTANCE_POST),
    }
    return at_practice(request, "claims/remittances.html", context)


def _listed(remittance: Remittance) -> dict[str, Any]:
    label, tone, _ = STATES[checks.state_of(remittance)]
    return {"check": remittance, "label": label, "tone": tone}


def _pager(page: Any, kept: dict[str, str]) -> dict[str, str]:
    def url(number: int) -> str:
        return "?" + urlencode({**kept, "page": str(number)})

    return {
        "shown": f"{page.start_index()}–{page.end_index()} of {page.paginator.count:,}",
        "previous": url(page.previous_page_number()) if page.has_previous() else "",
        "next": url(page.next_page_number()) if page.has_next() else "",
    }


@requires(Permission.REMITTANCE_POST)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def take_in(request: SignedInRequest) -> HttpResponse:
    """Take 835 files in, each by itself: a bad one stops no other, and nothing is posted yet."""
    form = ImportForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "GET" or not form.is_valid():
        return render(
            request, "claims/remittance_import.html", {"form": form, "trail": [TRAIL]}, status=status_of(form)
        )
    taken, refused = [], []
    for file in form.cleaned_data["chosen"]:
        try:
            if file.size > verbs.MOST_BYTES:
                raise Refused("This file is larger than 200 MB. Ask the clearinghouse to split it.")
            taken.append(verbs.import_file(file.read(), file.name, by=request.user, at=timezone.now()))
        except NotPermitted:
            raise
        except Refusal as e:
            refused.append({"name": file.name, "reasons": e.reasons})
    found = [check for imported in taken for check in imported.checks]
    new = [c for c in found if not c.already]
    if refused or len(new) != len(found):
        context = {"form": ImportForm(), "refused": refused, "taken": taken, "trail": [TRAIL]}
        return at_practice(request, "claims/remittance_import.html", context, 422 if refused else 200)
    messages.success(request, _taken_words(len(new)))
    if len(new) == 1:
        return redirect("remittance_page", new[0].remittance.pk)
    return redirect("remittance_list")


def _taken_words(count: int) -> str:
    if count == 1:
        return "The check is taken in. Look at what it says, then post it."
    return f"{count} checks are taken in. Look at each, then post it."


# --- One check ----------------------------------------------------------------------------------------------------


@requires(Permission.REMITTANCE_VIEW)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """One check with its answers: which claims they belong to, what posting does, whether it all adds up."""
    remittance = _check(pk)
    audit.view("remittance.view", by=request.user, at=timezone.now(), subject=f"check {remittance.pk}")
    return _page(request, remittance)


def _check(pk: int) -> Remittance:
    rows = Remittance.objects.select_related("file__file", "scan", "posted_by", "recorded_by")
    check: Remittance = found_or_404(rows, pk)
    return check


def _page(
    request: SignedInRequest,
    remittance: Remittance,
    *,
    form: PostForm | None = None,
    match: tuple[int, MatchForm] | None = None,
    refusal: tuple[str, ...] = (),
    status: int = 200,
) -> HttpResponse:
    page = Paginator(checks.answers_of(remittance), SHOWN).get_page(request.GET.get("page"))
    state = checks.state_of(remittance)
    may_post = request.user.may(Permission.REMITTANCE_POST)
    label, tone, _ = STATES[state]
    context = {
        "check": remittance,
        "state": state,
        "label": label,
        "tone": tone,
        "answers": [checks.answer(row) for row in page],
        "page": _pager(page, {}) if page.has_other_pages() else None,
        "count": page.paginator.count,
        "unmatched": remittance.answers.filter(claim=None).count(),
        "equations": checks.equations(remittance),
        "findings": remittance.file.findings if remittance.file else [],
        "form": form or PostForm(),
        "match": match,
        "refusal": refusal,
        "may_post": may_post and state == "to_post",
        "may_match": may_post and state != "aside",
        "trail": [TRAIL],
    }
    return at_practice(request, "claims/remittance.html", context, status)


@requires(Permission.REMITTANCE_POST)
@refusals_become_pages
@require_POST
@acts_once
def post(request: SignedInRequest, pk: int) -> HttpResponse:
    """Post one check. A check that is posted already changes nothing and says so."""
    remittance = _check(pk)
    form = PostForm(request.POST)
    if not form.is_valid():
        return _page(request, remittance, form=form, status=422)
    try:
        is_new = posting.post(remittance, by=request.user, at=timezone.now(), reason=form.cleaned_data["reason"])
    except NotPermitted:
        raise
    except Refusal as e:
        return _page(request, _check(pk), form=form, refusal=e.reasons, status=422)
    if is_new:
        messages.success(request, "The check is posted. Its claims say what became of them.")
    else:
        messages.info(request, "This check was posted before. Nothing changed.")
    return redirect("remittance_page", pk)


@requires(Permission.REMITTANCE_POST)
@refusals_become_pages
@require_POST
@acts_once
def match(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say which claim an answer belongs to."""
    answer: RemittanceClaim = found_or_404(RemittanceClaim.objects.all(), pk)
    form = MatchForm(request.POST)

    def verb(values: dict[str, Any]) -> bool:
        verbs.match(answer, values["number"], by=request.user, at=timezone.now())
        return True

    if attempt(form, verb):
        messages.success(request, "The answer is matched.")
        return redirect(reverse("remittance_page", args=[answer.remittance_id]) + f"#answer-{answer.pk}")
    answer.refresh_from_db()
    # An answer that was matched meanwhile has no form to say it in.
    refusal = tuple(map(str, form.non_field_errors())) if answer.claim_id else ()
    return _page(
        request, _check(answer.remittance_id), match=(answer.pk, form), refusal=refusal, status=status_of(form)
    )


@requires(Permission.REMITTANCE_VIEW)
@require_safe
def original(request: SignedInRequest, pk: int) -> HttpResponse:
    """The file or the scan as it came, as a download."""
    remittance = _check(pk)
    file: StoredFile | None = remittance.scan or (remittance.file.file if remittance.file else None)
    if file is None:
        raise Http404
    return serve(
        request,
        file,
        permission=Permission.REMITTANCE_VIEW,
        name=f"remittance-{remittance.pk}.{EXTENSIONS.get(file.media_type, '835')}",
        action="remittance.original",
        subject=f"check {remittance.pk}",
        patient=None,
        download=True,
    )


# --- An EOB on paper ----------------------------------------------------------------------------------------------


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
