"""What an examination that was not complete is told with: how far it went, why it ended, what stays open, what follows.

Note and packet use the same words. `None`-like answers give empty texts; nothing is concluded from what was not said.
"""

from __future__ import annotations

from documentation.facts import EncounterFacts, GlandFacts
from documentation.kernel.vocabulary import NONE
from documentation.prose import phrases as p
from documentation.prose.names import the_gland

REASON_FACTS = ("complete", "incomplete_causes", "incomplete_reason")


def why(g: GlandFacts) -> str:
    """`, because bleeding hid the view (words of the clinician)`, or `: words of the clinician`; empty without any."""
    causes = [p.INCOMPLETE_CAUSE[t] for t in g.incomplete_causes if t in p.INCOMPLETE_CAUSE]
    own = p.uncapital(p.bare(g.incomplete_reason))
    if causes:
        return f", because {p.join(causes)}" + (f" ({own})" if own else "")
    return f": {own}" if own else ""


def ending(g: GlandFacts) -> str:
    """How the sentence about an entered duct goes on: `; the examination ended there, because …`."""
    if g.complete is not False:
        return ""
    told = "ended there" if g.extent and g.incomplete_causes else "remained incomplete"
    return f"; the examination {told}{why(g)}"


def not_entered(g: GlandFacts, duct: str) -> str:
    """`The left Wharton's duct could not be entered through the dilated papilla, because …`."""
    way = f" {p.ACCESS[g.access]}" if g.access else ""
    return f"{p.capital(duct)} could not be entered{way}{why(g)}."


def unseen(g: GlandFacts, *, full: bool) -> str:
    """`The middle duct and the hilum were not seen and cannot be judged.`; `full` names the gland, too."""
    places = [p.SEGMENT[t][1] for t in g.not_judged]
    if not places:
        return ""
    where = f" of {the_gland(g.gland, g.side)}" if full and g.gland else ""
    are = "were" if len(places) > 1 or places[0].endswith("s") else "was"
    return f"{p.capital(p.join(places))}{where} {are} not seen and cannot be judged."


def follows(e: EncounterFacts) -> str:
    """`Since the examination was not complete, the next step is MR sialography.`"""
    steps = list(dict.fromkeys(t for g in incomplete(e) for t in g.next_steps))
    if not steps:
        return ""
    what = "the examination was not complete"
    if not any(g.was_entered for g in e.procedure.glands):
        what = "the duct could not be entered"
    if steps == [NONE]:
        return f"{p.capital(what)}; nothing further is planned."
    named = [p.NEXT_STEP[t] for t in steps if t != NONE]
    return f"Since {what}, the next step{'s are' if len(named) > 1 else ' is'} {p.join(named)}."


def incomplete(e: EncounterFacts) -> tuple[GlandFacts, ...]:
    return tuple(g for g in e.procedure.glands if g.complete is False)


def facts_of(e: EncounterFacts, *names: str) -> tuple[str, ...]:
    """The paths of these facts of every gland that was not examined completely."""
    found = [i for i, g in enumerate(e.procedure.glands) if g.complete is False]
    return tuple(f"procedure.glands[{i}].{n}" for i in found for n in names)
