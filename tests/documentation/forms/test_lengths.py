"""How long a text may be is said of what is kept of it, not of what came."""

import pytest
from django.core.exceptions import ValidationError

from documentation.forms.fields import LONGEST, MOST_TYPED, CleanField, LinesField


@pytest.mark.parametrize("field", [CleanField, LinesField])
def test_what_cleaning_drops_does_not_count(field: type[CleanField] | type[LinesField]) -> None:
    padded = "a\u200b\u200b" * LONGEST
    assert field().clean(padded) in ("a" * LONGEST, ["a" * LONGEST])
    for long in ("a" * (LONGEST + 1), "a" * (MOST_TYPED + 1)):
        with pytest.raises(ValidationError, match=f"has {len(long)} characters; at most {LONGEST} are kept"):
            field().clean(long)
