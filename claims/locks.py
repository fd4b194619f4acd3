"""Locks of the claims side: what was sealed, sent or posted stays as it was."""

from claims.models import (
    ClaimNote,
    Dispatch,
    DispatchedClaim,
    Evidence,
    PatientPayment,
    RemittanceClaim,
    SelfPayRestriction,
    Unobtainable,
    VisitDocument,
    WriteOff,
)
from documentation.locks import Lock, append_only, unchanged_but


def part_of_posted(table: str, path: str, unless: str = "1 = 0", part: str = "1 = 0") -> tuple[Lock, ...]:
    """Rows of a remittance: once it is posted, none is added, changed (unless so) or removed. `path` leads to it.

    `part` says of a row that it belongs to a part of an answer: such copies come and go, as a person divides it.
    """
    message = "This remittance is posted and locked. Post a correction instead."
    was, will_be = path.replace("ROW", "OLD"), path.replace("ROW", "NEW")
    return (
        Lock(table, "INSERT", f"{will_be} AND NOT ({part.replace('ROW', 'NEW')})", message),
        Lock(table, "UPDATE", f"({was} OR {will_be}) AND NOT ({unless})", message),
        Lock(table, "DELETE", f"{was} AND NOT ({part.replace('ROW', 'OLD')})", message),
    )


_POSTED = "EXISTS (SELECT 1 FROM claims_remittance r WHERE r.id = ROW.remittance_id AND r.posted_at IS NOT NULL)"
_ANSWER_POSTED = (
    "EXISTS (SELECT 1 FROM claims_remittance r JOIN claims_remittanceclaim a ON a.remittance_id = r.id"
    " WHERE a.id = ROW.answer_id AND r.posted_at IS NOT NULL)"
)
_OF_A_PART = "EXISTS (SELECT 1 FROM claims_remittanceclaim p WHERE p.id = ROW.answer_id AND p.split_of_id IS NOT NULL)"

# An answer that matched nothing waits for a person, who matches it after posting, and may take that back or park it.
_BY_HAND = ("claim_id", "matched_by", "matched_person_id", "match_score", "parked_at", "parked_by_id", "parked_reason")
_MATCHED_LATER = (
    f"(OLD.claim_id IS NULL OR OLD.matched_person_id IS NOT NULL) AND {unchanged_but(RemittanceClaim, *_BY_HAND)}"
)

_SIGNED_ESTIMATE = "EXISTS (SELECT 1 FROM claims_estimatesignature s WHERE s.estimate_id = OLD.id)"
_ESTIMATE_MESSAGE = "This estimate is signed and locked. Make a new one."
_LIFTED_ONCE = (
    "OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL"
    f" AND {unchanged_but(SelfPayRestriction, 'lifted_at', 'lifted_by_id', 'lift_reason')}"
)

_UNDONE_ONCE = (
    "OLD.undone_at IS NULL AND NEW.undone_at IS NOT NULL"
    f" AND {unchanged_but(PatientPayment, 'undone_at', 'undone_by_id', 'undo_reason')}"
)
_ONLY_TAKEN_OFF = f"NOT ({unchanged_but(Evidence, 'removed_at', 'removed_by_id')})"
_DOCUMENT_TAKEN_OFF = f"NOT ({unchanged_but(VisitDocument, 'removed_at', 'removed_by_id')})"
_ONLY_LIFTED = f"NOT (OLD.lifted_at IS NULL AND {unchanged_but(Unobtainable, 'lifted_at', 'lifted_by_id')})"

# Carried out, it may be taken back, and stand again where the answer that did so is not its claim's.
_WRITE_OFF_CHANGED = (
    "OLD.status <> 'requested' AND"
    f" NOT ({unchanged_but(WriteOff, 'status', 'revision', 'taken_back_by_id')}"
    " AND OLD.status IN ('approved', 'reversed') AND NEW.status IN ('approved', 'reversed'))"
)
_PLANNED = ("id", "way", "transmission_id", "planned_at", "planned_by_id")
_CARRIED = "OLD.delivered_at IS NULL AND OLD.given_up_at IS NULL AND " + unchanged_but(
    Dispatch, *(str(f.column) for f in Dispatch._meta.concrete_fields if f.column not in _PLANNED)
)
_ENDED = f"OLD.is_waiting AND {unchanged_but(DispatchedClaim, 'is_waiting', 'submission_id')}"
_NOTE_MESSAGE = "A note stays as it was written: it is rewritten by another one, or taken back."

