"""Which documents go into a packet: the shelf, the letter of an authorization, the first plan's EOB. By rows alone.

What is chosen here is opened and typeset by `claims.services.evidence`, and held against what was sealed by
`claims.queries.packets`: one choice for both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import QuerySet

from claims.channels import Item
from claims.channels.policy import Wishes, known_from, unwanted
from claims.facts import ClaimFacts, PayerFacts
from claims.models import EVIDENCE_KINDS, Authorization, Claim, Evidence, RemittanceClaim
from claims.packet.composition import USUAL, Order
from claims.queries.gathered import by
from claims.queries.primary import answers_before
from claims.workflow import AuthorizationStatus
from documentation.models import StoredFile
from documentation.models.among import Keys, among
from documentation.models.together import asking

PART_OF = {"authorization": "authorization", "primary_eob": "primary_eob"}
"""Parts of the packet by kind of evidence; what is not named is earlier imaging and care."""
WANTED_AS = {"prior_imaging": "prior_imaging", "referral": "referral", "primary_eob": "primary_eob"}
"""What a kind of evidence is among the documents that payers want; what is not named is on no such list."""
KINDS = dict(EVIDENCE_KINDS)
EOB = "What the first plan answered (EOB)"


@dataclass(frozen=True)
class Chosen:
    """A document of a claim. `part` is a key of the packet's parts, `kind` its kind in words; `stays` says why it goes
    into no packet, empty where it does.
    """

    part: str
    title: str
    kind: str
    dated_on: date | None
    file: StoredFile
    stays: str = ""
    pages: int = 0
    """Of a document on the shelf; 0 where only opening it would tell."""


def wishes_of(facts: ClaimFacts, *, was_asked: bool = False) -> Wishes:
    """What is reliably known of how the claim's payer wants attachments."""
    return wishes_of_payer(facts.coverage.payer, was_asked=was_asked)


def wishes_of_payer(payer: PayerFacts, *, was_asked: bool = False) -> Wishes:
    """The same from what is known of a payer for one of its plans and a day."""
    policy = payer.policy
    return Wishes(
        payer.name or "The payer",
        policy.attachments,
        known_from(policy.source_of("attachments"), policy.verified("attachments")),
        policy.documents_wanted,
        payer.terms.cob_as,
        was_asked,
    )


def asked(keys: Keys) -> dict[str, QuerySet[Any]]:
    """What the documents of claims are chosen from, by the keys of the claims; it may be asked for with others."""
    plans = Claim.objects.filter(among("pk", keys)).order_by().values("coverage")
    letters = Authorization.objects.filter(
        coverage__in=plans, letter__isnull=False, status=AuthorizationStatus.APPROVED
    )
    shelf = Evidence.objects.filter(among("claim", keys), side="send", removed_at=None)
    return {
        "shelf": shelf.select_related("file"),
        "letters": letters.select_related("letter").order_by("pk"),
    }


def documents_of_each(
    facts: Mapping[int, ClaimFacts],
    claims: Collection[Claim],
    found: Mapping[str, list[Any]] | None = None,
    before: Callable[[Claim], Collection[RemittanceClaim]] | None = None,
) -> dict[int, list[Chosen]]:
    """By claim its documents in the order of the packet, those that stay among them; in a constant number of queries.

    `facts` of each claim by its key. A packet of the claim itself leaves out what its payer does not want; what
    proves an appeal is not left out (`stays` is then not asked). `found` is what was `asked`, and `before` tells the
    answers of the plan before a claim, where they are at hand.
    """
    found = found or asking(len(claims))(**asked({c.pk for c in claims}))
    shelf, letters = by("claim_id", found["shelf"]), by("coverage_id", found["letters"])
    attached = [c for c in claims if facts[c.pk].coverage.payer.terms.cob_as == "attachment"]
    answers = {c.pk: before(c) for c in attached} if before else answers_before(attached)
    return {
        c.pk: [
            *(shelved(row) for row in shelf.get(c.pk, ())),
            *(_letter(row) for row in letters.get(c.coverage_id, ()) if _fits(row, c, facts[c.pk])),
            *_first_plan(answers.get(c.pk, ())),
        ]
        for c in claims
    }


