"""The list as it is read a category at a time says of a code what the package says that reads all of it."""

from __future__ import annotations

import subprocess
import sys
import warnings
from importlib import import_module

from claims.codes import tabular
from documentation.kernel.identifiers import icd10_problem

EVERY = 11
"""Of the categories; a comparison of all of them takes long, and was made when the list was last exchanged."""


def test_codes_have_the_words_the_notes_and_the_place_that_the_package_gives_them() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the way in which the package reads its own files
        theirs = import_module("simple_icd_10_cm")
    whole = [c for c in dict.fromkeys(theirs.get_all_codes()) if not icd10_problem(c)]
    categories = [c for c in whole if len(c) == 3]
    assert categories == [c for c in tabular.categories() if not icd10_problem(c)]
    wanted = {*categories[::EVERY], "K11", "M35", "T18"}
    codes = [c for c in whole if c[:3] in wanted]
    assert len(codes) > 5000
    for code in codes:
        e = tabular.entry(code)
        assert e, code
        assert (e.label, list(e.terms), list(e.excludes1), list(e.children)) == (
            theirs.get_description(code),
            theirs.get_inclusion_term(code),
            theirs.get_excludes1(code),
            theirs.get_children(code),
        )
        if len(code) > 3:
            assert e.parent == theirs.get_parent(code)
            continue
        # A section of one category bears the name of that category.
        above = theirs.get_ancestors(code)
        notes = [note for name in above for note in theirs.get_excludes1(name, prioritize_blocks=True)]
        assert list(tabular.notes_above(code)) == notes, code


def test_headings_are_followed_up_to_the_category_and_down_to_the_leaves() -> None:
    assert [e.code for e in tabular.ancestors("K11.21")] == ["K11.2", "K11"]
    assert list(tabular.ancestors("K11")) == []
    assert list(tabular.descendants("K11.2")) == ["K11.20", "K11.21", "K11.22", "K11.23"]
    assert list(tabular.descendants("T18.0")) == ["T18.0XXA", "T18.0XXD", "T18.0XXS"]
    for missing in ("", "K", "K99.9", "Z", "K11.55", "ZZZ"):
        assert tabular.entry(missing) is None
        assert list(tabular.ancestors(missing)) == list(tabular.descendants(missing)) == []


def test_a_code_is_answered_without_reading_the_whole_list() -> None:
    """The package that reads all of it takes 190 MB, in every web process."""
    asked = (
        "import sys; from claims.codes import icd10; assert icd10.is_billable('K11.5') and icd10.conflicts(['E11.9',"
        " 'E10.9']); assert 'simple_icd_10_cm' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", asked], check=True)
