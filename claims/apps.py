"""Application configuration: hands locks to the lock keeper, and to the navigation what waits behind its entries."""

from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "claims"
    verbose_name = "Claims"

    def ready(self) -> None:
        from claims.locks import LOCKS
        from documentation.locks import register

        register(*LOCKS)

        from claims.rules import CATALOGUE
        from documentation.views.reference import add_catalogue

        add_catalogue("The claim", CATALOGUE)

        from claims.queries.coverage import patients_with_coverage
        from claims.queries.worklists import appeals_to_send, visits_to_bill
        from documentation.queries.intake import ELSEWHERE, Outside
        from documentation.views.context import COUNTS

        ELSEWHERE["coverage"] = Outside("Coverage", "coverage", "No coverage is recorded.", patients_with_coverage)
        COUNTS.update(appeal_list=(appeals_to_send, True), ready_to_bill=(visits_to_bill, False))
