"""The answer to each reason that the payer gave, in turn: quoted as it came, then met with what the record shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from claims.codes.adjustments import RARC, carc_label, rarc_label
from claims.codes.denial_causes import CAUSES, category_of
from claims.facts import AppealFacts, DenialFacts, DeniedCodeFacts
from claims.packet.letter.answers import formal, plan, record
from claims.packet.letter.model import Kind, Passage, heading, lacks, say, text_of
from documentation.kernel.money import dollars
from documentation.kernel.rule import Cause

Answer = Callable[[AppealFacts], Iterator[Passage]]

ANSWERS: Mapping[Cause, Answer] = {
    Cause.DOCUMENTATION: record.documentation,
    Cause.MEDICAL_NECESSITY: record.medical_necessity,
    Cause.IMAGES: record.images,
    Cause.CODING: record.coding,
    Cause.BUNDLING: formal.bundling,
    Cause.AUTHORIZATION: formal.authorization,
    Cause.TIMELY_FILING: formal.timely_filing,
    Cause.DUPLICATE: formal.duplicate,
    Cause.PROVIDER: formal.provider,
    Cause.APPEAL: formal.procedure,
    Cause.COVERAGE: plan.coverage,
    Cause.ELIGIBILITY: plan.eligibility,
    Cause.CROSSOVER: plan.crossover,
    Cause.COB: plan.coordination,
    Cause.OTHER: record.other,
}
"""One answer for each cause."""


def answers(facts: AppealFacts) -> Iterator[Passage]:
    """Every reason quoted and answered. What two reasons share is answered once."""
    reasons = facts.denial.reasons
    yield heading("Your reason, and our answer" if len(reasons) == 1 else "Your reasons, and our answers, one by one")
    given: dict[Cause, str] = {}
    for n, reason in enumerate(reasons):
        path = f"denial.codes[{n}]" if facts.denial.codes else "denial"
        yield _quote(reason, path)
        for cause in causes_of(facts.denial, reason):
            if cause in given:
                yield text_of(
                    say(
                        f"What we say above to {given[cause]} answers this reason, too.",
                        [f"{path}.carc"],
                        "part:denial",
                    )
                )
                continue
            given[cause] = reason.verbatim
            yield from ANSWERS[cause](facts)


def causes_of(denial: DenialFacts, reason: DeniedCodeFacts) -> tuple[Cause, ...]:
    """What a reason is about: its own cause, then those of its remarks. A cause that a person chose comes first."""
    is_leading = (reason.group, reason.carc) == (denial.group, denial.carc)
    lead = Cause(denial.cause) if is_leading else CAUSES[category_of(reason.carc, reason.rarcs)] or Cause.OTHER
    categories = (RARC[r].category for r in reason.rarcs if r in RARC)
    told = dict.fromkeys((lead, *(cause for c in categories if c and (cause := CAUSES[c]))))
    if len(told) > 1:
        told.pop(Cause.OTHER, None)
    return tuple(told)


def _quote(reason: DeniedCodeFacts, path: str) -> Passage:
    amount = f"{path}.cents" if "[" in path else f"{path}.amount_cents"
    facts = [f"{path}.{name}" for name in ("group", "carc", "rarcs")]
    if reason.cents:
        told = [say(f"You denied {dollars(reason.cents)} with this.", [amount, *facts], "part:denial")]
    else:
        told = [lacks("How much was denied is not recorded.", amount, "part:denial")]
    words = "; ".join(text for _, text in words_of(reason))
    if words:
        told.append(say(f"In plain words, as we read it: {words}.", facts, "part:denial"))
    return Passage(tuple(told), Kind.QUOTE, reason.verbatim or "No reason given")


def words_of(reason: DeniedCodeFacts) -> list[tuple[str, str]]:
    """Each code with our wording for it; codes that we have no words for are left out."""
    told = [(reason.pair, carc_label(reason.carc)), *((r, rarc_label(r)) for r in reason.rarcs)]
    return [(code, _plain(label)) for code, label in told if label]


def _plain(label: str) -> str:
    """Our wording as it is said to the payer itself."""
    return label.removesuffix(", the payer says").replace(" they need", "").replace("asked from us", "asked of us")


__all__ = ["ANSWERS", "answers", "causes_of", "words_of"]
