"""Recording what was sent, and what came back before anybody decided."""

from __future__ import annotations

from typing import Any

from django import forms

from claims.forms.base import RowForm, Told, form_field
from claims.forms.uploads import ScanField
from claims.models import FilingProof, Submission
from claims.ways import WAYS, Way
from documentation.forms.fields import CleanField


def _said(way: Way) -> str:
    return way.proven_by.rstrip(".")[0].lower() + way.proven_by.rstrip(".")[1:]


class SubmissionForm(RowForm):
    """How and when a sealed packet left, with its proof. `proof_scan` is the proof itself as a file."""

    proof_scan = ScanField(label="Proof as a file", required=False)

    parts = (
        ("channel", "sent_on", "control_number"),
        ("proof", "proof_reference", "proof_scan", "no_proof_reason"),
    )

    class Meta:
        model = Submission
        fields = ("channel", "sent_on", "control_number", "proof", "proof_reference", "no_proof_reason")
        formfield_callback = form_field
        labels = {
            "channel": "Sent by",
            "sent_on": "Sent on",
            "control_number": "Attachment control number",
            "proof_reference": "Number on the proof",
            "no_proof_reason": "Why is there no proof?",
        }
        help_texts = {
            "control_number": "As on the cover of the packet.",
            "no_proof_reason": "Only where there is none: a payer that says it never came must be answered.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # A listing is made by what lays the files down, and recorded with it.
        self.fields["proof"].choices = [c for c in self.fields["proof"].choices if c[0] != "listing"]  # type: ignore[attr-defined]
        self.fields["proof"].help_text = " ".join(f"{w.name}: {_said(w)}." for w in WAYS if w.is_by_hand)
        for name in ("channel", "proof"):
            self.fields[name].error_messages["required"] = "Choose one."


class FilingProofForm(RowForm):
    """What a payer or clearinghouse gave back to prove that a sending arrived."""

    proof_scan = ScanField(label="Proof as a file", required=False)

    parts = (("kind",), ("received_on", "reference"), ("proof_scan",))

    class Meta:
        model = FilingProof
        fields = ("kind", "received_on", "reference")
        formfield_callback = form_field
        labels = {"kind": "What came back", "received_on": "Day that stands on it", "reference": "Number on it"}
        help_texts = {"kind": "A 277CA or the payer's own portal says that the payer took it in."}


class RejectionForm(Told, forms.Form):
    reason = CleanField(
        label="What was the reason given?",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="As the payer or clearinghouse put it, with its code.",
        error_messages={
            "required": "Say what the payer or clearinghouse gave as the reason.",
            "max_length": "At most %(limit_value)s characters are kept; this has %(show_value)s. Please shorten it.",
        },
    )
