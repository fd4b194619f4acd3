"""What the practice itself knows of codes, as the rules see it, and the tables of the page of codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from claims.codes import crosswalk
from claims.codes.cdt import SIALOENDOSCOPY
from claims.codes.crosswalk import MAPPINGS, Mapping
from claims.codes.procedures import Listed
from claims.facts import ClaimFacts
from claims.models import CodeMapping, CodeText, Coverage
from claims.rules.medical import candidates
from documentation.kernel.vocabulary import GLAND, INTERVENTION
from documentation.models import Encounter
from documentation.rules.predicates import and_joined


def listed_codes(codes: Iterable[str]) -> tuple[Listed, ...]:
    """What the practice's licensed lists say of these codes, the newest row of a code first."""
    return as_listed(CodeText.objects.filter(code__in=set(codes)))


def as_listed(rows: Iterable[CodeText]) -> tuple[Listed, ...]:
    """The same where the rows are at hand."""
    return tuple(Listed(row.code, row.effective_on, row.ended_on, row.text) for row in rows)


def text_on(code: str, day: date | None, listed: Iterable[Listed]) -> str:
    """The licensed wording of a code on a day; empty where the practice has not loaded it."""
    rows = sorted((row for row in listed if row.code == code), key=lambda row: row.effective_on, reverse=True)
    return next((row.text for row in rows if day is None or row.holds(day)), "")


def known_mappings() -> tuple[Mapping, ...]:
    """The practice's own medical codes."""
    return tuple(as_mapping(row) for row in CodeMapping.objects.select_related("payer"))


def as_mapping(row: CodeMapping) -> Mapping:
    return Mapping(
        row.cdt,
        row.code,
        glands=(row.gland,) if row.gland else (),
        requires_any=tuple(row.interventions),
        payers=(row.payer.payer_id,) if row.payer else (),
        diagnoses=tuple(row.diagnoses),
        comparator=row.comparator,
        caveat=row.caveat,
        source=row.source,
        as_of=row.verified_on or row.effective_on,
        since=row.effective_on,
        until=row.ended_on,
        is_verified=row.verified_on is not None,
        is_taken=row.is_taken,
    )


@dataclass(frozen=True)
class Proposal:
    """A candidate for the medical code of a claim, with the conditions that fired."""

    mapping: Mapping
    reasons: tuple[str, ...]
    is_current: bool
    """Whether it stands on the claim."""
    is_chosen: bool
    """Whether a person chose it."""
    is_supported: bool
    """Whether a diagnosis of the claim belongs to its family."""


def proposals(facts: ClaimFacts) -> tuple[Proposal, ...]:
    """The candidates for a medical claim, the unlisted one first; none for a dental one."""
    if facts.kind != "medical" or not facts.lines:
        return ()
    done = tuple(i.type for i in facts.encounter.interventions)
    seen = tuple(g.gland for g in facts.encounter.procedure.glands)
    return tuple(
        Proposal(
            m,
            tuple(fired(m, done, seen, facts.coverage.payer.name)),
            m.code == facts.procedure_code,
            m.code == facts.procedure_code == facts.confirmed_code,
            m.supports(facts.diagnoses),
        )
        for m in candidates(facts)
    )


def medical_codes_of(encounter: Encounter, plan: Coverage) -> tuple[tuple[Mapping, tuple[str, ...]], ...]:
    """The codes that a medical plan may be billed for a visit, each with the conditions that fired.

    A planned visit has no treatments yet: then only what asks for none of them.
    """
    done = tuple(i.type for i in encounter.interventions.all())
    seen = tuple(g.gland for g in encounter.glands.all())
    payer = plan.payer
    found = crosswalk.candidates(done, seen, payer.payer_id, encounter.service_date, own=known_mappings())
    return tuple((m, tuple(fired(m, done, seen, payer.name))) for m in found)


def codes_of(encounter: Encounter, plan: Coverage) -> tuple[str, ...]:
    """What a plan may be billed for the sialoendoscopy of a visit, the code that its claim starts with first."""
    if plan.payer.line == "dental":
        return (SIALOENDOSCOPY,)
    return tuple(m.code for m, _ in medical_codes_of(encounter, plan))


def fired(m: Mapping, done: Iterable[str], seen: Iterable[str], payer: str) -> Iterable[str]:
    """Why a code fits, in words: what was done, what was examined, who takes it."""
    asked, glands = m.fired(done), [g for g in dict.fromkeys(seen) if g in m.glands]
    if asked:
        yield f"{and_joined(INTERVENTION.label(i).lower() for i in asked)} was done"
    if glands:
        yield f"the {and_joined(GLAND.label(g).lower() for g in glands)} gland was examined"
    if m.payers:
        yield f"{payer} takes it"
    if not (asked or glands or m.payers):
        yield "no listed code names an endoscopy of a salivary duct"


def conditions(m: Mapping, payer: str = "") -> str:
    """The conditions of a mapping in words, for the table of all of them."""
    told = (
        f"gland: {', '.join(GLAND.label(g).lower() for g in m.glands)}" if m.glands else "",
        f"done: {' or '.join(INTERVENTION.label(i).lower() for i in m.requires_any)}" if m.requires_any else "",
        f"not done: {', '.join(INTERVENTION.label(i).lower() for i in m.excludes)}" if m.excludes else "",
        f"payer: {payer}" if payer else "",
    )
    return "; ".join(t for t in told if t) or "always"


@dataclass(frozen=True)
class TableRow:
    """A mapping as the page of codes shows it; `pk` is 0 for a row of the program."""

    mapping: Mapping
    conditions: str
    pk: int = 0


def crosswalk_table() -> list[TableRow]:
    """The practice's own rows first, then the program's."""
    own = CodeMapping.objects.select_related("payer")
    rows = [TableRow(m := as_mapping(row), conditions(m, row.payer.name if row.payer else ""), row.pk) for row in own]
    return [*rows, *(TableRow(m, conditions(m)) for m in MAPPINGS)]
