"""How the installation is: its condition, what the server did by itself, and when."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from claims.services.condition import QUICK, State, look
from claims.services.nightly import STEPS
from documentation.kernel.permissions import Permission
from documentation.models import UpkeepStep
from documentation.services.upkeep import BACKUP
from documentation.views.access import SignedInRequest, requires

TONES = {State.GOOD: ("Good", "paid"), State.LOOK: ("Look", "attention"), State.BAD: ("Not well", "denied")}
OUTCOMES = {"done": ("Done", "paid"), "found": ("Found something", "attention"), "failed": ("Failed", "denied")}


@requires(Permission.SYSTEM_VIEW)
@require_GET
def show(request: SignedInRequest) -> HttpResponse:
    """What a page can see by itself; `manage.py doctor` sees the rest."""
    newest = UpkeepStep.objects.values("name").annotate(last=Max("pk")).values("last")
    last = {row.name: row for row in UpkeepStep.objects.filter(pk__in=newest)}
    labels = [(step.name, step.label) for step in STEPS] + [(BACKUP, "Backup")]
    seen = [{"seen": s, "word": TONES[s.state]} for s in look(timezone.now(), QUICK)]
    context = {
        "seen": seen,
        "bad": [s["seen"] for s in seen if s["word"] == TONES[State.BAD]],
        "steps": [
            {"label": label, "row": last.get(name), "word": OUTCOMES[last[name].outcome] if name in last else None}
            for name, label in labels
        ],
        "version": settings.VERSION,
    }
    return render(request, "claims/system.html", context)
