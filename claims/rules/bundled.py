"""COD-11x: what may stand beside the endoscopy on the same day, by the table of codes and by the payer's own word.

D0350 of the same pictures is one imaging code too many, so its cause is bundling; D0391 is a wrong code beside
D0371, which contains the reading, so its cause is coding. No policy permits either.
"""

from __future__ import annotations

from dataclasses import replace

from claims.codes import bundling, cdt, crosswalk
from claims.facts import ClaimFacts
from claims.rules.citations import BUNDLING, CARC, POLICY, READ_WITH_CAPTURE
from claims.rules.examples import READY, with_policy, with_second_line
from documentation.kernel.dates import long_date
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import MEMORY, at
from documentation.rules.predicates import and_joined, said

_SIDES = {"RT": "R", "LT": "L"}


def codes_of_the_day(c: ClaimFacts) -> tuple[str, ...]:
    """The codes of the claim and of the other services of the day, wherever those are billed."""
    return tuple(dict.fromkeys((*c.codes, *(p.code for p in c.encounter.other_procedures))))


def is_elsewhere(c: ClaimFacts, code: str) -> bool:
    """Whether a code is known to be for a gland that was not examined: by the code itself, or by the side on its line.

    What is not known counts as the same gland.
    """
    words = crosswalk.glands_of(code)
    sides = {_SIDES[m] for line in c.lines if line.code == code for m in line.modifiers if m in _SIDES}
    examined = c.encounter.procedure.glands
    return bool(examined) and not any(
        (not words or g.gland in words) and (not sides or g.side not in ("R", "L") or g.side in sides) for g in examined
    )


def on_this_gland(c: ClaimFacts, codes: list[str]) -> list[str]:
    return [code for code in codes if not is_elsewhere(c, code)]


def has_photographs(c: ClaimFacts) -> bool:
    """Whether the record holds photographs of face or mouth beside the endoscopic images."""
    return any(i.kind == "clinical_photo" for i in c.encounter.images)


def imaging_not_permitted(c: ClaimFacts) -> list[str]:
    """Other imaging of the day that the payer's policy does not name as paid beside D0371."""
    imaging = bundling.IMAGING.among(codes_of_the_day(c), c.policy.bundling_permitted)
    if has_photographs(c):
        # Photographs of their own are imaging like any other.
        imaging += [x for x in bundling.PHOTOGRAPHS.among(codes_of_the_day(c)) if x not in c.policy.bundling_permitted]
    return imaging


def why_imaging_is_held(c: ClaimFacts) -> str:
    codes, payer = and_joined(imaging_not_permitted(c)), c.coverage.payer.name or "this payer"
    if said(c.policy.source) or c.policy.verified_on:
        read = f" (read {long_date(c.policy.verified_on)})" if c.policy.verified_on else ""
        return f"The policy of {payer}{read} does not permit {codes} beside {c.procedure_code} on the same day."
    return f"It is not known whether {payer} pays {codes} beside {c.procedure_code} on the same day."


def overlapping(c: ClaimFacts) -> list[str]:
    return bundling.OVERLAP.among(codes_of_the_day(c), c.policy.bundling_permitted)


def treatments(c: ClaimFacts) -> list[str]:
    return on_this_gland(c, bundling.TREATMENT.among(codes_of_the_day(c), c.policy.bundling_permitted))


def refused(c: ClaimFacts) -> list[str]:
    """Codes of the day that this payer holds to be part of the endoscopy, as its playbook says."""
    there = [code for code in codes_of_the_day(c) if code in c.policy.bundling_refused and code != c.procedure_code]
    return on_this_gland(c, there)


def why_refused(c: ClaimFacts) -> str:
    codes, payer, source = and_joined(refused(c)), c.coverage.payer.name, c.policy.source_of("bundling_refused")
    told = f"{payer or 'This payer'} holds {codes} to be part of {c.procedure_code} on the same day"
    return f"{told} ({source})." if said(source) else f"{told}."


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="COD-111",
        title="No other imaging beside D0371 unless the payer permits it",
        severity=Severity.WARNING,
        field="lines.code",
        message="Another imaging code stands beside D0371, and the payer has not permitted it.",
        fix="Take it off this claim, or record the payer's permission with source and date in its policy.",
        citation=POLICY,
        prevents=Cause.BUNDLING,
        passes=lambda c: not imaging_not_permitted(c),
        good=replace(with_second_line("D0330"), coverage=with_policy(bundling_permitted=("D0330",)).coverage),
        bad=with_second_line("D0330"),
        tell=why_imaging_is_held,
    ),
    Rule(
        id="COD-112",
        title="D0350 does not bill the same pictures again",
        severity=Severity.BLOCKER,
        field="lines.code",
        message="D0350 would bill the endoscopic images a second time.",
        fix="Remove D0350.",
        citation=at(MEMORY, "double billing of the same images (from memory, to be verified)"),
        prevents=Cause.BUNDLING,
        passes=lambda c: cdt.PHOTOGRAPHS not in codes_of_the_day(c) or has_photographs(c),
        good=READY,
        bad=with_second_line("D0350"),
    ),
    Rule(
        id="COD-113",
        title="D0391 does not bill the reading again",
        severity=Severity.BLOCKER,
        field="lines.code",
        message="D0391 bills the reading again, which D0371 already contains.",
        fix="Remove D0391.",
        citation=READ_WITH_CAPTURE,
        prevents=Cause.CODING,
        passes=lambda c: cdt.READING_ALONE not in codes_of_the_day(c),
        good=READY,
        bad=with_second_line("D0391"),
    ),
    Rule(
        id="COD-114",
        title="Services that overlap with D0371 are permitted",
        severity=Severity.WARNING,
        field="lines.code",
        message="A service is usually held to be part of the same procedure.",
        fix="Remove it, or record the payer's permission in its policy.",
        citation=at(BUNDLING, "CARC 97, 234"),
        prevents=Cause.BUNDLING,
        passes=lambda c: not overlapping(c),
        good=READY,
        bad=with_second_line("D9215"),
        tell=lambda c: f"{and_joined(overlapping(c))} is usually held to be part of the same procedure.",
    ),
    Rule(
        id="COD-115",
        title="Treatment is told apart from the diagnostic look",
        severity=Severity.ADVICE,
        field="lines.code",
        message="A payer may hold D0371 incidental to the treatment of the same day.",
        fix="Make sure that the note tells the diagnostic look apart from the treatment.",
        citation=at(CARC, "97"),
        prevents=Cause.BUNDLING,
        passes=lambda c: not treatments(c),
        good=READY,
        bad=with_second_line("D7979"),
        tell=lambda c: f"A payer may hold D0371 incidental to {and_joined(treatments(c))} of the same day.",
    ),
    Rule(
        id="COD-118",
        title="No service that this payer holds part of the endoscopy",
        severity=Severity.WARNING,
        field="lines.code",
        message="The payer holds another service of the day to be part of the endoscopy.",
        fix="Take it off this claim, or say what makes it a service of its own.",
        citation=POLICY,
        prevents=Cause.BUNDLING,
        passes=lambda c: not refused(c),
        good=replace(with_second_line("D0140"), coverage=with_policy(bundling_refused=("D0330",)).coverage),
        bad=replace(with_second_line("D0140"), coverage=with_policy(bundling_refused=("D0140",)).coverage),
        tell=why_refused,
    ),
)
