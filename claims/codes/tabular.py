"""The public tabular list of ICD-10-CM as the package `simple-icd-10-cm` ships it, a category at a time.

The package itself reads all of the list into 190 MB of memory; a claim names two or three of its 98,000 codes. So
only the places of the categories in the file are remembered, and of those that are asked for the last few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree as Tree
from xml.parsers import expat

_PACKAGE = "simple_icd_10_cm"
_CATEGORIES_AT_HAND = 64
_EXTENDED = 7
"""The length of a code that carries a seventh character, without its dot."""


@dataclass(frozen=True)
class Entry:
    """One code: the list's words, its parent (empty for a category), its children, terms and Excludes1 notes."""

    code: str
    label: str
    parent: str
    children: tuple[str, ...]
    terms: tuple[str, ...] = ()
    excludes1: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Span:
    """Where a category stands in the file, and the Excludes1 notes of the chapter and section above it."""

    start: int
    length: int
    excludes1: tuple[str, ...]


def entry(code: str) -> Entry | None:
    """The code with its dot, be it a heading or one to bill; None where the list has none."""
    return _category(code[:3]).get(code)


def ancestors(code: str) -> Iterator[Entry]:
    """The headings above a code, the nearest first, up to its category."""
    found = entry(code)
    while found and (found := entry(found.parent)):
        yield found


def notes_above(code: str) -> tuple[str, ...]:
    """The Excludes1 notes of the section and the chapter."""
    span = _spans().get(code[:3])
    return span.excludes1 if span else ()


def descendants(code: str) -> Iterator[str]:
    """All codes below a heading, in the order of the list."""
    found = entry(code)
    for child in found.children if found else ():
        yield child
        yield from descendants(child)


def categories() -> tuple[str, ...]:
    """The codes of three characters, in the order of the list."""
    return tuple(_spans())


def entries() -> Iterator[Entry]:
    """The whole list, in its order, below chapters and sections."""
    for name in _spans():
        yield from _category.__wrapped__(name).values()


# ----------------------------------------------------------------------------------------------------------- the file


@cache
def _file(pattern: str) -> Path:
    spec = find_spec(_PACKAGE)  # finds the package without running it
    (folder,) = (spec and spec.submodule_search_locations) or [""]
    return next(Path(folder, "data").glob(pattern))


@cache
def _spans() -> Mapping[str, _Span]:
    """The categories by their three characters."""
    return _Places(_file("icd10c-tabular-*.xml")).found


class _Places:
    """Goes through the file once, and remembers where each category begins and ends."""

    def __init__(self, path: Path) -> None:
        self.found: dict[str, _Span] = {}
        self._path: list[str] = []
        self._notes: list[list[str]] = []
        self._text: list[str] = []
        self._diags, self._start, self._name = 0, 0, ""
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        with path.open("rb") as file:
            self._parser.ParseFile(file)

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "diag":
            if not self._diags:
                self._start, self._name = self._parser.CurrentByteIndex, ""
            self._diags += 1
        elif not self._diags and tag in ("chapter", "section"):
            self._notes.append([])
        elif (tag == "name" and self._diags == 1 and not self._name) or (tag == "note" and not self._diags):
            self._text.clear()
            self._parser.CharacterDataHandler = self._text.append
        self._path.append(tag)

    def _end(self, tag: str) -> None:
        self._path.pop()
        self._parser.CharacterDataHandler = None
        if tag == "diag":
            self._diags -= 1
            if not self._diags:
                end = self._parser.CurrentByteIndex + len("</diag>")
                notes = tuple(note for group in reversed(self._notes) for note in group)
                self.found[self._name] = _Span(self._start, end - self._start, notes)
        elif self._diags:
            if tag == "name" and not self._name:
                self._name = "".join(self._text)
        elif tag == "note" and self._notes and self._path[-2:] in (["chapter", "excludes1"], ["section", "excludes1"]):
            self._notes[-1].append("".join(self._text))
        elif tag in ("chapter", "section"):
            self._notes.pop()


@cache
def _confirmed() -> Mapping[str, str]:
    """The codes that exist, without dots, by category: not every seventh character goes with every code."""
    lines = _file("code-list-*.txt").read_text("utf-8").split("\n")
    rows = (line.split(" ")[0].replace(".", "") for line in lines)
    return {key: " ".join(group) for key, group in groupby(rows, key=lambda row: row[:3])}


@lru_cache(_CATEGORIES_AT_HAND)
def _category(name: str) -> dict[str, Entry]:
    """The codes of a category by their codes, in their order; empty where there is no such category."""
    span = _spans().get(name)
    if span is None:
        return {}
    with _file("icd10c-tabular-*.xml").open("rb") as file:
        file.seek(span.start)
        tree = Tree.fromstring(file.read(span.length))  # noqa: S314 - a file of an installed package
    return {e.code: e for e in _entries(tree, "", {}, frozenset(_confirmed().get(name, "").split()))}


def _entries(tree: Tree.Element, parent: str, seventh: Mapping[str, str], known: frozenset[str]) -> Iterator[Entry]:
    code, label = tree.findtext("name", ""), tree.findtext("desc", "")
    seventh = _seventh(tree) or seventh
    inner = tree.findall("diag")
    extended = {} if inner else _extended(code, label, seventh, known)
    children = (*(child.findtext("name", "") for child in inner), *extended)
    yield Entry(code, label, parent, children, _notes(tree, "inclusionTerm"), _notes(tree, "excludes1"))
    for child in inner:
        yield from _entries(child, code, seventh, known)
    for longer, words in extended.items():
        yield Entry(longer, words, code, ())


def _notes(tree: Tree.Element, tag: str) -> tuple[str, ...]:
    return tuple(note.text for note in tree.findall(f"{tag}/*") if note.text)


def _seventh(tree: Tree.Element) -> dict[str, str]:
    """The seventh characters that a heading defines, with their words."""
    found: dict[str, str] = {}
    last = ""
    for element in tree.findall("sevenChrDef/*"):
        if element.tag == "extension":
            last = element.attrib["char"]
            found[last] = element.text or ""
        elif element.tag == "note" and last and element.text:
            found[last] += f"/{element.text}"
    return found


def _extended(code: str, label: str, seventh: Mapping[str, str], known: frozenset[str]) -> dict[str, str]:
    """The codes that a seventh character makes of one, with X in the places between."""
    if not seventh:
        return {}
    bare = code.replace(".", "").ljust(_EXTENDED - 1, "X")
    return {f"{bare[:3]}.{bare[3:]}{c}": f"{label}, {words}" for c, words in seventh.items() if bare + c in known}
