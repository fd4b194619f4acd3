"""The answers of a check as rows, with their lines and adjustments: many at a time, as a check may hold thousands."""

from __future__ import annotations

from collections.abc import Sequence

from claims.codes.code_book import CodeBook
from claims.codes.denial_causes import Classification
from claims.edi.advice import ClaimAdvice
from claims.models import Adjustment, Claim, Remittance, RemittanceClaim, RemittanceLine
from claims.queries.code_book import code_books
from claims.queries.lineages import Answering
from claims.queries.matching import Match, match_all
from documentation.kernel.money import from_cents
from documentation.services.bulk import Row, insert, reserve

AT_ONCE = 1_000
"""Answers that are matched and written together; the number of queries for them is always the same."""

_ANSWER = (
    "id remittance position claim matched_by match_score parked_reason patient_control payer_control status_code"
    " outcome charge paid patient_share denied pended service_date member_id patient_name"
    " crossover_name crossover_id remarks segment"
).split()
_LINE = "id answer position code charge paid allowed line_control remarks".split()
_ADJUSTMENT = "answer line position group carc amount".split()


def write_answers(remittance: Remittance, claims: Sequence[ClaimAdvice]) -> None:
    """Write the answers of a check, each with the claim that it matches."""
    for start in range(0, len(claims), AT_ONCE):
        _write(remittance, claims[start : start + AT_ONCE])


def _write(remittance: Remittance, claims: Sequence[ClaimAdvice]) -> None:
    matches = match_all(claims, Answering(remittance.payer_identifier, remittance.payer_name))
    books = _books(remittance, matches)
    keys = reserve(RemittanceClaim, len(claims))
    line_keys = iter(reserve(RemittanceLine, sum(len(advice.lines) for advice in claims)))
    answers, lines, taken = [], [], []
    for key, advice in zip(keys, claims, strict=True):
        match = matches.get(advice.position)
        found = advice.classify(books[match.claim if match else None], remittance.paid_on)
        answers.append(_answer(key, remittance, advice, found, match))
        given: list[Row] = [(None, a) for a in advice.adjustments]
        for n, line in enumerate(advice.lines, start=1):
            line_key = next(line_keys)
            lines.append(
                (
                    line_key,
                    key,
                    n,
                    line.code[:10],
                    from_cents(line.charge_cents),
                    from_cents(line.paid_cents),
                    None if line.allowed_cents is None else from_cents(line.allowed_cents),
                    line.line_control[:50],
                    list(line.remarks),
                )
            )
            given += [(line_key, a) for a in line.adjustments]
        taken += [
            (key, line_key, n, a.group[:2], a.carc[:5], from_cents(a.cents))
            for n, (line_key, a) in enumerate(given, start=1)
        ]
    insert(RemittanceClaim, _ANSWER, answers)
    insert(RemittanceLine, _LINE, lines)
    insert(Adjustment, _ADJUSTMENT, taken)


def _books(remittance: Remittance, matches: dict[int, Match]) -> dict[int | None, CodeBook]:
    """The codes by which the answer on each claim is read: its payer's own are known with the claim."""
    claims = {match.claim for match in matches.values()}
    payers = dict(Claim.objects.filter(pk__in=claims).values_list("pk", "coverage__payer_id"))
    books = code_books(set(payers.values()), remittance.paid_on)
    return {None: books[None], **{claim: books[payer] for claim, payer in payers.items()}}


def _answer(key: int, remittance: Remittance, advice: ClaimAdvice, found: Classification, match: Match | None) -> Row:
    return (
        key,
        remittance.pk,
        advice.position,
        match.claim if match else None,
        match.how if match else "",
        match.score if match else 0,
        "",
        advice.patient_control[:50],
        advice.payer_control[:60],
        advice.status_code[:4],
        found.outcome.value,
        from_cents(advice.charge_cents),
        from_cents(advice.paid_cents),
        from_cents(found.patient_cents),
        from_cents(found.denied_cents),
        from_cents(found.pended_cents),
        advice.service_date,
        advice.member_id[:80],
        advice.patient_name[:120],
        advice.crossover_name[:120],
        advice.crossover_id[:80],
        list(advice.remarks),
        advice.segment,
    )
