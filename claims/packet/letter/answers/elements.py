"""The elements of a signed record, each in one sentence with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from claims.facts import AppealFacts
from claims.packet.letter.model import ENCOUNTER, lacks, of_record, say
from claims.packet.narrative import Sentence
from documentation.facts import EncounterFacts
from documentation.kernel.dates import long_date
from documentation.kernel.vocabulary import DUCTS_OF_GLAND, ENDOSCOPIC_KINDS, NONE
from documentation.prose import phrases as p
from documentation.prose.moments import local
from documentation.prose.names import noun_phrase, the_duct
from documentation.prose.note import signer

PROOFS = {
    "receipt": "receipt",
    "fax_confirmation": "fax confirmation",
    "listing": "listing of the files laid down",
    "tracking_number": "tracking number",
    "acknowledgement": "acknowledgement",
    "277ca": "277CA, accepted",
    "999": "999, accepted",
    "portal": "portal confirmation",
    "fax": "fax confirmation",
    "mail": "certified mail",
}
CHANNELS = {
    "portal": "through your portal",
    "clearinghouse": "through our clearinghouse",
    "fax": "by fax",
    "mail": "by mail",
    "print": "on paper",
}


def signed_on(e: EncounterFacts) -> str:
    """The day of the signature at the location, in words; empty where the record is not signed."""
    if e.signature is None or e.signature.signed_at is None:
        return ""
    return long_date(local(e.signature.signed_at, e.location.time_zone).date())


def written_reading(e: EncounterFacts) -> Sentence:
    if not e.interpretation.text:
        return lacks("The images have no written interpretation.", f"{ENCOUNTER}interpretation.text", "interpretation")
    text = "The written interpretation is enclosed"
    facts = ["interpretation.text"]
    if e.signature:
        text += f"; {signer(e.signature.name, e.signature.credential)}, signed it" + (
            f" on {signed_on(e)}" if signed_on(e) else ""
        )
        facts += ["signature.name", "signature.signed_at"]
    return say(f"{text}.", of_record(*facts), "interpretation")


def sent_before(facts: AppealFacts) -> Iterator[Sentence]:
    """That the payer had the record before it decided, with the numbers under which it was sent; where it had only the
    claim, that it had that.
    """
    sent = facts.denial.sent
    if not sent:
        return
    n = max((i for i, s in enumerate(sent) if not s.without_record), default=0)
    s = sent[n]
    what = f"Claim {facts.claim.number}" if s.without_record else f"Packet {s.packet}, with this record,"
    how = f" {CHANNELS[s.channel]}" if s.channel in CHANNELS else ""
    number = f", under control number {s.control_number}" if s.control_number else ""
    proof = (
        f" ({PROOFS.get(s.proof, 'proof')} {s.proof_reference})"
        if s.proof_reference and s.proof not in ("", NONE)
        else ""
    )
    yield say(
        f"{what} went to you{how} on {long_date(s.sent_on)}{number}{proof}.",
        [
            *(f"denial.sent[{n}].{name}" for name in ("packet", "channel", "sent_on", "control_number")),
            *(f"denial.sent[{n}].{name}" for name in ("proof_reference", "without_record")),
            *(["claim.number"] if s.without_record else []),
        ],
        "part:denial",
    )


def reason_on_record(e: EncounterFacts) -> Sentence:
    j = e.justification
    if not j.indications:
        return lacks("Why the examination was needed is not recorded.", f"{ENCOUNTER}justification.indications")
    care = [c for c in j.prior_care if c.type != NONE]
    studies = [s for s in j.prior_imaging if s.modality != NONE]
    parts = ["the complaints and their course"]
    parts += [f"{p.count(len(care))} conservative treatment{'s' if len(care) > 1 else ''}"] if care else []
    parts += [f"{p.count(len(studies))} earlier stud{'ies' if len(studies) > 1 else 'y'}"] if studies else []
    facts = of_record("justification.indications", "justification.prior_care", "justification.prior_imaging")
    return say(f"{p.capital(p.join(parts))} {'are' if len(parts) > 1 else 'is'} recorded.", facts, "note:justification")


def entry(e: EncounterFacts) -> Sentence:
    """What was done, in one sentence."""
    glands = e.procedure.glands
    if not glands:
        return lacks("Which duct was examined is not recorded.", f"{ENCOUNTER}procedure.glands", "note:procedure")
    clauses = []
    for g in glands:
        duct = the_duct(g.duct or DUCTS_OF_GLAND[g.gland][0], g.side)
        if not g.was_entered:
            clauses.append(f"{duct} could not be entered")
        else:
            clauses.append(f"{duct} was entered" + (f" and {p.EXTENT[g.extent]}" if g.extent else ""))
    facts = [f"procedure.glands[{i}].{n}" for i in range(len(glands)) for n in ("duct", "side", "extent")]
    return say(f"{p.capital('; '.join(clauses))}.", of_record(*facts), "note:procedure")


def seen_and_treated(e: EncounterFacts) -> Sentence:
    if not e.findings:
        return lacks("What was seen is not recorded.", f"{ENCOUNTER}findings", "note:findings")
    seen = [f for f in e.findings if not f.is_normal]
    facts = [f"findings[{i}].type" for i in range(len(e.findings))]
    text = p.join([noun_phrase(f) for f in seen]) if seen else "the duct was normal"
    ways = list(dict.fromkeys(p.INTERVENTION[t.type] for t in e.interventions if t.type != NONE))
    if ways:
        text += f"; treated with {p.join(ways)}"
        facts += [f"interventions[{i}].type" for i in range(len(e.interventions))]
    return say(f"{p.capital(text)}.", of_record(*facts), "note:findings")


def images_on_record(e: EncounterFacts) -> Sentence:
    stills = [i for i in e.images if i.kind in ENDOSCOPIC_KINDS]
    if not stills:
        return lacks("No endoscopic image is on record.", f"{ENCOUNTER}images", "note:images")
    many = len(stills) > 1
    captions = f", with caption{'s' if many else ''}" if all(i.caption for i in stills) else ""
    text = f"{p.capital(p.count(len(stills)))} endoscopic image{'s' if many else ''}{captions}."
    return say(text, of_record("images"), *(f"figure:{i.figure}" for i in stills))


def plan_on_record(e: EncounterFacts) -> Sentence:
    if not (e.plan.recommendations or e.plan.statement or e.plan.follow_up_days):
        return lacks("What happens next is not recorded.", f"{ENCOUNTER}plan.recommendations", "note:plan")
    told = e.plan.statement or "; ".join(map(p.bare, e.plan.recommendations))
    told = told or f"The next visit is due in {p.days(e.plan.follow_up_days or 0)}"
    return say(p.closed(told), of_record("plan.statement", "plan.recommendations", "plan.follow_up_days"), "note:plan")
