"""The ways out of the practice: what each takes, whether a packet fits it, and how its files are made.

Pure: facts and bytes in, plans and files out. `profile` knows the limits with source and day, `policy` what a payer
wants to get, `plan` compiles named steps, `making` carries them out in a process of its own, `fit` holds what was made
against the limits, `eye` shows it as the reviewer sees it. A limit that nobody knows is never invented.
"""

from claims.channels.fit import Fit, Use
from claims.channels.parcel import Item, Parcel, Section
from claims.channels.plan import compile_plan
from claims.channels.policy import Wishes, sort_out
from claims.channels.profile import LIMITS, LimitFact, Profile, profile_of
from claims.channels.seen import CHANNELS
from claims.channels.steps import Plan, Step

__all__ = [
    "CHANNELS",
    "LIMITS",
    "Fit",
    "Item",
    "LimitFact",
    "Parcel",
    "Plan",
    "Profile",
    "Section",
    "Step",
    "Use",
    "Wishes",
    "compile_plan",
    "profile_of",
    "sort_out",
]
