"""State machines as data: every state times every step, and refusals that say which kind they are."""

from collections.abc import Iterator
from itertools import product

import pytest

from claims.conditions.states import OWN_RULE
from claims.workflow import MACHINES as CLAIM_MACHINES
from documentation.kernel.machine import Machine, NotPermitted, NotPossible, Refusal, Refused
from documentation.kernel.permissions import Permission
from documentation.workflow import ENCOUNTER

MACHINES = (ENCOUNTER, *CLAIM_MACHINES, OWN_RULE)
EVERYTHING = frozenset(Permission)
STEPS = [
    pytest.param(machine, transition, status, id=f"{machine.name}.{machine.field}.{transition.name}-from-{status}")
    for machine in MACHINES
    for transition, status in product(machine.transitions, machine.labels)
]


class Anything:
    """Facts against which no guard has anything."""

    blockers = open_warnings = gaps = results = ()
    packet_problem = ""
    is_void = is_paid = has_open_denial = is_own = is_stale = is_on_its_way = False
    newer = None
    is_restricted = False

    @property
    def report(self) -> "Anything":
        return self

    def __iter__(self) -> Iterator[str]:
        """As reasons against a step: none."""
        return iter(())

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"a guard asks for {name}, which this test does not know")


def open_door(machine: Machine, name: str) -> object:
    if (machine.name, name) == ("encounter", "sign"):
        from documentation.rules.examples import COMPLETE

        return COMPLETE
    return Anything()


@pytest.mark.parametrize(("machine", "transition", "status"), STEPS)
def test_a_step_is_taken_from_its_states_and_refused_from_every_other(machine, transition, status) -> None:
    facts = open_door(machine, transition.name)
    if status in transition.sources:
        assert machine.fire(transition.name, status, EVERYTHING, facts) is transition.target
    else:
        with pytest.raises(NotPossible) as refusal:
            machine.fire(transition.name, status, EVERYTHING, facts)
        assert machine.label(status).lower() in refusal.value.reasons[0]


@pytest.mark.parametrize(("machine", "transition", "status"), STEPS)
def test_without_its_permission_no_step_is_taken_and_none_is_offered(machine, transition, status) -> None:
    others = EVERYTHING - {transition.needs}
    with pytest.raises(NotPermitted):
        machine.fire(transition.name, status, others, open_door(machine, transition.name))
    assert transition not in [a.transition for a in machine.actions(status, others, Anything())]


def test_a_guard_names_all_that_is_missing() -> None:
    from claims.workflow import APPEAL

    class Letter:
        gaps = ("no date", "no policy")

    with pytest.raises(Refused) as refusal:
        APPEAL.fire("seal", "draft", EVERYTHING, Letter())
    assert len(refusal.value.reasons) == 2
    (action,) = [a for a in APPEAL.actions("draft", EVERYTHING, Letter()) if a.transition.name == "seal"]
    assert not action.is_open
    assert action.refusals == refusal.value.reasons


def test_the_three_refusals_are_different_kinds() -> None:
    kinds = (NotPermitted, NotPossible, Refused)
    assert all(issubclass(k, Refusal) for k in kinds)
    assert not any(issubclass(a, b) for a, b in product(kinds, kinds) if a is not b)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: f"{m.name}.{m.field}")
def test_the_table_is_whole(machine: Machine) -> None:
    """Every state has a word and a tone, every step a name of its own, and every state can be reached."""
    states = set(type(machine.initial))
    assert set(machine.labels) == states
    tones = {"draft", "ready", "submitted", "paid", "denied", "appeal", "attention"}
    assert {tone for _, tone in machine.labels.values()} <= tones
    names = [t.name for t in machine.transitions]
    assert len(set(names)) == len(names)
    reached = {machine.initial}
    while more := {t.target for t in machine.transitions if t.sources & reached} - reached:
        reached |= more
    assert reached == states


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: f"{m.name}.{m.field}")
def test_the_diagram_shows_every_step(machine: Machine) -> None:
    lines = machine.mermaid().splitlines()
    assert lines[:2] == ["stateDiagram-v2", f"    [*] --> {machine.initial}"]
    wanted = {f"    {s} --> {t.target}: {t.label}" for t in machine.transitions for s in t.sources}
    assert set(lines[2:]) == wanted
    assert len(lines) == 2 + len(wanted)


def test_an_unknown_step_is_an_error() -> None:
    with pytest.raises(KeyError):
        ENCOUNTER.find("fly")
