"""The answer to each reason that the payer gave, in turn: quoted as it came, then met with what the record shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from claims.codes.adjustments import carc_label, rarc_label
from claims.facts import AppealFacts, DeniedCodeFacts
from claims.packet.letter.answers import formal, plan, record
from claims.packet.letter.answers.causes import causes_of, is_clinical
from claims.packet.letter.levels import is_decided, kind_words
from claims.packet.letter.model import Kind, Passage, heading, lacks, say, text_of
from documentation.kernel.dates import long_date
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
    given: dict[Cause, str] = {}
    yield from _of_earlier(facts, given)
    reasons = facts.denial.reasons
    yield heading(_title(facts))
    for n, reason in enumerate(reasons):
        path = f"denial.codes[{n}]" if facts.denial.codes else "denial"
        yield _quote(reason, path)
        for cause in causes_of(facts.denial, reason):
            if cause is Cause.OTHER:  # each such reason is its own: nothing said to one answers another
                yield from record.other(facts, reason)
                continue
            if cause in given:
                told = f"What we say above to {given[cause]} answers this reason as well."
                yield text_of(say(told, [f"{path}.carc"], "part:denial"))
                continue
            given[cause] = reason.verbatim
            yield from ANSWERS[cause](facts)


def _title(facts: AppealFacts) -> str:
    many = len(facts.denial.reasons) > 1
    if any(map(is_decided, facts.earlier)):
        which = "reasons of your first decision" if many else "reason of your first decision"
        return f"The {which}, and our answer{'s' if many else ''}"
    return "Your reasons, and our answers, one by one" if many else "Your reason, and our answer"


def _of_earlier(facts: AppealFacts, given: dict[Cause, str]) -> Iterator[Passage]:
    """Why the payer kept its decision on the last appeal, in its own words, and our answer to just that."""
    n, last = max(enumerate(facts.earlier), key=lambda pair: pair[1].level, default=(0, None))
    if last is None or last.outcome in ("", "no_response", "withdrawn"):
        return
    which = kind_words(last.level, last.name, last.stage)
    yield heading(f"Your answer to our {which}, and what we say to it")
    if not last.words:
        yield text_of(
            lacks(
                f"Why you decided so on our {which} is not recorded; quote it here and answer it.",
                f"earlier[{n}].words",
                "part:denial",
            )
        )
        return
    day = f" on {long_date(last.decided_on)}" if last.decided_on else ""
    quoted = say(f"“{' '.join(last.words.split())}”", [f"earlier[{n}].words"], "part:denial")
    yield Passage((quoted,), Kind.QUOTE, f"What you wrote{day}")
    cause = Cause(last.cause or facts.denial.cause)
    if last.outcome == "dismissed_late":
        cause = Cause.APPEAL
    if cause is Cause.OTHER:
        yield text_of(lacks("What we say to this must be written here.", f"earlier[{n}].words", "part:denial"))
        return
    given[cause] = f"your answer to our {which}"
    yield from ANSWERS[cause](facts)


def _quote(reason: DeniedCodeFacts, path: str) -> Passage:
    amount = f"{path}.cents" if "[" in path else f"{path}.amount_cents"
    facts = [f"{path}.{name}" for name in ("group", "carc", "rarcs")]
    words = "; ".join(text for _, text in words_of(reason))
    if reason.cents:
        read = f", which we read as: {words}" if words else ""
        told = say(f"{dollars(reason.cents)} denied{read}.", [amount, *facts], "part:denial")
    else:
        told = lacks("How much was denied is not recorded.", amount, "part:denial")
    return Passage((told,), Kind.QUOTE, reason.verbatim or "No reason given")


def words_of(reason: DeniedCodeFacts) -> list[tuple[str, str]]:
    """Each code with our wording for it; codes that we have no words for are left out."""
    told = [(reason.pair, carc_label(reason.carc)), *((r, rarc_label(r)) for r in reason.rarcs)]
    return [(code, _plain(label)) for code, label in told if label]


def _plain(label: str) -> str:
    """Our wording as it is said to the payer itself."""
    return label.removesuffix(", the payer says").replace(" they need", "").replace("asked from us", "asked of us")


__all__ = ["ANSWERS", "answers", "causes_of", "is_clinical", "words_of"]
