"""What a search from anywhere finds: patients, their claims, payers, packets, each for whoever may see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Q, QuerySet

from claims.models import Claim, Packet, Payer
from claims.queries.billing import with_word
from documentation.kernel.permissions import Permission
from documentation.kernel.text import clean_text
from documentation.models import Encounter, Patient
from documentation.models.together import together
from documentation.queries.patients import search

MOST = 6
"""Of each kind so many are shown: who has more types another word."""
LONGEST = 200
"""Characters of a search that are looked at."""

_NUMBER = re.compile(r"([PECK])[\s-]?0*([1-9][0-9]{0,11})", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """What is shown, of each kind at most MOST; `numbered` is the row whose number was typed."""

    patients: list[Patient] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    payers: list[Payer] = field(default_factory=list)
    packets: list[Packet] = field(default_factory=list)
    numbered: Patient | Encounter | Claim | Packet | None = None

    @property
    def count(self) -> int:
        kinds: tuple[list[Any], ...] = (self.patients, self.claims, self.payers, self.packets)
        return sum(map(len, kinds)) + (self.numbered is not None)

    @property
    def leads_on(self) -> bool:
        """Whether what was typed is one row's number and nothing else that anybody could mean by it."""
        others = [p for p in self.patients if p != self.numbered]
        return self.numbered is not None and not (others or self.payers or self.packets)


def find(typed: str, *, may: Callable[[Permission], bool]) -> Found:
    """Everything that begins as it was typed and that this person may see, in one query; nothing of no words."""
    words = clean_text(typed[:LONGEST])
    if not words:
        return Found()
    asked = _named(words, may) | _numbered(words, may)
    if not asked:
        return Found()
    found = together(**asked)
    # The patient of a number is found by it twice, and so is a packet.
    numbered = next((rows[0] for name, rows in found.items() if name.startswith("number_") and rows), None)
    kinds = {kind: found.get(kind, []) for kind in ("patients", "claims", "payers", "packets")}
    return Found(**{kind: [row for row in rows if row != numbered] for kind, rows in kinds.items()}, numbered=numbered)


def _named(words: str, may: Callable[[Permission], bool]) -> dict[str, QuerySet[Any]]:
    asked: dict[str, QuerySet[Any]] = {}
    if may(Permission.PATIENT_VIEW):
        asked["patients"] = search(words)[:MOST]
        if may(Permission.CLAIM_VIEW):
            # Of the patients that are shown: one letter must not ask for the claims of half the practice. Sorted by no
            # index: among a million claims an engine would go through all the newer ones to find the first of these.
            theirs = Claim.objects.filter(encounter__patient__in=search(words)[:MOST].values("pk"))
            newest = theirs.annotate(newest=F("pk") * -1).order_by("newest").values("pk")[:MOST]
            asked["claims"] = with_word().filter(pk__in=newest).order_by("-pk")
    if may(Permission.PAYER_VIEW):
        each = Q()
        for word in words.split()[:8]:
            each &= Q(name__icontains=word) | Q(payer_id__istartswith=word)
        asked["payers"] = Payer.objects.filter(each).order_by("name", "pk")[:MOST]
    if may(Permission.PACKET_VIEW):
        # By what a payer's letter or the cover of a packet names it.
        code = words.upper()
        asked["packets"] = _packets().filter(Q(control_number=code) | Q(verification_code=code))[:MOST]
    return asked


def _numbered(words: str, may: Callable[[Permission], bool]) -> dict[str, QuerySet[Any]]:
    """The row whose number was typed, as it is written or without its zeros."""
    number = _NUMBER.fullmatch(words)
    if not number:
        return {}
    kinds: dict[str, tuple[Permission, QuerySet[Any]]] = {
        "P": (Permission.PATIENT_VIEW, Patient.objects.filter(merged_into=None)),
        "E": (Permission.ENCOUNTER_VIEW, Encounter.objects.select_related("patient")),
        "C": (Permission.CLAIM_VIEW, with_word()),
        "K": (Permission.PACKET_VIEW, _packets()),
    }
    letter = number[1].upper()
    needs, rows = kinds[letter]
    return {f"number_{letter}": rows.filter(pk=int(number[2]))} if may(needs) else {}


def _packets() -> QuerySet[Packet]:
    """Packets without their sealed texts, which no list reads."""
    rows = Packet.objects.select_related("claim__encounter__patient", "claim__coverage__payer")
    return rows.defer("manifest", "facts", "report").order_by()
