"""Every component in every state on one page, for whoever builds pages; with DEBUG only, and with invented data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from documentation.kernel.machine import Action
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Cause, Report, Result, Severity
from documentation.views.access import requires
from documentation.workflow import ENCOUNTER

NOW = datetime(2026, 11, 18, 15, 4, 10, tzinfo=UTC)

LUMEN = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 300'%3E%3CradialGradient id='g'%3E"
    "%3Cstop stop-color='%232a0d0a' offset='.1'/%3E%3Cstop stop-color='%23b85044' offset='.2'/%3E"
    "%3Cstop stop-color='%23dd8672' offset='.6'/%3E%3Cstop stop-color='%23f0b7a2' offset='.85'/%3E"
    "%3Cstop stop-color='%232a0d0a' offset='1'/%3E%3C/radialGradient%3E"
    "%3Crect width='400' height='300'/%3E%3Ccircle cx='200' cy='150' r='148' fill='url(%23g)'/%3E%3C/svg%3E"
)
"""A drawn stand-in for an endoscopic image."""

GLANDS = ("Right parotid", "Left parotid", "Right submandibular", "Left submandibular")
INDICATIONS = (
    "Recurrent swelling",
    "Swelling at meals",
    "Suspected stone",
    "Inconclusive imaging",
    "Follow-up after dilation",
)


class ExampleForm(forms.Form):
    """One field of each kind."""

    performed_on = forms.DateField(
        label="Date of service", widget=forms.DateInput(attrs={"type": "date"}), initial=date(2026, 11, 18)
    )
    distance_mm = forms.DecimalField(
        label="Distance from the papilla", help_text="In millimeters.", max_digits=4, decimal_places=1, initial="24.0"
    )
    scope_type = forms.ChoiceField(
        label="Endoscope", choices=[("semi_rigid", "Semi-rigid"), ("flexible", "Flexible"), ("rigid", "Rigid")]
    )
    gland = forms.ChoiceField(
        label="Gland and side", choices=[(g, g) for g in GLANDS], widget=forms.RadioSelect, initial=GLANDS[-1]
    )
    indications = forms.MultipleChoiceField(
        label="Indications",
        choices=[(i, i) for i in INDICATIONS],
        widget=forms.CheckboxSelectMultiple,
        initial=INDICATIONS[::3],
        help_text="Choose all that apply.",
    )
    relevance = forms.CharField(
        label="Clinical relevance",
        widget=forms.Textarea(attrs={"rows": 3}),
        initial="The stenosis explains the swelling at meals; the stone behind it cannot pass without dilation.",
        help_text="Payers look for this sentence first.",
    )
    consent = forms.BooleanField(label="The patient consented in writing", required=False, initial=True)
    report = forms.FileField(label="Outside report", required=False)

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.layout = Layout(
            Div("performed_on", "distance_mm", "scope_type", css_class="fields"),
            Field("gland", wrapper_class="chips"),
            Field("indications", wrapper_class="chips"),
            "relevance",
            "consent",
            "report",
        )
        return helper


B, W, A = Severity.BLOCKER, Severity.WARNING, Severity.ADVICE

REPORT = Report(
    tuple(
        Result(rule, title, severity, not message, cause, field, message, "Mend it in the section.", reason)
        for rule, severity, cause, field, title, message, reason in (
            ("DOC-101", B, Cause.MEDICAL_NECESSITY, "justification.indications", "Two indications recorded", "", ""),
            ("DOC-201", B, Cause.DOCUMENTATION, "procedure.gland", "Gland, side and duct named", "", ""),
            ("DOC-205", B, Cause.CODING, "procedure.extent", "The endoscope entered the duct", "", ""),
            ("IMG-302", B, Cause.IMAGES, "images.finding", "Findings have images", "Finding 2 has no image", ""),
            ("IMG-310", B, Cause.IMAGES, "interpretation.reading", "Interpreted", "The interpretation is empty", ""),
            ("DOC-402", W, Cause.DOCUMENTATION, "plan.interval", "Follow-up has an interval", "No interval", ""),
            (
                *("DOC-212", W, Cause.DOCUMENTATION, "procedure.complications", "Complications stated"),
                *("Complications are not stated", "They stand in the anesthesia record."),
            ),
            ("IMG-321", A, Cause.IMAGES, "images.quality", "Images are sharp", "Figure 3 is a little dark", ""),
        )
    )
)


def _dicts(keys: str, rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(keys.split(), row, strict=True)) for row in rows]


def example() -> dict[str, Any]:
    """The invented data of the page."""
    sections = ("Visit", "Medical justification", "Procedure", "Findings", "Images", "Interpretation", "Plan of care")
    tones = ("draft", "ready", "submitted", "paid", "denied", "appeal")
    return {
        "form": ExampleForm(),
        "bound": ExampleForm(
            {"performed_on": "2026-02-31", "distance_mm": "240000", "relevance": ""}, auto_id="bound_%s"
        ),
        "report": REPORT,
        "whole": Report(REPORT.passed),
        "links": "/encounters/12/",
        "actions": [
            Action(ENCOUNTER.find("sign"), tuple(r.message for r in REPORT.blockers)),
            Action(ENCOUNTER.find("cancel")),
        ],
        "statuses": [*((tone.capitalize(), tone) for tone in tones), ("Needs attention", "attention")],
        "timeline": _dicts(
            "label note state tone",
            (
                ("Signed", "Nov 18", "done", ""),
                ("Checked", "15 of 15", "done", ""),
                ("Submitted", "Nov 19 · 837D", "done", ""),
                ("Accepted", "Nov 20 · 277CA", "done", ""),
                ("Denied", "Dec 2 · CO-50", "now", "denied"),
                ("Appeal 1", "due May 31", "open", ""),
                ("Paid", "", "open", ""),
            ),
        ),
        "history": _dicts(
            "what who at tone",
            (
                ("Denied: not judged necessary (CO-50)", "Summit Dental PPO", NOW + timedelta(days=14), "denied"),
                ("Packet version 1 submitted", "Biller Example", NOW + timedelta(days=1), "submitted"),
                ("Encounter signed", "Dr. Example", NOW, "ready"),
            ),
        ),
        "steps": _dicts(
            "label sign url current",
            (
                (section, sign, "#work", section == "Findings")
                for section, sign in zip(sections, ("ok", "ok", "ok", "warn", "ok", "bad", "open"), strict=True)
            ),
        ),
        "tabs": _dicts(
            "label url current count",
            (("Claim", "#tabs", False, 0), ("Attachments", "#tabs", False, 6), ("Denial & appeal", "#tabs", True, 0)),
        ),
        "sentences": _dicts(
            "text receipts",
            (
                ("Three episodes of left submandibular swelling over 14 months.", [{"label": "p. 3", "url": "#x"}]),
                ("Sialoendoscopy showed a stenosis 24 mm from the papilla.", [{"label": "Fig. 1", "url": "#x"}]),
            ),
        ),
        "causes": [
            ("Inadequate documentation", 38, "$7,010"),
            ("Medical necessity", 27, "$4,950"),
            ("Missing image or reading", 16, "$2,880"),
            ("Other", 4, "$730"),
        ],
        "rows": _dicts(
            "number name payer status tone due amount",
            (
                ("C101", "Alex Doe", "Summit Dental PPO", "Denied", "denied", date(2027, 5, 31), Decimal("412")),
                ("C097", "Sam Roe", "Northern Mutual", "Needs attention", "attention", date(2026, 12, 2), Decimal(412)),
                ("C071", "عائشة Poe", "Blue Harbor Medical", "Appeal", "appeal", date(2026, 12, 9), Decimal("1180")),
            ),
        ),
        "page": {"shown": "3 of 3", "previous": "", "next": "?after=71"},
        "trail": [{"label": "Ductus", "url": "/"}, {"label": "Style guide"}],
        "then": NOW,
        "now": NOW + timedelta(seconds=3),
        "today": date(2026, 12, 3),
        "shot_src": LUMEN,
        "signs": ["ok", "bad", "warn", "reasoned", "advice", "open"],
    }


@requires(Permission.RULES_VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The style guide; with DEBUG off the address does not exist."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "styleguide.html", example())
