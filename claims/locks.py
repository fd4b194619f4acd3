"""Locks of the claims side: what was sealed, sent or posted stays as it was."""

from claims.models import Evidence, RemittanceClaim, SelfPayRestriction
from documentation.locks import Lock, append_only, unchanged_but


def part_of_posted(table: str, path: str, unless: str = "1 = 0") -> tuple[Lock, ...]:
    """Rows of a remittance: once it is posted, none is added, changed (unless so) or removed. `path` leads to it."""
    message = "This remittance is posted and locked. Post a correction instead."
    was, will_be = path.replace("ROW", "OLD"), path.replace("ROW", "NEW")
    return (
        Lock(table, "INSERT", will_be, message),
        Lock(table, "UPDATE", f"({was} OR {will_be}) AND NOT ({unless})", message),
        Lock(table, "DELETE", was, message),
    )


_POSTED = "EXISTS (SELECT 1 FROM claims_remittance r WHERE r.id = ROW.remittance_id AND r.posted_at IS NOT NULL)"
_ANSWER_POSTED = (
    "EXISTS (SELECT 1 FROM claims_remittance r JOIN claims_remittanceclaim a ON a.remittance_id = r.id"
    " WHERE a.id = ROW.answer_id AND r.posted_at IS NOT NULL)"
)

# An answer that matched nothing waits for a person, who matches it after posting.
_MATCHED_LATER = f"OLD.claim_id IS NULL AND {unchanged_but(RemittanceClaim, 'claim_id', 'matched_by')}"

_SIGNED_ESTIMATE = "EXISTS (SELECT 1 FROM claims_estimatesignature s WHERE s.estimate_id = OLD.id)"
_ESTIMATE_MESSAGE = "This estimate is signed and locked. Make a new one."
_LIFTED_ONCE = (
    "OLD.lifted_at IS NULL AND NEW.lifted_at IS NOT NULL"
    f" AND {unchanged_but(SelfPayRestriction, 'lifted_at', 'lifted_by_id', 'lift_reason')}"
)

_ONLY_TAKEN_OFF = f"NOT ({unchanged_but(Evidence, 'removed_at', 'removed_by_id')})"

LOCKS = (
    *append_only("claims_packet", "A sealed packet"),
    *append_only("claims_packetpart", "A part of a sealed packet"),
    Lock("claims_evidence", "UPDATE", _ONLY_TAKEN_OFF, "Evidence is only taken off the shelf, never changed."),
    Lock("claims_evidence", "DELETE", "1 = 1", "Evidence is only taken off the shelf, never removed."),
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
    *part_of_posted("claims_remittanceclaim", _POSTED, _MATCHED_LATER),
    *part_of_posted("claims_remittanceline", _ANSWER_POSTED),
    *part_of_posted("claims_adjustment", _ANSWER_POSTED),
)
