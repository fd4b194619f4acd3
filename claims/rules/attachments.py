"""ATT: what leaves with the claim. D0371 is images and reading, so both must be there whatever a payer asks for."""

from __future__ import annotations

from dataclasses import replace

from claims.facts import ClaimFacts, NewerVersionFacts
from claims.rules.citations import CARC, PACKET, POLICY
from claims.rules.examples import READY, SIGNED, with_claim, with_encounter, with_policy, with_second_line
from documentation.facts import OtherProcedureFacts
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import at
from documentation.rules.predicates import and_joined, attempt_only, endoscopic_images, is_pictured, key_images, said

UNSIGNED_VERSION = NewerVersionFacts("E000002", 2, is_signed=False)
SIGNED_VERSION = NewerVersionFacts("E000002", 2, is_signed=True)


def undocumented(c: ClaimFacts) -> list[str]:
    """Codes of other services that the record does not show by themselves."""
    others = [p.code for p in c.encounter.other_procedures if not p.documented]
    return list(dict.fromkeys([*(line.code for line in c.lines if not line.documented), *others]))


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="ATT-101",
        title="The record is signed",
        severity=Severity.BLOCKER,
        field="claim.encounter",
        message="The record is not signed.",
        fix="Ask the clinician to sign it.",
        citation=PACKET,
        prevents=Cause.DOCUMENTATION,
        passes=lambda c: c.encounter.is_signed,
        good=READY,
        bad=with_encounter(signature=None),
    ),
    Rule(
        id="ATT-102",
        title="Endoscopic images go with the claim",
        severity=Severity.BLOCKER,
        field="packet.images",
        message="The record holds no image from inside the duct.",
        fix="Ask the clinician to add the images in a new version of the record.",
        citation=at(CARC, "252 with remark code N40"),
        prevents=Cause.IMAGES,
        passes=lambda c: bool(endoscopic_images(c.encounter)) or attempt_only(c.encounter),
        good=READY,
        bad=with_encounter(images=()),
    ),
    Rule(
        id="ATT-103",
        title="The written interpretation goes with the claim",
        severity=Severity.BLOCKER,
        field="packet.interpretation",
        message="The record holds no written interpretation. Without it there is no D0371.",
        fix="Ask the clinician to write it in a new version of the record.",
        citation=at(CARC, "252 with remark code N457"),
        prevents=Cause.IMAGES,
        passes=lambda c: said(c.encounter.interpretation.text) or attempt_only(c.encounter),
        good=READY,
        bad=with_encounter(interpretation=replace(SIGNED.interpretation, text="")),
    ),
    Rule(
        id="ATT-104",
        title="The interpretation states the clinical relevance",
        severity=Severity.BLOCKER,
        field="packet.interpretation",
        message="The interpretation does not state the clinical relevance.",
        fix="Ask the clinician to state it in a new version of the record.",
        citation=at(CARC, "252 with remark code N458"),
        prevents=Cause.IMAGES,
        passes=lambda c: said(c.encounter.interpretation.clinical_relevance) or attempt_only(c.encounter),
        good=READY,
        bad=with_encounter(interpretation=replace(SIGNED.interpretation, clinical_relevance="")),
    ),
    Rule(
        id="ATT-105",
        title="Each finding is pictured",
        severity=Severity.WARNING,
        field="packet.images",
        message="A finding has no image and no reason why not.",
        fix="Ask the clinician for an addendum that says why.",
        citation=PACKET,
        prevents=Cause.IMAGES,
        passes=lambda c: all(is_pictured(c.encounter, f) for f in c.encounter.findings),
        good=READY,
        bad=with_encounter(images=SIGNED.images[2:]),
    ),
    Rule(
        id="ATT-106",
        title="The packet has a key image",
        severity=Severity.ADVICE,
        field="packet.images",
        message="No image is marked as key image; the packet will show all in their order.",
        fix="Ask the clinician to mark the best image next time.",
        citation=PACKET,
        prevents=Cause.IMAGES,
        passes=lambda c: bool(key_images(c.encounter)) or attempt_only(c.encounter),
        good=READY,
        bad=with_encounter(images=SIGNED.images[2:]),
    ),
    Rule(
        id="ATT-107",
        title="The narrative has its facts",
        severity=Severity.BLOCKER,
        field="packet.narrative",
        message="The record does not say why the examination was needed.",
        fix="Ask the clinician to add the justification in a new version of the record.",
        citation=at(CARC, "50"),
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda c: (
            bool(c.encounter.justification.indications)
            and bool(c.encounter.justification.prior_care)
            and bool(c.encounter.justification.prior_imaging)
        ),
        good=READY,
        bad=with_encounter(justification=replace(SIGNED.justification, indications=())),
    ),
    Rule(
        id="ATT-108",
        title="The procedure has its facts",
        severity=Severity.BLOCKER,
        field="packet.record",
        message="The record does not name gland, findings, treatments or plan.",
        fix="Ask the clinician to complete it in a new version of the record.",
        citation=at(CARC, "226"),
        prevents=Cause.DOCUMENTATION,
        passes=lambda c: (
            all(said(g.gland, g.side) for g in c.encounter.procedure.glands)
            and bool(c.encounter.procedure.glands)
            and (bool(c.encounter.findings and c.encounter.interventions) or attempt_only(c.encounter))
            and bool(c.encounter.plan.recommendations or said(c.encounter.plan.statement))
        ),
        good=READY,
        bad=with_encounter(findings=()),
    ),
    Rule(
        id="ATT-109",
        title="Each other service is documented",
        severity=Severity.BLOCKER,
        field="lines.documented",
        message="Another service is not documented by itself.",
        fix="Have its note written, or take it off the claim.",
        citation=at(CARC, "112, B12"),
        prevents=Cause.DOCUMENTATION,
        passes=lambda c: not undocumented(c),
        good=with_claim(
            encounter=replace(SIGNED, other_procedures=(OtherProcedureFacts("D0140", 9000, documented=True),)),
            lines=with_second_line("D0140").lines,
        ),
        bad=with_second_line("D0140", documented=False),
        tell=lambda c: f"{and_joined(undocumented(c))} is not documented by itself.",
    ),
    Rule(
        id="ATT-110",
        title="It is known whether the payer wants attachments",
        severity=Severity.ADVICE,
        field="payer.attachments",
        message="It is not known whether the payer wants images and reading with the claim.",
        fix="Send them, ask the payer, and record the answer in its policy.",
        citation=POLICY,
        prevents=Cause.IMAGES,
        passes=lambda c: c.policy.attachments in ("always", "on_request", "never"),
        good=READY,
        bad=with_policy(attachments="unknown"),
    ),
    Rule(
        id="ATT-111",
        title="The claim rests on the version of the record that counts",
        severity=Severity.BLOCKER,
        field="claim.version",
        message="A newer version of the record was signed.",
        fix="Take the new version over; the claim is then checked again.",
        citation=PACKET,
        prevents=Cause.DOCUMENTATION,
        passes=lambda c: not (c.newer and c.newer.is_signed),
        good=with_claim(newer=UNSIGNED_VERSION),
        bad=with_claim(newer=SIGNED_VERSION),
        tell=lambda c: f"Version {c.newer.version} of the record was signed after this claim." if c.newer else "",
    ),
    Rule(
        id="ATT-112",
        title="The record is not being corrected",
        severity=Severity.BLOCKER,
        field="claim.version",
        message="The record is being corrected: what this claim says may be about to change.",
        fix="Wait until the clinician has signed the new version or abandoned it.",
        citation=PACKET,
        prevents=Cause.DOCUMENTATION,
        passes=lambda c: not (c.newer and not c.newer.is_signed),
        good=with_claim(newer=SIGNED_VERSION),
        bad=with_claim(newer=UNSIGNED_VERSION),
        tell=lambda c: (
            f"The record is being corrected as version {c.newer.version}: what this claim says may be about to change."
            if c.newer
            else ""
        ),
    ),
)
