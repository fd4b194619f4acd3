"""What the payer decided of a claim."""

from __future__ import annotations

from enum import StrEnum

from documentation.kernel.machine import Machine, Transition
from documentation.kernel.permissions import Permission


class Adjudication(StrEnum):
    NONE = "none"
    PENDED = "pended"
    PAID = "paid"
    PARTLY_PAID = "partly_paid"
    DENIED = "denied"
    PATIENT_SHARE = "patient_share"


_ANY = frozenset(Adjudication)

ADJUDICATION = Machine(
    name="claim",
    field="adjudication",
    initial=Adjudication.NONE,
    transitions=tuple(
        Transition(name, label, _ANY, target, Permission.REMITTANCE_POST)
        for name, label, target in (
            ("pend", "Pended by the payer", Adjudication.PENDED),
            ("pay", "Paid", Adjudication.PAID),
            ("pay_part", "Paid in part", Adjudication.PARTLY_PAID),
            ("deny", "Denied", Adjudication.DENIED),
            ("leave_to_patient", "Left to the patient", Adjudication.PATIENT_SHARE),
            ("reverse", "Reversed by the payer", Adjudication.NONE),
        )
    ),
    labels={
        Adjudication.NONE: ("No answer yet", "submitted"),
        Adjudication.PENDED: ("Pended", "submitted"),
        Adjudication.PAID: ("Paid", "paid"),
        Adjudication.PARTLY_PAID: ("Paid in part", "paid"),
        Adjudication.DENIED: ("Denied", "denied"),
        Adjudication.PATIENT_SHARE: ("Patient's share", "paid"),
    },
)
