"""Verbs on channels: what one takes is written down; packets are fitted to it, before the seal and with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from claims.channels import CHANNELS, Fit, Item, Parcel, Plan, Profile, Section, apart, compile_plan, sort_out
from claims.channels.fit import Outgoing, uses_of
from claims.channels.seen import AS_IT_IS, NOTE_ONLY
from claims.channels.steps import LeftOut, Made
from claims.facts import ClaimFacts
from claims.models import ChannelLimit
from claims.packet import Beside, Besides, PacketManifest
from claims.packet.narrative import brief, compose
from claims.queries.channels import profile
from claims.queries.enclosed import wanted_as, wishes_of
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.services.audit import record

LENGTHS = (2000, 400, 80)
"""Characters of the narrative's versions, beside the limit of the channel itself."""
_DOCUMENT = "packet.pdf"
_PRINTED = ("images", "interpretation", "narrative", "note")
"""What the document holds of the documents that payers want."""


# --- What is known ------------------------------------------------------------------------------------------------


def record_limit(
    channel: str, key: str, values: dict[str, Any], *, by: User, at: datetime, seen: int | None = None
) -> ChannelLimit:
    """Write down one limit of a channel. The rows before it stay.

    `values`: value, source, read_on. `seen` is the row that the person looked at, 0 where the practice wrote none.
    Raises NotPossible where somebody else wrote another one since, ValidationError by field.
    """
    if not by.may(Permission.PAYER_EDIT):
        raise NotPermitted("Your role does not allow you to change what is known of channels.")
    row = ChannelLimit(channel=channel, key=key, recorded_at=at, recorded_by=by, **values)
    row.full_clean()
    with transaction.atomic():
        last = ChannelLimit.objects.select_for_update().filter(channel=channel, key=key).first()
        if seen is not None and seen != (last.pk if last else 0):
            raise NotPossible(
                "Somebody else wrote this down meanwhile. Compare with what is known now, then save again."
            )
        if last and (last.value, last.source, last.read_on) == (row.value, row.source, row.read_on):
            return last
        row.save()
        record("channel.limit", by=by, at=at, subject=f"channel {channel}", limit=key)
    return row


# --- Fitting ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fitted:
    """A packet fitted to a channel: the plan, the files that it makes, and whether they fit."""

    profile: Profile
    plan: Plan
    fit: Fit
    files: tuple[Made, ...] = ()

    @property
    def outgoing(self) -> list[tuple[Made, str, str]]:
        """Each file with its title and the reason why it leaves."""
        reasons = {m.name: (m.title, m.reason) for m in self.plan.makes}
        return [(f, *reasons[f.name]) for f in self.files]


def channel_of(key: str) -> Profile:
    """The channel of this name. Raises Refused with the names that there are."""
    found = profile(key)
    if found is None:
        names = ", ".join(c.key for c in CHANNELS)
        raise Refused(f"There is no channel “{key}”. Choose one of: {names}.")
    return found


def besides_of(
    facts: ClaimFacts, channel: str, *, was_asked: bool = False, further: Further | None = None
) -> Besides | None:
    """What seals the files of a channel with a packet; None where the document is printed as it is.

    `further` where it is an appeal or a supplement. Raises Refused for a name that is no channel. The function that it
    gives raises Refused where the packet does not fit, with every reason.
    """
    known = channel_of(channel)
    if known.key == AS_IT_IS:
        return None

    def besides(manifest: PacketManifest, packed: Mapping[str, bytes]) -> Beside:
        fitted = fit(facts, known, manifest, packed, was_asked=was_asked, further=further)
        if not fitted.fit.fits:
            raise Refused(f"The packet does not fit {known.called}.", *fitted.fit.sentences)
        return _sealed_with(fitted)

    return besides


@dataclass(frozen=True)
class Further:
    """What leaves after the claim, and whole: its title, and why, as a sentence."""

    title: str
    why: str


APPEAL = Further("Appeal packet", "It proves the appeal.")
SUPPLEMENT = Further("Supplement", "It is what this supplement adds.")


