"""What happened since a person last looked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from documentation.kernel.permissions import Permission
from documentation.models import Notice, User
from documentation.queries.notices import Line, Thing, thing_of, told
from documentation.services import notices
from documentation.views.access import SignedInRequest, found_or_404, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acts_once

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


@requires(Permission.HOME_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """What a person was told, day by day. What was just marked as read can be taken back."""
    zone = around(request).zone
    found = told(request.user, zone)
    moment = _moment(request.GET.get("read", ""))
    today = timezone.now().astimezone(zone).date()
    context = {
        "told": found,
        "days": [(_day(day, today), lines) for day, lines in found.days],
        "has_unread": found.gone or any(line.is_unread for line in found.lines),
        "read": moment and notices.read_together(request.user, moment).count(),
        "read_at": request.GET.get("read", ""),
        "kept_days": settings.NOTICES_KEPT_DAYS,
    }
    return render(request, "documentation/notices.html", context)


def _day(day: date, today: date) -> date | str:
    """A date, or the word for it."""
    return "Today" if day == today else "Yesterday" if day == today - timedelta(days=1) else day


def _moment(text: str) -> datetime | None:
    """The moment that a number of microseconds stands for; None for anything else."""
    return _BEGIN + timedelta(microseconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 17 else None


@requires(Permission.HOME_VIEW)
@refusals_become_pages
@require_POST
@acts_once
def open_one(request: SignedInRequest, pk: int) -> HttpResponse:
    """Go to what a notice is about; with that it is read."""
    notice = found_or_404(Notice.objects.filter(person=request.user), pk)
    notices.read(notice, at=timezone.now())
    thing = thing_of(notice, request.user)
    if thing is None:
        messages.info(request, "What this was about is there no more, or not for your role. The notice is put away.")
        return redirect("notice_list")
    return redirect(_url(thing))


def _url(thing: Thing) -> str:
    return reverse(thing.page, args=[] if thing.key is None else [thing.key])


@requires(Permission.HOME_VIEW)
@refusals_become_pages
@require_POST
@acts_once
def read(request: SignedInRequest) -> HttpResponse:
    """Mark all as read that the page showed, or take that back: the page says which of the two was meant."""
    if request.POST.get("to") == "unread":
        moment = _moment(request.POST.get("at", ""))
        if moment and (count := notices.unread_again(by=request.user, read_at=moment)):
            messages.success(request, f"{count} unread again." if count > 1 else "One is unread again.")
        return redirect("notice_list")
    up_to, now = request.POST.get("up_to", ""), timezone.now()
    if up_to.isascii() and up_to.isdigit() and len(up_to) < 19:
        notices.read_all(up_to=int(up_to), by=request.user, at=now)
    return redirect(f"{reverse('notice_list')}?read={(now - _BEGIN) // timedelta(microseconds=1)}")


def recent(user: User, unread: int, zone: tzinfo) -> list[Line]:
    """The newest unread lines, for the page that a day begins with; nothing is asked where nothing waits."""
    return list(told(user, zone, only_unread=True).lines[:5]) if unread else []
