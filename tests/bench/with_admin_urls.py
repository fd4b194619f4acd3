"""Addresses of the program, and the list of claims as Django's admin makes it."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.urls import path
from django.utils import timezone

from claims.models import Claim
from claims.queries import narrowing, placing, worklists
from claims.queries.worklists import QUEUES
from config.urls import urlpatterns as ours
from documentation.views import access
from documentation.views.work import practice_today


class Everybody(admin.AdminSite):
    """Opens for whoever measures."""

    def has_permission(self, request: Any) -> bool:
        return True


class ClaimAdmin(admin.ModelAdmin):
    """What a row of the worklist shows, without its priority, its clock and its next step."""

    list_display = ("number", "patient", "payer", "service_date", "total", "closing", "transport", "owner")
    list_filter = ("closing", "transport", "adjudication")
    list_select_related = ("encounter__patient", "coverage__payer", "owner")
    list_per_page = 50
    search_fields = ("=pk", "encounter__patient__first_name", "encounter__patient__last_name")
    ordering = ("service_date", "pk")

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return True

    has_change_permission = has_module_permission = has_view_permission

    def patient(self, claim: Claim) -> str:
        return claim.encounter.patient.full_name

    def payer(self, claim: Claim) -> str:
        return claim.coverage.payer.name


class ByQueue(admin.SimpleListFilter):
    title = parameter_name = "queue"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [(queue.key, queue.label) for queue in QUEUES]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(queue=self.value()) if self.value() else queryset


class QueueAdmin(ClaimAdmin):
    """The same rows as the worklist in the same order, with their queue and what they are ordered by worked out by the
    question, as the admin does where nothing of it is kept.
    """

    list_display = (*ClaimAdmin.list_display, "queue", "last_on")
    list_filter = (ByQueue,)
    ordering = ("-priority", "pk")

    def get_queryset(self, request: Any) -> QuerySet[Any]:
        rows = placing.with_place(worklists.placed()).annotate(payer=F("coverage__payer"))
        return narrowing.with_weight(rows, narrowing.footing(practice_today(timezone.now())))

    def queue(self, claim: Any) -> str:
        return str(claim.queue)

    def last_on(self, claim: Any) -> Any:
        return claim.last_on


access.OPEN |= {"claims_claim_changelist"}  # the admin asks for permission by itself
site, queues = Everybody(), Everybody("queues")
site.register(Claim, ClaimAdmin)
queues.register(Claim, QueueAdmin)
urlpatterns = [path("bench-admin/", site.urls), path("bench-queues/", queues.urls), *ours]
