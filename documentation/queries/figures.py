"""What the findings propose to say of each picture, as far as it is not said yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from documentation.filling import Figure, figures
from documentation.kernel.merge import digest
from documentation.models import Encounter, EncounterImage, Finding
from documentation.queries.encounters import draft_facts


@dataclass(frozen=True)
class Proposal:
    """What one press would add to a picture: `values` by field, the finding as its row."""

    image: EncounterImage
    figure: Figure
    values: Mapping[str, Any]

    @property
    def finding_number(self) -> int:
        """The number of the finding that the picture is taken to show."""
        finding: Finding | None = self.values.get("finding") or self.image.finding
        return finding.position if finding else 0


@dataclass(frozen=True)
class Proposals:
    """Open proposals in the order of the figures. `seal` names all that is proposed: who takes it has seen this."""

    open: tuple[Proposal, ...]
    seal: str

    def of(self, image: EncounterImage) -> Proposal | None:
        return next((p for p in self.open if p.image.pk == image.pk), None)


def proposals_of(encounter: Encounter) -> Proposals:
    """`encounter` comes from `with_record`. Findings that wait to be confirmed count, too: it is only a proposal."""
    proposed = figures(draft_facts(encounter, with_unconfirmed=True))
    pictures = dict(enumerate(encounter.images.all(), start=1))
    known = {f.key: f for f in encounter.findings.all()}
    found = (Proposal(pictures[f.figure], f, _missing(pictures[f.figure], f, known)) for f in proposed)
    return Proposals(tuple(p for p in found if p.values), digest([asdict(f) for f in proposed]))


def _missing(image: EncounterImage, figure: Figure, findings: Mapping[str, Finding]) -> dict[str, Any]:
    """What a proposal adds to what is said of a picture."""
    proposed: dict[str, Any] = {
        "finding": None if image.finding_id else findings.get(figure.finding),
        "gland": figure.gland,
        "side": figure.side,
        "segment": figure.segment,
        "caption": figure.caption,
        "reading": figure.reading,
        # Whoever linked the picture to its finding has decided on this, too.
        "key_image": figure.key_image and not image.finding_id,
    }
    return {n: v for n, v in proposed.items() if v and not getattr(image, n)}