def fit(
    facts: ClaimFacts,
    known: Profile,
    manifest: PacketManifest,
    packed: Mapping[str, bytes],
    *,
    was_asked: bool = False,
    further: Further | None = None,
) -> Fitted:
    """A packet that is set but not sealed, fitted to a channel. Raises ChannelRefused where a file cannot be opened."""
    if further and known.key in NOTE_ONLY:
        said = f"{known.name} carries no files: it is no way for an appeal or a supplement. Choose another."
        return Fitted(known, Plan(problems=(said,)), Fit((), (said,)))
    parcel = parcel_of(facts, known, manifest, packed, further=further)
    wishes = wishes_of(facts, was_asked=was_asked)
    if further:
        wishes = replace(wishes, why=further.why)
    plan = compile_plan(parcel, known, sort_out(parcel.items, wishes))
    if plan.problems:
        return Fitted(known, plan, Fit((), plan.problems))
    try:
        files = tuple(apart.make(plan.makes, packed, known.number("max_total_bytes"))) if plan.makes else ()
    except apart.ChannelRefused as refused:
        return Fitted(known, plan, Fit((), tuple(refused.reasons)))
    outgoing = [Outgoing(f.name, len(f.content), f.side if _is_picture(f.name) else 0) for f in files]
    return Fitted(known, plan, Fit(uses_of(known, outgoing, plan.note)), files)


def _is_picture(name: str) -> bool:
    return name.rpartition(".")[2] in ("jpg", "png")


def parcel_of(
    facts: ClaimFacts,
    known: Profile,
    manifest: PacketManifest,
    packed: Mapping[str, bytes],
    *,
    further: Further | None = None,
) -> Parcel:
    """What a packet holds, measured; an appeal and a supplement bring no note of the claim."""
    measured = apart.measure({name: content for name, content in packed.items() if name.endswith(".pdf")})
    pictures = {}
    for f in manifest.figures:
        for name, kind, word in ((f.file, "figure", ""), (f.annotated_file, "annotated", ", annotated")):
            if name in packed:
                title = f"Figure {f.number}{word}: {f.caption}"
                pictures[name] = Item(
                    name, kind, title, len(packed[name]), f.number, f.is_key, f.page, documents=("images",)
                )
    title = further.title if further else "Submission packet"
    items = [Item(_DOCUMENT, "document", title, len(packed[_DOCUMENT]), pages=len(measured[_DOCUMENT]),
                  documents=_PRINTED)]  # fmt: skip
    starts = {p.key: p.pages[0] for p in manifest.parts if p.pages}
    for e in manifest.enclosures:
        items.append(
            Item(
                e.name, "enclosure", e.words, len(packed[e.name]), page=starts.get(e.part),
                pages=len(measured.get(e.name, ())) or 1, documents=wanted_as(e.part, e.kind),
            )
        )  # fmt: skip
    key_first = sorted(pictures.values(), key=lambda i: (not i.is_key, i.figure, i.kind != "annotated"))
    sections = tuple(Section(p.key, p.title, *p.pages) for p in manifest.parts if p.pages)
    notes = () if further else notes_of(facts, known)
    return Parcel(manifest.claim_number, (*items, *key_first), sections, measured, notes)


def notes_of(facts: ClaimFacts, known: Profile) -> tuple[str, ...]:
    """The narrative in its lengths: whole, as long as the channel's note, and shorter ones."""
    limit = known.number("note_chars")
    whole = " ".join(s.text for s in compose(facts) if not s.is_gap).replace("\u00a0", " ")
    lengths = sorted({*LENGTHS, *([limit] if limit else [])}, reverse=True)
    return tuple(dict.fromkeys(x for x in (whole, *(brief(facts, n) for n in lengths)) if x))


def _sealed_with(fitted: Fitted) -> Beside:
    """The files of a channel under its folder, and what the manifest says of the way out."""
    folder, plan = fitted.profile.key, fitted.plan
    files = {f"{folder}/{f.name}": (title, f.content) for f, title, _ in fitted.outgoing}
    if plan.note:
        files[f"{folder}/note.txt"] = ("Text of the note", plan.note.encode())
    listing = {
        **fitted.profile.as_json(),
        "steps": [{"name": s.name, "text": s.text} for s in plan.steps],
        "leaves": [{"name": f"{folder}/{f.name}", "title": t, "reason": r} for f, t, r in fitted.outgoing],
        "stays": [_left(piece) for piece in plan.left],
        "note": plan.note,
        "warnings": list(plan.warnings),
    }
    return Beside(files, {"channel": listing})


def _left(piece: LeftOut) -> dict[str, str]:
    return {"title": piece.title, "reason": piece.reason}
