"""What goes into the packet of a claim, in which order and why, and what was left out: a pure function of facts.

The order is data: `ORDER` unless a channel's profile gives its own. A part that an order does not name is left out and
listed with the reason. Documents that others lay in (evidence, authorization, the first plan's EOB) come as parts, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from claims.facts import ClaimFacts
from documentation.kernel.machine import Refused
from documentation.kernel.vocabulary import NONE
from documentation.rules.predicates import attempt_only

ORDER = (
    "cover", "narrative", "interpretation", "figures", "claim", "note", "evidence", "authorization", "primary_eob",
    "further",
)  # fmt: skip
"""What the payer's consultant reads first stands first; the proof follows."""
PLACES: Mapping[str, str] = {
    "cover": "Says first what follows, and whom to call.",
    "narrative": "Stands before its proof: the consultant decides by it.",
    "interpretation": "Is the reading that the code pays for, so it follows the narrative.",
    "figures": "Stand with the interpretation that reads them.",
    "claim": "Ties what was read to the claim, before the record that it rests on.",
    "note": "Is the record behind every sentence, for whoever wants to look one up.",
    "evidence": "Stands behind the record that tells of it.",
    "authorization": "Stands behind the record: its number is in the claim data.",
    "primary_eob": "Stands behind the record: its amounts are in the claim data.",
    "further": "Stand last: they show more of the same.",
}
"""Why each part of `ORDER` stands where it does."""


@dataclass(frozen=True)
class Order:
    """The parts that a channel takes, in its order. `source`: where that was read and when, in brackets; `name` of the
    channel.
    """

    parts: tuple[str, ...] = ORDER
    name: str = ""
    source: str = ""

    def place_of(self, key: str) -> str:
        """Why a part stands where it does."""
        if self.name:
            return f"{self.name} takes the parts in this order{f' ({self.source})' if self.source else ''}."
        return PLACES[key]

    @property
    def refusal(self) -> str:
        """Why a part that is not among them stays."""
        source = f" ({self.source})" if self.source else ""
        return f"{self.name or 'the profile of the channel'} does not take it{source}"


USUAL = Order()


@dataclass(frozen=True)
class Part:
    """One piece of the packet. `reason` says why it leaves the practice; `pages` are first and last, once typeset."""

    key: str
    title: str
    reason: str
    pages: tuple[int, int] | None = None
    place: str = ""
    """Why it stands where it does, as a sentence."""


@dataclass(frozen=True)
class LeftOut:
    """A piece that does not leave, with the reason."""

    key: str
    title: str
    reason: str


@dataclass(frozen=True)
class Composition:
    parts: tuple[Part, ...]
    left_out: tuple[LeftOut, ...]


def compose_parts(
    facts: ClaimFacts,
    key_figures: Sequence[int],
    further_figures: Sequence[int],
    *,
    order: Order = USUAL,
    documents: Iterable[Part] = (),
) -> Composition:
    """The parts in their order. Figures are named by their numbers; `documents` are parts that others lay in.

    Raises Refused where nothing would leave but the cover.
    """
    made = {p.key: p for p in (*_parts(facts, key_figures, further_figures), *documents)}
    parts = [replace(made[key], place=order.place_of(key)) for key in order.parts if key in made]
    if not any(part.key != "cover" for part in parts):
        raise Refused(
            f"{order.name or 'The channel'} takes none of the parts that this packet has, so only a cover would leave."
            " Choose another channel, or correct which parts it takes."
        )
    dropped = [LeftOut(p.key, p.title, order.refusal) for p in made.values() if p.key not in order.parts]
    return Composition(tuple(parts), (*dropped, *_missing(facts, made, {*key_figures, *further_figures})))


def span(word: str, numbers: Sequence[int]) -> str:
    """`Key figures 1–4`, `Key figures 1, 3`, `Key figure 2`."""
    if len(numbers) == 1:
        return f"{word} {numbers[0]}"
    if list(numbers) == list(range(numbers[0], numbers[0] + len(numbers))):
        return f"{word}s {numbers[0]}–{numbers[-1]}"
    return f"{word}s {', '.join(map(str, numbers))}"


def _parts(facts: ClaimFacts, key: Sequence[int], further: Sequence[int]) -> list[Part]:
    signed = ", signed" if facts.encounter.is_signed else ""
    parts = [
        Part("cover", "Cover", "says what follows, for whom, and where to ask"),
        Part("narrative", "Narrative of medical necessity", "says why the examination was needed"),
        Part("interpretation", f"Interpretation{signed}", _why_interpreted(facts)),
        Part("claim", "Claim data", "ties the packet to the claim"),
        Part("note", f"Encounter note{signed}", "the record that every statement rests on"),
    ]
    if key:
        parts.append(Part("figures", span("Key figure", key), "the images that show the findings"))
    if further:
        parts.append(Part("further", span("Further figure", further), "the remaining images of the examination"))
    return parts


def _why_interpreted(facts: ClaimFacts) -> str:
    if attempt_only(facts.encounter):
        return "says what the attempt could and could not show"
    dental = "D0371 pays for images with a written interpretation"
    return dental if facts.kind == "dental" else "the written reading of the images"


def _missing(facts: ClaimFacts, made: dict[str, Part], shown: set[int]) -> Iterable[LeftOut]:
    e = facts.encounter
    gone = [i.figure for i in e.images if i.figure not in shown]
    if gone:
        yield LeftOut("figures", span("Figure", gone), "no picture of it is at hand")
    if "evidence" not in made and any(s.modality != NONE for s in e.justification.prior_imaging):
        yield LeftOut("evidence", "Reports of earlier imaging", "none is filed with the claim; the note tells of them")
    if "authorization" not in made:
        number = dict(facts.references).get("G1")
        why = "its number stands in the claim data" if number else "no authorization is on file for this service"
        yield LeftOut("authorization", "Authorization", why)
    if facts.sequence > 1 and "primary_eob" not in made:
        yield LeftOut("primary_eob", "The first plan's EOB", "its amounts stand in the claim data")
