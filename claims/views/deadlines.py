"""Deadlines: the agenda of what must leave, what a person was told, and the days as a calendar reads them."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from claims.clocks.feed import Entry, written
from claims.queries import agenda
from claims.services import calendar_links, reminders
from claims.views.common import page_of
from claims.views.remittances import pager
from documentation.kernel.permissions import Permission
from documentation.services import audit
from documentation.views.access import SignedInRequest, refusals_become_pages, requires
from documentation.views.context import around
from documentation.views.once import acted, acts_once
from documentation.views.work import at_practice

TRAIL = {"label": "Deadlines", "url": "/deadlines/"}
DAYS = 7 * agenda.WEEKS
FEED_DAYS = 400
"""How far a calendar looks ahead."""
SHOWN = 50
"""What must leave, on one page."""
MOST_TOLD = 100
"""Reminders that the page shows."""


@requires(Permission.APPEAL_VIEW)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    """What must leave when: late on top, then by week."""
    now = timezone.now()
    practice = around(
        request,
        **agenda.asked(now, until_days=FEED_DAYS),
        told=agenda.reminders_for(request.user)[:MOST_TOLD],
        links=calendar_links.links_of(request.user)[:1],
    )
    today, told = practice.today(now), practice.more["told"]
    ahead = agenda.ahead(practice.more, today, now, until_days=FEED_DAYS)
    near = [one for one in ahead if one.leave_on <= today + timedelta(days=DAYS)]
    page = page_of(near, SHOWN, len(near), request.GET.get("page"))
    rows = agenda.read(page, practice.more, now)
    audit.view("deadline.list", by=request.user, at=now, count=len(rows))
    context = {
        "weeks": agenda.by_week(rows, today),
        "page": pager(page, {}) if page.has_other_pages() else None,
        "later": len(ahead) - len(near),
        "until": today + timedelta(days=DAYS),
        "most": agenda.MOST_AHEAD,
        "is_cut": any(len(practice.more[kind]) >= agenda.MOST_AHEAD for kind in ("denials", "claims")),
        "told": [{"reminder": r, "words": reminders.words_of_step(r.step, (r.leave_on - today).days)} for r in told],
        "up_to": max((r.pk for r in told), default=0),
        "link": next(iter(practice.more["links"]), None),
        "mails": reminders.mail_is_set_up(in_rehearsal=practice.is_rehearsal) and bool(request.user.email),
    }
    return at_practice(request, "claims/deadlines.html", context)


@requires(Permission.APPEAL_VIEW)
@refusals_become_pages
@require_POST
@acts_once
def see(request: SignedInRequest) -> HttpResponse:
    """A person has seen the reminders that the page showed; what came since stays."""
    value = request.POST.get("up_to", "")
    up_to = int(value) if value.isascii() and value.isdigit() and len(value) < 18 else 0
    n = reminders.see(request.user, up_to=up_to, at=timezone.now())
    if n:
        messages.success(request, f"{n} reminder{'' if n == 1 else 's'} put away. The days stay in the agenda.")
    return redirect("deadline_list")


@requires(Permission.APPEAL_VIEW)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def calendar(request: SignedInRequest) -> HttpResponse:
    """Make a person's secret link, which is shown once, or end it."""
    now, address, done = timezone.now(), "", ""
    if request.method == "POST" and request.POST.get("act") == "revoke":
        calendar_links.revoke(by=request.user, at=now)
        messages.success(request, "The link has ended: calendars that read it find nothing any more.")
        return redirect("deadline_calendar")
    if request.method == "POST":
        token = calendar_links.make(by=request.user, at=now)
        address, done = request.build_absolute_uri(reverse("deadline_feed", args=[token])), reverse("deadline_calendar")
    link = calendar_links.link_of(request.user)
    page = at_practice(request, "claims/deadline_calendar.html", {"link": link, "address": address, "trail": [TRAIL]})
    page["Cache-Control"] = "no-store"
    return acted(page, done)


def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The days as a calendar program reads them. It needs no log-in, only the secret of a link that stands."""
    reader = calendar_links.reader_of(token)
    if reader is None:
        raise Http404
    now = timezone.now()
    if calendar_links.is_read_too_often(token, at=now):
        page = HttpResponse("This calendar was read too often. Let it look once an hour.\n", "text/plain", status=429)
        page["Retry-After"] = str(calendar_links.WITHIN)
        return page
    rows = [*agenda.appeals_leaving(now, until_days=FEED_DAYS), *agenda.claims_leaving(now, until_days=FEED_DAYS)]
    entries = [entry for row in rows for entry in _entries(row, request)]
    page = HttpResponse(
        written(entries, at=now, host=request.get_host().partition(":")[0]), content_type="text/calendar; charset=utf-8"
    )
    page["Content-Disposition"] = 'inline; filename="ductus-deadlines.ics"'
    page["Cache-Control"] = "private, no-store"
    page["X-Robots-Tag"] = "noindex"
    return page


def _entries(row: agenda.Leaving, request: HttpRequest) -> list[Entry]:
    """The day to send and the last day.

    Of a claim neither its number is told, nor the day of its service, nor by how many days its time to file is counted:
    taken from the last day, they would give that day.
    """
    by = "; ".join(f"{safe.label.lower()} {safe.day:%b} {safe.day.day}" for safe in row.safe)
    denial, counted = row.denial, row.due.counted
    if denial:
        key, url = f"denial-{denial.pk}", reverse("denial_page", args=[denial.pk])
        name = counted.name.lower() if counted else "appeal"
        rule = f"{counted.rule}, counted from {counted.event_on:%b} {counted.event_on.day}." if counted else ""
    else:
        key, url = (
            f"filing-{salted_hmac('deadlines.feed', str(row.claim.pk)).hexdigest()[:16]}",
            reverse("deadline_list"),
        )
        name, rule = "claim that waits for another plan" if row.waits else "claim to be filed", ""
    address = request.build_absolute_uri(url)
    told = "Last safe day" if row.waits else "Send by today"
    return [
        Entry(f"{key}-send", row.leave_on, f"{told}: {name}", f"Last safe day by way: {by}.", address),
        Entry(f"{key}-last", row.due.day, f"Last day: {name}", rule, address),
    ]
