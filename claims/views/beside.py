"""What waits beside the queues: work of claims that is no open claim by itself, each with its number and its place."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.models import VisitToBill
from claims.queries import calls, unmatched, write_offs
from claims.queries.predeterminations import came_back
from claims.queries.transmissions import voids_not_taken_back
from claims.views.calls import latest_today
from documentation.kernel.permissions import Permission
from documentation.models.together import counting, number, together
from documentation.services import audit
from documentation.views.access import SignedInRequest, requires


@requires(Permission.CLAIM_VIEW)
@require_GET
def show(request: SignedInRequest) -> HttpResponse:
    """Calls that are due, answers without a claim, questions that came back, voids, write-offs, visits to bill."""
    user = request.user
    voids = voids_not_taken_back() if user.may(Permission.CLAIM_SUBMIT) else []
    questions = came_back() if user.may(Permission.COVERAGE_VIEW) else []
    counts = together(
        silent=counting(calls.silent(latest_today())),
        answers=unmatched.counts()["waiting"],
        visits=counting(VisitToBill.objects.all()),
    )
    waiting = {name: number(came) for name, came in counts.items()}
    rows = [
        ("Status calls due", waiting["silent"], reverse("status_calls"),
         "The payer should have answered by now.", Permission.CLAIM_VIEW),
        ("Answers without a claim", waiting["answers"], reverse("unmatched_list"),
         "A payer answered, and no claim fits by itself.", Permission.REMITTANCE_VIEW),
        ("Predeterminations that came back", len(questions), f"{reverse('worklist')}?queue=rejected#questions",
         "Nobody read them, so nobody will answer.", Permission.COVERAGE_VIEW),
        ("Write-offs for a second person", write_offs.state_counts()["waiting"], reverse("write_off_list"),
         "Above the limit two people decide.", Permission.REMITTANCE_VIEW),
        ("Voids the payer was not told of", len(voids), "#voids",
         "The claim is void here, and the payer still holds it.", Permission.CLAIM_SUBMIT),
        ("Visits without a claim", waiting["visits"], reverse("ready_to_bill"),
         "Signed, and nothing was billed yet.", Permission.CLAIM_PREPARE),
    ]  # fmt: skip
    audit.view("claim.beside", by=user, at=timezone.now(), count=len(voids) + len(questions))
    context = {
        "rows": [row for row in rows if user.may(row[4])],
        "voids": voids,
        "trail": [{"label": "Worklist", "url": reverse("worklist")}],
    }
    return render(request, "claims/beside.html", context)
