"""What stands where somebody wrote something: made up, the same for all, and true of no patient."""

from __future__ import annotations

from collections.abc import Mapping

ANY = "Made up for the rehearsal."

SENTENCES: Mapping[str, str] = {
    "claims.appeal.name": "Appeal",
    "claims.appeal.due_reason": "The day was counted in the practice; the rehearsal keeps its distance.",
    "claims.appeal.letter": (
        "We ask you to look at your decision again. The record shows what was examined, why it was needed, and what was"
        " found. This letter was made up for the rehearsal."
    ),
    "claims.appeal.decision_words": "The payer's words are not carried into a rehearsal.",
    "claims.claimline.description": "Examination of a salivary duct",
    "claims.claimnote.text": "A note of the practice stood here. It is not carried into a rehearsal.",
    "claims.remittanceclaim.matched_by": "as in the practice",
    "claims.statuscall.note": "The payer said that the claim is being looked at. Made up for the rehearsal.",
    "claims.peertopeer.credential": "MD",
    "claims.peertopeer.specialty": "dentistry",
    "claims.appealpath.name": "Appeal",
    "claims.appealpath.decider": "",
    "claims.denial.next_action": "Look at the denial and decide.",
    "documentation.justification.statement": (
        "The gland swells at meals and hurts. Treatment without an operation was tried and did not help for long, so"
        " the duct is to be looked at from inside."
    ),
    "documentation.justification.change_of_care": (
        "What is seen decides between taking out an obstruction, widening the duct, and referral."
    ),
    "documentation.justification.risk_without": (
        "Without the examination the cause stays unknown; infections may come back and the gland may be lost."
    ),
    "documentation.priorcare.result": "It helped for some days, then the swelling came back.",
    "documentation.priorimaging.limitation": "The inside of the duct cannot be judged on it.",
    "documentation.procedure.anesthesia_agent": "Lidocaine 2 %",
    "documentation.procedure.irrigation": "Isotonic saline",
    "documentation.glandexamined.incomplete_reason": "The scope could not be brought further without force.",
    "documentation.finding.appearance": "as described",
    "documentation.finding.not_imaged_reason": "The view was not clear enough for a picture.",
    "documentation.finding.note": "Seen clearly during the examination.",
    "documentation.intervention.device": "Rehearsal device",
    "documentation.intervention.drug": "Saline",
    "documentation.intervention.note": "Done without difficulty.",
    "documentation.interpretation.text": (
        "The duct was entered and followed as recorded above. The findings listed in the record were seen on the images"
        " and measured there; the remaining mucosa looked as expected. The images are of good quality."
    ),
    "documentation.interpretation.clinical_relevance": (
        "The findings explain the complaints, and the plan follows from them."
    ),
    "documentation.interpretation.quality": "good",
    "documentation.interpretation.comparison": "There are no earlier images to compare with.",
    "documentation.planofcare.recommendations": "sialogogues and massage for four weeks",
    "documentation.planofcare.statement": "The plan was talked through, and follow-up was arranged.",
    "documentation.encounterimage.caption": "Inside of the duct",
    "documentation.encounterimage.view": "endoscopic",
    "documentation.encounterimage.reading": "The image shows what the findings of the record describe.",
    "documentation.addendum.body": "An addendum of the practice stood here. It is not carried into a rehearsal.",
}
"""By column, what is said in it; of any other text `ANY`."""
