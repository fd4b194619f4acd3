"""The ways out of the practice: what leaves by each, how it is carried, and what proves that it left.

A way is one file of this package and one line of `WAYS`; nothing else knows it by its name. No Django here: settings,
facts and bytes come as arguments. `base` says what a way is, `carrying` how one that carries by itself does it so that
nothing is ever sent twice.
"""

from __future__ import annotations

from claims.ways import fax, folder, paper, portal, sftp
from claims.ways.base import (
    ALONE,
    Cargo,
    Field,
    File,
    Leaving,
    OutOfTime,
    Parcel,
    Place,
    Time,
    Unsure,
    Way,
    WayFailed,
)

WAYS: tuple[Way, ...] = (
    sftp.WAY,
    folder.WAY,
    portal.WAY,
    fax.WAY,
    paper.WAY,
)
"""Those that carry by themselves stand first: the first one that is set up and can take a claim is proposed."""


def way_of(key: str) -> Way | None:
    """The way of this key; None where there is none."""
    return next((way for way in WAYS if way.key == key), None)


def proven_by(channel: str) -> dict[str, str]:
    """What proves that something left by a channel: tokens, each with the sentence of a way that gives it."""
    return {proof: way.proven_by for way in reversed(WAYS) if way.channel == channel for proof in way.proofs}


__all__ = [
    "ALONE",
    "WAYS",
    "Cargo",
    "Field",
    "File",
    "Leaving",
    "OutOfTime",
    "Parcel",
    "Place",
    "Time",
    "Unsure",
    "Way",
    "WayFailed",
    "proven_by",
    "way_of",
]
