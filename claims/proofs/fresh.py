"""What is new since the payer said no: what would be sent now against all that it was sent before.

Compared are contents, never names or places: a document by the sum of its bytes, an image by the sum of its pixels'
file, an entry of the record by what it says. So the same document under another title is not new, and neither is
anything that only stands elsewhere.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from claims.facts import ClaimFacts
from documentation.facts import EncounterFacts
from documentation.kernel.wire import to_data

SECTIONS = {
    "justification": "Medical justification", "procedure": "Procedure", "findings": "Findings",
    "interventions": "Treatment", "interpretation": "Interpretation", "diagnoses": "Diagnoses", "plan": "Plan of care",
    "other_procedures": "Other procedures", "addenda": "Addendum",
}  # fmt: skip
"""What of a record says something to a reviewer, in the order of the note, with its title."""
_PLACES_ONLY = frozenset({"figure", "key", "finding", "frame", "added_at", "version", "key_image"})
"""Fields that say where something stands or when it was written, not what is said."""
_OF_AN_IMAGE = ("caption", "reading", "annotations")


@dataclass(frozen=True)
class Content:
    """What a payer holds, or would get. Keys are sums of content, values are words for people."""

    documents: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    statements: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By content the section of the record and, where it is prose, its words."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Lines and diagnoses of the claim, each with how often it stands there."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Sentences by their bare text: what a person wrote into the letter; of earlier ones all that was printed."""


@dataclass(frozen=True)
class Fresh:
    """What is new, as words for people, each kind in its order; `against` names what was compared with."""

    documents: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    statements: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    against: tuple[str, ...] = ()

    @property
    def can_compare(self) -> bool:
        """Whether anything that was sent is at hand."""
        return bool(self.against)

    @property
    def is_nothing(self) -> bool:
        """Whether the payer has seen all of this. Never said where nothing can be compared."""
        return self.can_compare and not any((self.documents, self.images, self.statements, self.lines, self.words))

    @property
    def is_words_alone(self) -> bool:
        """Whether only the letter's own words are new."""
        rest = (self.documents, self.images, self.statements, self.lines)
        return self.can_compare and bool(self.words) and not any(rest)


def compare(now: Content, before: Iterable[Content], against: Sequence[str]) -> Fresh:
    """What `now` holds that none of `before` held."""
    earlier = list(before)

    def unseen(name: str) -> dict[str, Any]:
        known = {key for content in earlier for key in getattr(content, name)}
        return {key: value for key, value in getattr(now, name).items() if key not in known}

    images = unseen("images")
    # The words to an image that is new itself say nothing more.
    of_new = tuple(f"images/{sha} " for sha in images)
    said = [value for key, value in unseen("statements").items() if not key.startswith(of_new)]

    most = Counter[str]()
    for content in earlier:
        most |= Counter(content.lines)
    return Fresh(
        documents=tuple(unseen("documents").values()),
        images=tuple(images.values()),
        statements=tuple(dict.fromkeys(said)),
        lines=tuple(line for line, number in now.lines.items() if number > most[line]),
        words=tuple(unseen("words").values()),
        against=tuple(against),
    )


# -------------------------------------------------------------------------------------------- contents of facts


def statements_of(e: EncounterFacts) -> dict[str, tuple[str, str]]:
    """Each thing that a record says, by its content."""
    data = to_data(e)
    told: dict[str, tuple[str, str]] = {}
    for section, title in SECTIONS.items():
        for path, value in _entries(_trimmed(section, data.get(section)), section):
            # By the section alone where it is a list: an entry says the same wherever it stands.
            told[f"{path} {_canonical(value)}"] = (title, value.strip() if isinstance(value, str) else "")
    for image in e.images:
        words = _bare({name: data_of for name in _OF_AN_IMAGE if (data_of := to_data(getattr(image, name)))})
        if words:
            told[f"images/{image.clean_sha256} {_canonical(words)}"] = ("Words to an image", image.caption)
    return told


def _trimmed(section: str, value: Any) -> Any:
    return [a["text"] for a in value or ()] if section == "addenda" else value


def _entries(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Fields and entries of lists, those that say something; an entry is one statement, whatever its place."""
    if isinstance(value, Mapping):
        for key, held in value.items():
            yield from _entries(held, f"{path}.{key}")
    elif isinstance(value, list):
        yield from ((path, _bare(entry)) for entry in value if _says(entry))
    elif _says(value):
        yield path, value


def _says(value: Any) -> bool:
    """No and nought are answers, nothing at all is none."""
    return value not in (None, "", [], {})


def _bare(value: Any) -> Any:
    """An entry without its place, its own lists in one order."""
    if isinstance(value, Mapping):
        return {k: _bare(v) for k, v in value.items() if k not in _PLACES_ONLY and _says(v)}
    if isinstance(value, list):
        return sorted((_bare(v) for v in value), key=_canonical)
    return value


def _canonical(value: Any) -> str:
    if isinstance(value, str):
        return flat(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def images_of(e: EncounterFacts) -> dict[str, str]:
    """Images by the sum of the clean copy."""
    return {i.clean_sha256: i.caption or f"Figure {i.figure}" for i in e.images if i.clean_sha256}


def lines_of(claim: ClaimFacts) -> dict[str, int]:
    """Lines with what they bill and for which diagnoses, and the diagnoses of the claim."""
    counted = Counter[str]()
    for line in claim.lines:
        codes = [claim.diagnoses[n - 1] for n in line.diagnosis_pointers if 0 < n <= len(claim.diagnoses)]
        about = (
            line.code, *sorted(line.modifiers), f"{line.quantity} ×" if line.quantity != 1 else "",
            f"${line.fee_cents / 100:,.2f}", line.area, f"for {', '.join(sorted(codes))}" if codes else "",
        )  # fmt: skip
        counted["Line " + " ".join(x for x in about if x)] += 1
    counted.update(f"Diagnosis {code}" for code in dict.fromkeys(claim.diagnoses))
    return dict(counted)


def flat(text: str) -> str:
    """A text as it is compared: without differences of blanks."""
    return " ".join(text.replace("\u00a0", " ").split())
