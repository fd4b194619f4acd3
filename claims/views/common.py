"""What the screens of getting paid share: forms that act, where they lead back to, and addresses of the other pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from claims.forms.base import Told
from claims.models import Claim
from claims.services.scans import Scan
from documentation.kernel.machine import NotPossible, Refused
from documentation.models import Encounter, Patient, StoredFile

T = TypeVar("T")
Trail = Iterable[dict[str, str]]


def attempt(form: Told, verb: Callable[[dict[str, Any]], T]) -> T | None:
    """Run a verb with what a form holds. Refusals go back into the form; then, and for an invalid form, None."""
    if not form.is_valid():
        return None
    try:
        return verb(form.cleaned_data)
    except ValidationError as e:
        form.take(e)
    except NotPossible as e:
        form.stale = True
        form.add_error(None, " ".join(e.reasons))
    except Refused as e:
        form.take(ValidationError(list(e.reasons)))
    return None


def tell_left_out(request: HttpRequest, scan: Scan | None) -> None:
    """Tell what was left out of the clean copy of a scan, once it is kept."""
    if scan and scan.notes:
        messages.info(request, " ".join(scan.notes))


def asked_for(request: HttpRequest, file: StoredFile | None, original: StoredFile | None) -> StoredFile:
    """The clean copy of a scan, or with `?as=came` the file as it came. Raises Http404 where it is not kept."""
    found = original if request.GET.get("as") == "came" else file
    if found is None:
        raise Http404
    return found


def page_number(typed: str | None) -> int:
    """The page of a list that an address asks for, whether or not there is such a one; 1 for what is no number."""
    return max(1, int(typed)) if typed and typed.isascii() and typed.isdigit() and len(typed) < 9 else 1


def page_of(rows: Any, shown: int, total: int, asked: str | None) -> Page[Any]:
    """The page of a list that was asked for, where its number of rows is known already: it is not counted again."""
    pages = Paginator(rows, shown)
    pages.__dict__["count"] = total
    return pages.get_page(asked)


def seen(request: HttpRequest) -> int:
    """The revision that the person looked at; a missing or damaged one is older than any."""
    value = request.POST.get("seen", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def owner_seen(request: HttpRequest) -> int | None:
    """Whose a claim was on the page that the person looked at; None is nobody's."""
    value = request.POST.get("owner", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 15 else None


def back(request: HttpRequest, default: str) -> str:
    """Where a page was opened from (`?back=`), if that is a page of ours."""
    url = request.GET.get("back", "")
    return url if url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None) else default


def status_of(form: Told) -> int:
    if not form.is_bound:
        return 200
    return 409 if form.stale else 422


def form_page(
    request: HttpRequest,
    form: Any,
    *,
    title: str,
    back_url: str,
    submit: str = "Save",
    row: Any = None,
    template: str = "claims/form.html",
    **context: Any,
) -> HttpResponse:
    """One form on a page of its own. `row` is what is corrected; a stale form is shown beside its values now."""
    if isinstance(row, Model):
        row.refresh_from_db()
        if form.stale:
            context["differences"] = form.differences(row)
    context |= {"form": form, "title": title, "back_url": back_url, "submit": submit, "row": row}
    return render(request, template, context, status=status_of(form))


def patient_url(patient: Patient) -> str:
    return reverse("patient", args=[patient.pk])


def claim_url(claim: Claim) -> str:
    return reverse("claim_page", args=[claim.pk])


def encounter_url(encounter: Encounter) -> str:
    return reverse("encounter", args=[encounter.pk])


def after_a_step(
    request: HttpRequest, page: str, template: str, context: Callable[[], dict[str, Any]], *, is_under_way: bool
) -> HttpResponse:
    """What a step of long work answers that a page asked for: a script gets the progress anew, and with the last step
    the whole page; a button without a script, the page.
    """
    if "HX-Request" not in request.headers:
        return redirect(page)
    answer = render(request, template, context())
    if not is_under_way:
        answer["HX-Redirect"] = page
    return answer
