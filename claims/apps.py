"""Application configuration: hands locks to the lock keeper, and to the navigation what waits behind its entries."""

import sys
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ClaimsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "claims"
    verbose_name = "Claims"

    def ready(self) -> None:
        from claims.locks import LOCKS
        from documentation.locks import register

        register(*LOCKS)
        post_migrate.connect(_count_sums, sender=self)

        from claims.rules import CATALOGUE
        from documentation.views.reference import add_catalogue

        add_catalogue("The claim", CATALOGUE)

        from claims.queries.agenda import reminders_waiting
        from claims.queries.coverage import patients_with_coverage
        from claims.queries.worklists import appeals_to_send, visits_to_bill
        from claims.queries.write_offs import waiting
        from documentation.queries.intake import ELSEWHERE, Outside
        from documentation.views.context import COUNTS, OWN_COUNTS

        ELSEWHERE["coverage"] = Outside("Coverage", "coverage", "No coverage is recorded.", patients_with_coverage)
        COUNTS.update(
            appeal_list=(appeals_to_send, True),
            ready_to_bill=(visits_to_bill, False),
            write_off_list=(waiting, True),
        )
        OWN_COUNTS.update(deadline_list=reminders_waiting)

        from claims.queries.notices import CLAIMS
        from claims.queries.notices import JOBS as OURS
        from documentation.queries.notices import JOBS, SOURCES

        SOURCES["claim"] = CLAIMS
        JOBS.update(OURS)

        from claims.queries.setup import is_open
        from documentation.views.home import ONLY_WHILE

        ONLY_WHILE.update(setup=is_open)

        from documentation.models import Patient
        from documentation.views.access import owned

        owned("claim", lambda key: Patient.objects.filter(encounters__claims=key).first())
        owned("packet", lambda key: Patient.objects.filter(encounters__claims__packets=key).first())

        from claims.services.queues import follow
        from documentation.services.transitions import FOLLOWING

        FOLLOWING.append(follow)

        from claims.queries.doubles import SHARED_PLAN
        from claims.services.patient_merges import Plans
        from documentation.queries import doubles
        from documentation.services.merges import PARTS

        doubles.ELSEWHERE.append(SHARED_PLAN)
        PARTS.append(Plans())


def _count_sums(sender: Any, using: str, **kwargs: Any) -> None:
    """A practice that worked before sums, places, visits to bill and chances were kept has them counted once, when its
    database is brought up to date.
    """
    from django.db import connections

    from claims.models import (
        AnsweredSending,
        AnsweredSum,
        Appeal,
        AppealSum,
        Claim,
        ClaimFigures,
        DecidedAppeal,
        FiguresSum,
        OwedClaim,
        QueuedClaim,
        SentReport,
        VisitToBill,
    )
    from claims.queries.worklists import to_bill
    from claims.services.recount import rebuild
    from documentation.models import Encounter

    kept = (FiguresSum, QueuedClaim, VisitToBill, DecidedAppeal, AppealSum, OwedClaim, AnsweredSending, AnsweredSum)
    tables = connections[using].introspection.table_names()
    if not {model._meta.db_table for model in kept} <= set(tables):
        return  # brought up to an earlier state only
    decided = Appeal.objects.filter(status="decided")
    # Of some of these nothing may be kept; then they are counted each time, which a practice with so little bears.
    owed = ClaimFigures.objects.filter(owed__gt=0)
    sent = SentReport.objects.filter(submission__claim__figures__answered_on__isnull=False)
    # By what is kept, the rows that call for some of it.
    called_for = {
        FiguresSum: ClaimFigures.objects.all(),
        QueuedClaim: Claim.objects.filter(closing="open"),
        VisitToBill: Encounter.objects.filter(to_bill(), status="signed"),
        DecidedAppeal: decided,
        AppealSum: decided,
        OwedClaim: owed,
        AnsweredSending: sent,
        AnsweredSum: sent,
    }
    if any(not model._default_manager.exists() and rows.exists() for model, rows in called_for.items()):
        if kwargs.get("verbosity", 0) > 0:
            (kwargs.get("stdout") or sys.stdout).write(
                "  Counting the claims' figures once; with many claims this takes a while.\n"
            )
        rebuild(compared=False)
