"""Remittances: taken in from files, looked at, matched, posted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from claims.forms.remittances import ImportForm, MatchForm, PostForm
from claims.models import Remittance, RemittanceClaim
from claims.queries import acknowledged, checks, deposits
from claims.queries.checks import STATES
from claims.queries.known_checks import posted_otherwise, twins
from claims.queries.previews import explained
from claims.queries.spots import spots_of
from claims.services import matching, posting
from claims.services import remittances as verbs
from claims.services.acknowledgements import TakenAnswers
from claims.services.payer_files import import_payer_file
from claims.services.sheets import pages_of
from claims.views.common import asked_for, attempt, page_of, status_of
from documentation.kernel.machine import NotPermitted, Refusal, Refused
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.files import EXTENSIONS, serve
from documentation.views.once import acted, acts_once
from documentation.views.work import at_practice

SHOWN = 50
TRAIL = {"label": "Remittances", "url": "/remittances/"}


# --- The list and the files ---------------------------------------------------------------------------------------


@requires(Permission.REMITTANCE_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """Checks and EOBs by what they wait for."""
    state = request.GET.get("state", "")
    counts = checks.state_counts()
    total = counts[state] if state in STATES else sum(counts.values())
    page = page_of(checks.listed(state), SHOWN, total, request.GET.get("page"))
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
        "page": pager(page, {"state": state} if state in STATES else {}) if page.has_other_pages() else None,
        "may_post": request.user.may(Permission.REMITTANCE_POST),
    }
    return at_practice(request, "claims/remittances.html", context)


def _listed(remittance: Remittance) -> dict[str, Any]:
    label, tone, _ = STATES[checks.state_of(remittance)]
    return {"check": remittance, "label": label, "tone": tone}


def pager(page: Any, kept: dict[str, str], name: str = "page") -> dict[str, str]:
    """What the component for pages shows; `name` is that of the page's number in the address."""

    def url(number: int) -> str:
        return "?" + urlencode({**kept, name: str(number)})

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
    """Take 835 files and acknowledgements in, each by itself: a bad one stops no other, and nothing is posted yet."""
    form = ImportForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "GET" or not form.is_valid():
        return render(
            request, "claims/remittance_import.html", {"form": form, "trail": [TRAIL]}, status=status_of(form)
        )
    taken, refused, answered = [], [], []
    for file in form.cleaned_data["chosen"]:
        try:
            if file.size > verbs.MOST_BYTES:
                raise Refused("This file is larger than 200 MB. Ask the clearinghouse to split it.")
            found = import_payer_file(file.read(), file.name, by=request.user, at=timezone.now())
        except NotPermitted:
            raise
        except Refusal as e:
            refused.append({"name": file.name, "reasons": e.reasons})
        else:
            taken += [found.remittance] if found.remittance else []
            answered += [_answers(found.answers, file.name)] if found.answers else []
    checks_taken = [check for imported in taken for check in imported.checks]
    new = [c for c in checks_taken if not c.already]
    if refused or answered or len(new) != len(checks_taken):
        context = {"form": ImportForm(), "refused": refused, "taken": taken, "answered": answered, "trail": [TRAIL]}
        page = at_practice(request, "claims/remittance_import.html", context, 422 if refused else 200)
        return acted(page, reverse("remittance_list") if taken or answered else "")
    messages.success(request, _taken_words(len(new)))
    if len(new) == 1:
        return redirect("remittance_page", new[0].remittance.pk)
    return redirect("remittance_list")


def _answers(said: TakenAnswers, name: str) -> dict[str, Any]:
    """What an acknowledgement said, as its page shows it: each of our claims once, the rejected ones first."""
    return {
        "name": name,
        "kind": said.file.kind,
        "already": said.already,
        "rows": acknowledged.told(said.file),
        "findings": [str(finding) for finding in said.findings],
    }


def _taken_words(count: int) -> str:
    if count == 1:
        return "The check is taken in. Look at what it says, then post it."
    return f"{count} checks are taken in. Look at each, then post it."


# --- One check ----------------------------------------------------------------------------------------------------


@requires(Permission.REMITTANCE_VIEW)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """One check with its answers: which claims they belong to, what posting does, whether it all adds up."""
    remittance = check_or_404(pk)
    audit.view("remittance.view", by=request.user, at=timezone.now(), subject=f"check {remittance.pk}")
    return _page(request, remittance)


def check_or_404(pk: int) -> Remittance:
    """A check with what its page shows of it."""
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
        "answers": explained(remittance, page, at=timezone.now()),
        "page": pager(page, {}) if page.has_other_pages() else None,
        "count": page.paginator.count,
        "unmatched": remittance.answers.filter(checks.waiting()).count(),
        "equations": checks.equations(remittance),
        "deposit": deposits.deposit_of(remittance),
        "besides": deposits.besides_of(remittance),
        "findings": remittance.file.findings if remittance.file else [],
        "spots": spots_of(remittance),
        "scan_pages": pages_of(remittance.scan),
        "former_scans": remittance.former_scans.select_related("replaced_by"),
        "may_change_scan": may_post and remittance.source == "eob" and not remittance.posted_at,
        "form": form or PostForm(),
        "match": match,
        "refusal": refusal,
        "is_unnamed": checks.is_unnamed(remittance),
        "twins": twins(remittance) if state == "to_post" else [],
        "stops": posted_otherwise(remittance) if state == "to_post" and not refusal else (),
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
    remittance = check_or_404(pk)
    form = PostForm(request.POST)
    if not form.is_valid():
        return _page(request, remittance, form=form, status=422)
    try:
        is_new = posting.post(remittance, by=request.user, at=timezone.now(), reason=form.cleaned_data["reason"])
    except NotPermitted:
        raise
    except Refusal as e:
        return _page(request, check_or_404(pk), form=form, refusal=e.reasons, status=422)
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
        matching.match(answer, values["number"], by=request.user, at=timezone.now())
        return True

    if attempt(form, verb):
        messages.success(request, "The answer is matched.")
        return redirect(reverse("remittance_page", args=[answer.remittance_id]) + f"#answer-{answer.pk}")
    answer.refresh_from_db()
    # An answer that was matched meanwhile has no form to say it in.
    refusal = tuple(map(str, form.non_field_errors())) if answer.claim_id else ()
    return _page(
        request, check_or_404(answer.remittance_id), match=(answer.pk, form), refusal=refusal, status=status_of(form)
    )


@requires(Permission.REMITTANCE_VIEW)
@require_safe
def original(request: SignedInRequest, pk: int) -> HttpResponse:
    """The file as it came, or the scan, as its clean copy or as it came: as a download."""
    remittance = check_or_404(pk)
    shown = remittance.scan or (remittance.file.file if remittance.file else None)
    file = asked_for(request, shown, remittance.original)
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
