"""What the parts of a case must agree on before it can be stored at all.

Contradictions that a person could save as a draft (an onset after the service, another side than planned) are
not refused here: the rules report them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from claims.cases.problems import Problem
from documentation.kernel.vocabulary import DUCTS_OF_GLAND, NONE

if TYPE_CHECKING:
    from claims.cases.record import Encounter
    from claims.cases.schema import Case


def problems_of(case: Case) -> Iterator[Problem]:
    """Every disagreement, in the order of the keys."""
    yield from _plans(case)
    yield from _dates(case)
    yield from _justification(case.encounter)
    yield from _glands(case.encounter)
    yield from _references(case.encounter)


def _plans(case: Case) -> Iterator[Problem]:
    yield from _once("payers", "payer_id", [p.payer_id for p in case.payers])
    yield from _once("coverages", "priority", [c.priority for c in case.coverages])
    yield from _once("coverages", "member_id", [(c.payer_id, c.member_id) for c in case.coverages], "each plan once")
    for n, c in enumerate(case.coverages):
        yield from _order(f"coverages[{n}].terminated_on", c.effective_on, c.terminated_on, "effective_on")
        if c.subscriber and c.subscriber.birth_date > case.encounter.service_date:
            yield Problem(
                f"coverages[{n}].subscriber.birth_date", c.subscriber.birth_date, "a day before the service date"
            )
    for n, a in enumerate(case.authorizations):
        yield from _order(f"authorizations[{n}].valid_to", a.valid_from, a.valid_to, "valid_from")
    if case.estimate:
        e = case.estimate
        if e.high < e.low:
            yield Problem("estimate.high", f"{e.high}", f"an amount of at least the low one, {e.low}")
        yield from _order("estimate.acknowledged_on", e.given_on, e.acknowledged_on, "given_on")


def _dates(case: Case) -> Iterator[Problem]:
    e = case.encounter
    if case.patient.birth_date > e.service_date:
        yield Problem("patient.birth_date", case.patient.birth_date, f"a day up to the service date, {e.service_date}")
    if e.start_time and e.end_time and e.end_time < e.start_time:
        yield Problem("encounter.end_time", e.end_time, f"a time from start_time on, {e.start_time:%H:%M}")


def _justification(e: Encounter) -> Iterator[Problem]:
    j, path = e.justification, "encounter.justification"
    yield from _alone(f"{path}.history", j.history)
    yield from _alone(f"{path}.prior_care", [c.type for c in j.prior_care], "type")
    yield from _alone(f"{path}.prior_imaging", [i.modality for i in j.prior_imaging], "modality")
    for n, c in enumerate(j.prior_care):
        yield from _order(f"{path}.prior_care[{n}].to", c.from_on, c.to_on, "from")


def _glands(e: Encounter) -> Iterator[Problem]:
    yield from _alone("encounter.procedure.complications", e.procedure.complications)
    for n, g in enumerate(e.procedure.glands):
        fitting = DUCTS_OF_GLAND.get(g.gland, (g.duct,))
        if g.duct and g.duct not in fitting:
            yield Problem(
                f"encounter.procedure.glands[{n}].duct", g.duct, f"for the {g.gland} gland only {' or '.join(fitting)}"
            )


def _references(e: Encounter) -> Iterator[Problem]:
    keys = [f.key for f in e.findings]
    yield from _once("encounter.findings", "key", keys)
    for n, i in enumerate(e.interventions):
        yield from _known(f"encounter.interventions[{n}].finding", i.finding, keys)
        # 'None' answers for the finding that it names, or for the whole examination.
        others = [o for o in e.interventions if o is not i and (not i.finding or o.finding == i.finding)]
        if i.type == NONE and others:
            yield Problem(f"encounter.interventions[{n}].type", NONE, "none only where nothing else was done")
    yield from _once("encounter.images", "file", [i.file for i in e.images])
    for n, image in enumerate(e.images):
        yield from _known(f"encounter.images[{n}].finding", image.finding, keys)
    for n, name in enumerate(e.interpretation.findings):
        yield from _known(f"encounter.interpretation.findings[{n}]", name, keys)


def _once(path: str, name: str, given: Sequence[Any], allowed: str = "") -> Iterator[Problem]:
    for n, value in enumerate(given):
        if value in given[:n]:
            shown = value[-1] if isinstance(value, tuple) else value
            yield Problem(f"{path}[{n}].{name}", shown, allowed or f"each {name} once")


def _order(path: str, first: date | None, last: date | None, since: str) -> Iterator[Problem]:
    if first and last and last < first:
        yield Problem(path, last, f"a day from {since} on, {first}")


def _alone(path: str, given: Sequence[str], name: str = "") -> Iterator[Problem]:
    if NONE in given and len(given) > 1:
        n = given.index(NONE)
        yield Problem(f"{path}[{n}].{name}" if name else f"{path}[{n}]", NONE, "none only by itself")


def _known(path: str, name: str, keys: Iterable[str]) -> Iterator[Problem]:
    if name and name not in keys:
        yield Problem(path, name, f"the key of a finding: {', '.join(keys) or 'there is none'}")
