"""What a payer said before the visit."""

from __future__ import annotations

from enum import StrEnum

from documentation.kernel.machine import Machine, Transition
from documentation.kernel.permissions import Permission


class AuthorizationStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    DENIED = "denied"
    NOT_REQUIRED = "not_required"
    CANCELLED = "cancelled"


AUTHORIZATION = Machine(
    name="authorization",
    field="status",
    initial=AuthorizationStatus.REQUESTED,
    transitions=(
        Transition(
            "approve",
            "Approve",
            frozenset({AuthorizationStatus.REQUESTED, AuthorizationStatus.DENIED}),
            AuthorizationStatus.APPROVED,
            Permission.COVERAGE_EDIT,
        ),
        Transition(
            "deny",
            "Deny",
            frozenset({AuthorizationStatus.REQUESTED, AuthorizationStatus.APPROVED}),
            AuthorizationStatus.DENIED,
            Permission.COVERAGE_EDIT,
        ),
        Transition(
            "not_required",
            "Record as not required",
            frozenset({AuthorizationStatus.REQUESTED}),
            AuthorizationStatus.NOT_REQUIRED,
            Permission.COVERAGE_EDIT,
        ),
        Transition(
            "void",
            "Make void",
            frozenset(
                {
                    AuthorizationStatus.REQUESTED,
                    AuthorizationStatus.APPROVED,
                    AuthorizationStatus.DENIED,
                    AuthorizationStatus.NOT_REQUIRED,
                }
            ),
            AuthorizationStatus.CANCELLED,
            Permission.COVERAGE_EDIT,
        ),
        Transition(
            "ask_again",
            "Ask again",
            frozenset({AuthorizationStatus.DENIED, AuthorizationStatus.NOT_REQUIRED, AuthorizationStatus.CANCELLED}),
            AuthorizationStatus.REQUESTED,
            Permission.COVERAGE_EDIT,
        ),
    ),
    labels={
        AuthorizationStatus.REQUESTED: ("Requested", "submitted"),
        AuthorizationStatus.APPROVED: ("Approved", "paid"),
        AuthorizationStatus.DENIED: ("Denied", "denied"),
        AuthorizationStatus.NOT_REQUIRED: ("Not required", "draft"),
        AuthorizationStatus.CANCELLED: ("Void", "draft"),
    },
)
"""What a payer said of a prior authorization or a predetermination. That one has expired is told by its last day."""