def sorted_out(found: Collection[Chosen], wishes: Wishes, order: Order = USUAL) -> tuple[list[Chosen], list[Chosen]]:
    """Those that are typeset, and those that the payer or the channel does not take, each with why it stays."""
    goes: list[Chosen] = []
    stays: list[Chosen] = []
    for one in found:
        why = unwanted(item_of(one.part, one.kind, one.title), wishes)
        if why or one.part not in order.parts:
            stays.append(replace(one, stays=why or order.refusal))
        else:
            goes.append(one)
    return goes, stays


def chosen_as_json(goes: Collection[Chosen], wishes: Wishes | None = None) -> dict[str, Any]:
    """What a manifest keeps of the choice: what was taken, as it is printed, and what the payer wanted then."""
    told: dict[str, Any] = {"chosen": taken_as_json(goes)}
    if wishes:
        told["wishes"] = {
            "attachments": wishes.attachments,
            "documents": sorted(wishes.documents),
            "cob_as": wishes.cob_as,
            "was_asked": wishes.was_asked,
        }
    return told


def taken_as_json(goes: Collection[Chosen]) -> list[list[str]]:
    """Each document of a choice once: its part, title, kind in words, date, and the SHA-256 of its stored file."""
    once = {(c.part, c.title, c.kind, c.dated_on.isoformat() if c.dated_on else "", c.file.sha256) for c in goes}
    return [list(one) for one in sorted(once)]


def is_same_choice(sealed: Sequence[Any], goes: Collection[Chosen]) -> bool:
    """Whether a manifest's `chosen` is this choice. An earlier version of the program kept the files alone."""
    if all(isinstance(one, str) for one in sealed):
        return list(sealed) == sums_of(goes)
    return list(sealed) == taken_as_json(goes)


def sums_of(goes: Collection[Chosen]) -> list[str]:
    """The stored files of a choice by their SHA-256."""
    return sorted({c.file.sha256 for c in goes})


def item_of(part: str, kind: str, title: str) -> Item:
    """A document as the policy of a payer sees it; `kind` in words."""
    return Item("", "enclosure", title, 0, documents=wanted_as(part, kind))


def wanted_as(part: str, kind: str) -> tuple[str, ...]:
    """What a document is among those that payers want; `kind` in words, empty for what does not lie on the shelf."""
    token = part if part == "primary_eob" else WANTED_AS.get(_TOKENS.get(kind, ""), "")
    return (token,) if token else ()


_TOKENS = {words: token for token, words in EVIDENCE_KINDS}


def shelved(row: Evidence) -> Chosen:
    """A document of the shelf."""
    return Chosen(
        PART_OF.get(row.kind, "evidence"), row.title, KINDS[row.kind], row.dated_on, row.file, pages=row.pages
    )


def _letter(row: Authorization) -> Chosen:
    assert row.letter is not None  # noqa: S101 - asked for above
    return Chosen("authorization", f"{row.get_kind_display()} {row.number}".strip(), "", row.decided_on, row.letter)


def _fits(row: Authorization, claim: Claim, facts: ClaimFacts) -> bool:
    """Whether a permission is for a code of this claim and its day."""
    holds = (row.valid_from or date.min) <= claim.service_date <= (row.valid_to or date.max)
    return holds and (not row.codes or bool(set(facts.codes) & set(row.codes)))


def _first_plan(answers: Collection[RemittanceClaim]) -> list[Chosen]:
    """The first plan's EOBs that came on paper. An electronic file tells of others, too, and is never enclosed."""
    scans = {row.remittance.scan_id: row.remittance.scan for row in answers if row.remittance.scan}
    return [Chosen("primary_eob", EOB, "", None, scan) for scan in scans.values()]
