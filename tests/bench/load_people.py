"""One database's part of `tests.bench.load`: people with their sessions, drafts that are open, and what there is."""

import json
import random
import sys
from typing import Any

ROLES = ("clinician", "biller", "manager")
SHOWN = 300
"""Claims and records among which people choose; spread over all of them."""


def main(people: int, open_drafts: int) -> None:
    import django

    django.setup()
    from django.utils import timezone

    from claims.models import Claim
    from documentation.models import Encounter

    at, chance = timezone.now(), random.Random(371)
    roles = ["clinician"] * open_drafts + [ROLES[n % len(ROLES)] for n in range(people)]
    seats = [_seat(n, role, at) for n, role in enumerate(roles)]
    for seat in seats:
        if seat["role"] == "clinician":
            seat["draft"] = str(_draft(at, chance))
    json.dump(
        {
            "seats": seats,
            "claims": _some(Claim.objects.filter(closing="open"), chance),
            "records": _some(Encounter.objects.filter(status="signed"), chance),
            "count": Claim.objects.count(),
        },
        sys.stdout,
    )


def _seat(number: int, role: str, at: Any) -> dict[str, Any]:
    from django.conf import settings
    from django.test import Client

    from documentation.models import User

    user = User.objects.create(
        username=f"load{number}", role=role, first_name="Jordan", last_name=f"Sample{number}", date_joined=at
    )
    client = Client()
    client.force_login(user)
    return {"role": role, "user": user.pk, "session": client.cookies[settings.SESSION_COOKIE_NAME].value}


def _draft(at: Any, chance: random.Random) -> Any:
    from documentation.models import Clinician, Location, Patient
    from documentation.services import encounters

    treating = Clinician.objects.filter(user__is_active=True).select_related("user").earliest("pk")
    patient = chance.choice(Patient.objects.order_by("pk")[:SHOWN])
    visit = encounters.plan_visit(
        patient,
        location=Location.objects.earliest("pk"),
        clinician=treating,
        service_date=at.date(),
        by=treating.user,
        at=at,  # type: ignore[arg-type]
    )
    return encounters.start(visit, by=treating.user, at=at)  # type: ignore[arg-type]


def _some(rows: Any, chance: random.Random) -> list[str]:
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    chosen = rows.filter(pk__in=chance.sample(keys, min(SHOWN, len(keys))))
    return [str(row) for row in chosen]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
