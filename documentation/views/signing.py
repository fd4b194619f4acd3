"""Signing and adding to what was signed: both ask for the password again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from documentation.facts import EncounterFacts
from documentation.forms.signing import AddendumForm, PasswordForm
from documentation.kernel.machine import NotPermitted, NotPossible, Refusal
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, User
from documentation.queries.prose import outdated
from documentation.queries.reading import parts_of
from documentation.services import audit, signing
from documentation.views.access import refusals_become_pages, requires
from documentation.views.again import has_passkey, is_you
from documentation.views.once import acts_once
from documentation.views.presence import arrive
from documentation.views.work import at_location, record_or_404, section_url, versions_context, work_context


@sensitive_post_parameters("password")
@requires(Permission.ENCOUNTER_EDIT)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """What will be locked, what stands against it, and the password that locks it."""
    encounter = record_or_404(pk)
    if request.method == "POST":
        return _sign(request, encounter)
    if encounter.status != "draft" and encounter.status != "planned":
        return redirect("encounter", pk)
    audit.view(
        "encounter.view",
        by=_user(request),
        at=timezone.now(),
        subject=encounter,
        patient=encounter.patient,
        section="sign",
    )
    return _page(request, encounter, PasswordForm())


def _sign(request: HttpRequest, encounter: Encounter) -> HttpResponse:
    form = PasswordForm(request.POST)
    if not is_you(request, form, "Nothing was signed"):
        return _page(request, encounter, form, 422)
    try:
        signing.sign(encounter, by=_user(request), at=timezone.now(), seen=revision_seen(request))
    except NotPermitted:
        raise
    except Refusal as e:
        status = 409 if isinstance(e, NotPossible) else 422
        return _page(request, record_or_404(encounter.pk), form, status, refused=e.reasons)
    messages.success(request, _done(encounter))
    return redirect("encounter", encounter.pk)


def _done(encounter: Encounter) -> str:
    if encounter.version == 1:
        return "Signed and locked. The claim can now be prepared."
    before = encounter.version - 1
    return f"Version {encounter.version} is signed and locked. It counts from now on; version {before} stays readable."


def revision_seen(request: HttpRequest) -> int:
    """The revision of the record that the page showed; -1, which never fits, when the form does not say."""
    given = request.POST.get("seen", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1


def _page(
    request: HttpRequest, encounter: Encounter, form: PasswordForm, status: int = 200, **more: Any
) -> HttpResponse:
    context = work_context(encounter, timezone.now(), "sign")
    context.update(
        form=form,
        record=parts_of(context["facts"]),
        pictures=list(encounter.images.all()),
        outdated=_outdated(encounter, context["facts"]),
        presence=arrive(request, encounter, "sign"),
        why_not=why_not(_user(request), encounter),
        statement=signing.statement_of(encounter),
        passkey=has_passkey(_user(request)),
        **versions_context(encounter, context["facts"]),
        **more,
    )
    return at_location(request, encounter, "documentation/sign.html", context, status)


def _outdated(encounter: Encounter, facts: EncounterFacts) -> list[dict[str, Any]]:
    """Sentences that were written before something changed, each with the way to its field."""
    return [
        {"told": told, "url": f"{section_url(encounter, field.split('.')[0])}#id_{field.split('.')[1]}"}
        for field, told in outdated(encounter, facts)
    ]


def why_not(user: User, encounter: Encounter) -> str:
    """Why this person cannot sign this record, whatever it says; empty for its treating clinician."""
    clinician = getattr(user, "clinician", None)
    if clinician is None or clinician.pk != encounter.clinician_id or not user.may(Permission.ENCOUNTER_SIGN):
        return f"Only {encounter.clinician} can sign this record: it is their work that it tells of."
    if encounter.status == "planned":
        return "This visit is still planned. Start documenting it first; then it can be signed."
    return ""


@sensitive_post_parameters("password")
@requires(Permission.ENCOUNTER_SIGN)
@refusals_become_pages
@require_POST
@acts_once
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a signed text to a signed record."""
    from documentation.views.encounters import record_page

    encounter = record_or_404(pk)
    form = AddendumForm(request.POST)
    if not is_you(request, form, "Nothing was added"):
        return record_page(request, encounter, addendum=form, status=422)
    try:
        signing.add(encounter, form.cleaned_data["body"], by=_user(request), at=timezone.now())
    except ValidationError as e:
        form.add_error("body", e.messages)
        return record_page(request, encounter, addendum=form, status=422)
    messages.success(request, "The addendum was added and signed.")
    return redirect(reverse("encounter", args=[pk]) + "#addenda")


def _user(request: HttpRequest) -> Any:
    return request.user
