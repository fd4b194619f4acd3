"""What a letter of each level is called, and what it says of itself: reconsideration, first, second, external."""

from __future__ import annotations

from claims.clocks.paths import Stage
from claims.facts import AppealFacts, EarlierAppealFacts
from documentation.prose import phrases as p

LEVELS = {1: "first", 2: "second", 3: "third", 4: "fourth"}


def is_decided(appeal: EarlierAppealFacts) -> bool:
    """Whether the payer decided an earlier appeal; it did not where none came, or where it was withdrawn."""
    return appeal.outcome not in ("", "no_response", "withdrawn")


def level_word(level: int) -> str:
    """`first-level`"""
    return f"{LEVELS.get(level, f'{level}th')}-level"


def stage(facts: AppealFacts) -> Stage:
    return Stage(facts.stage)


def kind_words(level: int, name: str, kind: str) -> str:
    """The kind of filing, to follow an article or 'our': `first-level appeal`, `request for external review`."""
    if kind == Stage.EXTERNAL:
        return "request for external review"
    if kind == Stage.RECONSIDERATION:
        return f"request for {called(name)}"
    return f"{level_word(level)} appeal"


def called(name: str) -> str:
    """What the rules call a level, within a sentence: `reconsideration`."""
    return (name[:1].lower() + name[1:]).removesuffix(" by the plan")


def title(facts: AppealFacts) -> str:
    """`First-level appeal`, `Request for reconsideration`."""
    return p.capital(kind_words(facts.level, facts.name, facts.stage))
