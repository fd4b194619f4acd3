"""Facts to plain data and back: nothing is lost on the way, through JSON included."""

import json
import typing
from datetime import UTC, date, datetime, time
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.facts import ClaimFacts
from documentation.facts import EncounterFacts
from documentation.kernel.wire import from_data, to_data

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
AMOUNTS = st.decimals(0, 99999, places=2)

st.register_type_strategy(str, TEXT)
st.register_type_strategy(Decimal, AMOUNTS)
st.register_type_strategy(date, st.dates())
st.register_type_strategy(time, st.times())
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))

# A record is large: few of them, and no complaint that each takes its time.
few = settings(max_examples=15, suppress_health_check=list(HealthCheck))


@few
@given(st.from_type(EncounterFacts))
def test_any_record_comes_back_as_it_was(facts: EncounterFacts) -> None:
    assert from_data(EncounterFacts, json.loads(json.dumps(to_data(facts)))) == facts


@few
@given(st.from_type(ClaimFacts))
def test_any_claim_comes_back_as_it_was(facts: ClaimFacts) -> None:
    assert from_data(ClaimFacts, json.loads(json.dumps(to_data(facts)))) == facts


def test_older_data_stays_readable() -> None:
    """A field that came later takes its default; one that is gone is passed over."""
    facts = from_data(EncounterFacts, {"number": "E000001", "was_once_a_field": 3, "patient": {"first_name": "Alex"}})
    assert facts.number == "E000001"
    assert facts.patient.first_name == "Alex"
    assert facts.findings == ()


def test_every_field_is_of_a_kind_that_comes_back() -> None:
    """Lists and dictionaries are not frozen; sets have no order: facts hold none of them."""
    for cls in (EncounterFacts, ClaimFacts):
        for name, hint in typing.get_type_hints(cls).items():
            assert typing.get_origin(hint) not in (list, dict, set, frozenset), f"{cls.__name__}.{name}"
