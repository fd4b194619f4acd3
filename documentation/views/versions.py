"""Versions of a record on screen: unlocking a signed one, and what a page says of the others."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from documentation.forms.signing import UnlockForm
from documentation.kernel.machine import NotPermitted, Refusal
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, User
from documentation.queries.versions import versions_of
from documentation.services import audit, versions
from documentation.views.access import refusals_become_pages, requires
from documentation.views.again import has_passkey, is_you
from documentation.views.once import acts_once
from documentation.views.signing import revision_seen
from documentation.views.work import at_location, record_or_404, work_context
from documentation.workflow import EncounterStatus


def may_unlock(user: User, encounter: Encounter) -> bool:
    """Whether this person may open this signed record again."""
    clinician = getattr(user, "clinician", None)
    is_theirs = clinician is not None and clinician.pk == encounter.clinician_id
    return is_theirs and user.may(Permission.ENCOUNTER_SIGN) and encounter.status == EncounterStatus.SIGNED


@sensitive_post_parameters("password")
@requires(Permission.ENCOUNTER_SIGN)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """What unlocking does and what it does not, the reason, and the password that opens the new version."""
    encounter = record_or_404(pk)
    if request.method == "POST":
        return _unlock(request, encounter)
    if encounter.status != EncounterStatus.SIGNED or versions_of(encounter).correction:
        return redirect("encounter", pk)
    audit.view("encounter.view", by=_user(request), at=timezone.now(), subject=encounter, patient=encounter.patient)
    return _page(request, encounter, UnlockForm())


def _unlock(request: HttpRequest, encounter: Encounter) -> HttpResponse:
    form = UnlockForm(request.POST)
    if not is_you(request, form, "Nothing was unlocked"):
        return _page(request, encounter, form, 422)
    reason = form.cleaned_data["reason"]
    try:
        made = versions.unlock(encounter, reason, by=_user(request), at=timezone.now(), seen=revision_seen(request))
    except NotPermitted:
        raise
    except ValidationError as e:
        form.add_error("reason", e.messages)
        return _page(request, encounter, form, 422)
    except Refusal as e:
        return _page(request, record_or_404(encounter.pk), form, 409, refused=e.reasons)
    messages.success(
        request,
        f"Version {made.version} is open, with everything that was signed."
        f" Version {encounter.version} counts until you sign this one.",
    )
    return redirect("encounter", made.pk)


def _page(request: HttpRequest, encounter: Encounter, form: UnlockForm, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        **work_context(encounter, timezone.now()),
        "form": form,
        "next_version": encounter.version + 1,
        "versions": versions_of(encounter),
        "is_theirs": may_unlock(_user(request), encounter),
        "passkey": has_passkey(_user(request)),
        **more,
    }
    return at_location(request, encounter, "documentation/unlock.html", context, status)


def _user(request: HttpRequest) -> Any:
    return request.user