LOCKS = (
    *append_only("claims_packet", "A sealed packet"),
    *append_only("claims_packetpart", "A part of a sealed packet"),
    Lock("claims_evidence", "UPDATE", _ONLY_TAKEN_OFF, "Evidence is only taken off the shelf, never changed."),
    Lock("claims_evidence", "DELETE", "1 = 1", "Evidence is only taken off the shelf, never removed."),
    Lock("claims_visitdocument", "UPDATE", _DOCUMENT_TAKEN_OFF, "Documents are only taken off, never changed."),
    Lock("claims_visitdocument", "DELETE", "1 = 1", "Documents are only taken off, never removed."),
    Lock("claims_unobtainable", "UPDATE", _ONLY_LIFTED, "What cannot be had is only lifted, never changed."),
    Lock("claims_unobtainable", "DELETE", "1 = 1", "What cannot be had is only lifted, never removed."),
    *append_only("claims_decision", "A decision about a denial"),
    Lock("claims_writeoff", "UPDATE", _WRITE_OFF_CHANGED, "A write-off keeps its amount, reason and people."),
    Lock("claims_writeoff", "DELETE", "1 = 1", "A write-off is refused, withdrawn or taken back, never removed."),
    *append_only("claims_playbookfact", "A fact of the payer playbook"),
    *append_only("claims_channellimit", "A limit of a channel"),
    *append_only("claims_submission", "What was sent"),
    *append_only("claims_sentreport", "What the checks said of a claim that was sent"),
    *append_only("claims_sentfailure", "What the checks said of a claim that was sent"),
    *append_only("claims_filingproof", "A proof of filing"),
    *append_only("claims_transmission", "A file that was written"),
    *append_only("claims_transmittedclaim", "A claim as it was written"),
    *append_only("claims_acknowledgementfile", "An imported file"),
    *append_only("claims_acknowledgement", "What was answered of a claim that was sent"),
    Lock("claims_dispatch", "UPDATE", f"NOT ({_CARRIED})", "What was to leave stays as it was written down."),
    Lock("claims_dispatch", "DELETE", "1 = 1", "What was to leave stays as it was written down."),
    *append_only("claims_dispatchfile", "A file that was to leave"),
    *append_only("claims_dispatchattempt", "What became of a sending"),
    Lock("claims_dispatchedclaim", "UPDATE", f"NOT ({_ENDED})", "What was to leave stays as it was written down."),
    Lock("claims_dispatchedclaim", "DELETE", "1 = 1", "What was to leave stays as it was written down."),
    Lock(
        "claims_controlseries",
        "UPDATE",
        "NEW.last < OLD.last",
        "Control numbers are never given twice: they only rise.",
    ),
    Lock("claims_controlseries", "DELETE", "1 = 1", "Control numbers are never given twice, so their last one stays."),
    *append_only("claims_planorder", "A confirmed order of plans"),
    *append_only("claims_payerterms", "A version of what was agreed with a payer"),
    *append_only("claims_estimatesignature", "A signature"),
    *append_only("claims_ownruleversion", "A version of a rule"),
    *append_only("claims_ownruletrial", "A trial of a rule"),
    *append_only("claims_ruleseverity", "A severity that was set"),
    *append_only("claims_rulesrelease", "The release of the rules"),
    Lock("claims_ownrule", "UPDATE", "OLD.status = 'retired'", "A retired rule stays as it was."),
    Lock("claims_ownrule", "DELETE", "1 = 1", "A rule is retired, never removed: its id is never given again."),
    Lock("claims_estimate", "UPDATE", _SIGNED_ESTIMATE, _ESTIMATE_MESSAGE),
    Lock("claims_estimate", "DELETE", _SIGNED_ESTIMATE, _ESTIMATE_MESSAGE),
    Lock(
        "claims_selfpayrestriction", "UPDATE", f"NOT ({_LIFTED_ONCE})", "A restriction is only lifted, never changed."
    ),
    Lock("claims_selfpayrestriction", "DELETE", "1 = 1", "A restriction is only lifted, never removed."),
    *append_only("claims_remittancefile", "An imported file"),
    Lock("claims_remittance", "UPDATE", "OLD.posted_at IS NOT NULL", "This remittance is posted and locked."),
    Lock("claims_remittance", "DELETE", "OLD.posted_at IS NOT NULL", "This remittance is posted and locked."),
    Lock("claims_formerscan", "INSERT", _POSTED.replace("ROW", "NEW"), "This remittance is posted and locked."),
    *append_only("claims_formerscan", "A scan that was replaced"),
    *part_of_posted("claims_eobspot", _POSTED),
    *part_of_posted("claims_remittanceclaim", _POSTED, _MATCHED_LATER, part="ROW.split_of_id IS NOT NULL"),
    *part_of_posted("claims_remittanceline", _ANSWER_POSTED, part=_OF_A_PART),
    *part_of_posted("claims_adjustment", _ANSWER_POSTED, part=_OF_A_PART),
    Lock("claims_patientpayment", "UPDATE", f"NOT ({_UNDONE_ONCE})", "A payment is only taken back, never changed."),
    Lock("claims_patientpayment", "DELETE", "1 = 1", "A payment is only taken back, never removed."),
    *append_only("claims_billingrelease", "A decision to bill"),
    *append_only("claims_statuscall", "A call that was noted"),
    Lock("claims_claimnote", "UPDATE", f"NOT ({unchanged_but(ClaimNote, 'withdrawn_at')})", _NOTE_MESSAGE),
    Lock("claims_claimnote", "DELETE", "1 = 1", "A note is taken back, never removed."),
)
