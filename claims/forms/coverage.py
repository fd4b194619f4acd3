"""What covers a patient: plans, eligibility checks, authorizations, estimates."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms

from claims.forms.base import RowForm, Told, form_field
from claims.forms.uploads import ScanField
from claims.models import Authorization, Coverage, EligibilityCheck, Estimate
from documentation.forms.fields import Chips


class CoverageForm(RowForm):
    parts = (
        ("payer", "plan_name", "member_id", "group_number"),
        ("priority", "effective_on", "terminated_on"),
        ("signature_on_file", "assignment_of_benefits", "relationship"),
        [
            "<h2 class='mt-2'>Who holds the plan</h2><p class='small muted'>An empty address means the patient's.</p>",
            ("subscriber_first_name", "subscriber_last_name", "subscriber_birth_date", "subscriber_sex"),
            ("line1", "line2", "city", "state", "zip"),
        ],
    )
    block_class = "plan-holder"
    """Hidden by the style sheet while the patient holds the plan, unless something in it was refused."""

    class Meta:
        model = Coverage
        fields = (
            *("payer", "plan_name", "group_number", "member_id", "priority", "relationship", "effective_on"),
            *("terminated_on", "signature_on_file", "assignment_of_benefits", "subscriber_first_name"),
            *(
                "subscriber_last_name",
                "subscriber_birth_date",
                "subscriber_sex",
                "line1",
                "line2",
                "city",
                "state",
                "zip",
            ),
        )
        formfield_callback = form_field
        labels = {
            "priority": "Pays in order",
            "relationship": "The patient is the plan holder's",
            "signature_on_file": "Signature on file",
            "assignment_of_benefits": "Benefits assigned to the practice",
            "subscriber_first_name": "First name",
            "subscriber_last_name": "Last name",
            "subscriber_birth_date": "Birth date",
            "subscriber_sex": "Sex",
        }
        help_texts = {"priority": "1 pays first, 2 next.", "terminated_on": "Leave empty while it is in force."}


class EligibilityForm(RowForm):
    """A dated answer of the payer. `today` is the day at the practice: nobody has asked on a later one."""

    active = forms.TypedChoiceField(
        label="On that day the coverage was",
        choices=[("yes", "Active"), ("no", "Not active")],
        coerce=lambda v: v == "yes",
        widget=Chips,
        error_messages={"required": "Say what the payer answered."},
    )
    parts = (
        ("checked_on", "reference", "representative", "method", "active", "covers_specialized_diagnostics"),
        ("prior_authorization",),
        ("begins_on", "ends_on"),
        ("deductible", "deductible_remaining"),
        ("annual_maximum", "annual_maximum_remaining"),
        ("coinsurance_percent", "frequency_limit"),
        ("waiting_until", "next_check_on"),
    )

    class Meta:
        model = EligibilityCheck
        fields = (
            *("checked_on", "method", "reference", "representative", "active", "covers_specialized_diagnostics"),
            *("prior_authorization", "begins_on", "ends_on"),
            *("deductible", "deductible_remaining", "annual_maximum", "annual_maximum_remaining"),
            *("coinsurance_percent", "frequency_limit", "waiting_until", "next_check_on"),
        )
        formfield_callback = form_field
        labels = {
            "method": "Asked by",
            "representative": "Who answered",
            "covers_specialized_diagnostics": "Covers specialized diagnostics",
            "prior_authorization": "Prior authorization for this service",
            "begins_on": "Plan in force from",
            "ends_on": "Plan in force until",
            "deductible": "Deductible, whole",
            "deductible_remaining": "Deductible left",
            "annual_maximum": "Annual maximum, whole",
            "annual_maximum_remaining": "Annual maximum left",
            "coinsurance_percent": "Patient's share (%)",
            "frequency_limit": "Frequency limit",
            "waiting_until": "Waiting period until",
            "next_check_on": "Check again on",
        }
        help_texts = {
            "reference": "The number that the payer gave for this answer.",
            "representative": "On the phone: the name.",
            "begins_on": "As the payer said. The plan takes it over.",
            "ends_on": "Leave empty where the payer named no end.",
            "frequency_limit": "In the payer's words, such as once in 12 months. Leave empty where there is none.",
            "waiting_until": "Its last day. Leave empty where there is none.",
            "next_check_on": "Where the visit is far off. The list of visits to verify reminds of it.",
        }

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.fields["prior_authorization"].required = False

    def clean_prior_authorization(self) -> str:
        return self.cleaned_data["prior_authorization"] or "unknown"

    def clean_checked_on(self) -> date:
        day: date = self.cleaned_data["checked_on"]
        if day and day > self.today:
            raise forms.ValidationError("This day lies in the future. Give the day on which the payer answered.")
        return day


class AnswerForm(Told, forms.Form):
    """The file of a payer's electronic answer."""

    file = forms.FileField(
        label="Answer of the payer (271)",
        help_text="As the clearinghouse or the portal gave it. It is read here; nothing is recorded by itself.",
        error_messages={"required": "Choose the file first.", "empty": "This file is empty. Choose another one."},
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("This file is larger than 2 MB. An answer for one person never is.")
        data: bytes = file.read()
        return data


MOST_BYTES = 2 * 1024 * 1024


class AuthorizationForm(RowForm):
    """What was asked of a payer, and what it said. `letter` is its letter as a scan."""

    scan = ScanField(label="Payer's letter", required=False, help_text="It stays private.")
    parts = (
        ("kind", "status"),
        ("number", "codes", "units"),
        ("requested_on", "decided_on", "valid_from", "valid_to"),
        ("note", "scan"),
    )

    class Meta:
        model = Authorization
        fields = (
            *("kind", "status", "number", "codes", "units", "requested_on", "decided_on"),
            *("valid_from", "valid_to", "note"),
        )
        formfield_callback = form_field
        labels = {
            "kind": "What was asked",
            "status": "Payer's answer",
            "number": "Payer's number",
            "requested_on": "Asked on",
            "decided_on": "Decided on",
            "valid_from": "Valid from",
            "valid_to": "Valid to",
            "note": "Condition or reason",
        }
        help_texts = {
            "kind": "A prior authorization is permission, a predetermination an estimate; neither replaces the other.",
            "codes": "Codes it speaks of, such as D0371. Leave empty when it names none.",
            "units": "How many times it may be used. Leave empty when the payer set no number.",
            "note": "What the payer attached to it, or why it refused.",
        }

    def clean_codes(self) -> list[str]:
        codes: list[str] = self.cleaned_data["codes"]
        wrong = [code for code in codes if not re.fullmatch(r"D[0-9]{4}|[0-9]{4}[0-9A-Z]", code)]
        if wrong:
            raise forms.ValidationError(f"{wrong[0]} is no procedure code. Codes look like D0371 or 42699.")
        return codes


class EstimateForm(RowForm):
    parts = (("low", "high"), ("given_on", "acknowledged_on"))

    class Meta:
        model = Estimate
        fields = ("low", "high", "given_on", "acknowledged_on")
        formfield_callback = form_field
        labels = {
            "low": "At least",
            "high": "At most",
            "given_on": "Told to the patient on",
            "acknowledged_on": "Patient agreed on",
        }
        help_texts = {"high": "The same amount twice when the share is known."}
