"""The duct map: millimetres and places are one, labels stay apart, the drawing says what it shows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from documentation.ductmap import Scale, layout, nearest_mm, place, scale_for, segment_at, segments, svg
from documentation.ductmap.geometry import mm_of
from documentation.ductmap.signs import FORM_OF
from documentation.facts import FindingFacts
from documentation.kernel.vocabulary import FINDING, GLAND, SEGMENT

GLANDS = sorted(GLAND)
sides = st.sampled_from(["L", "R"])
SVG = "{http://www.w3.org/2000/svg}"


def _finding(
    type_: str = "stone", mm: float | None = 12, gland: str = "submandibular", side: str = "L", **more: object
) -> FindingFacts:
    distance = None if mm is None else Decimal(str(mm))
    return FindingFacts("f1", type_, gland, side, distance_from_papilla_mm=distance, **more)  # type: ignore[arg-type]


findings = st.lists(
    st.builds(
        _finding,
        type_=st.sampled_from(sorted(FINDING)),
        mm=st.none() | st.integers(0, 900).map(lambda n: n / 10),
        segment=st.sampled_from(["", *SEGMENT]),
        size_mm=st.none() | st.integers(1, 150).map(lambda n: Decimal(n) / 10),
        length_mm=st.none() | st.integers(1, 400).map(lambda n: Decimal(n) / 10),
        lumen_percent=st.none() | st.integers(0, 100),
    ),
    max_size=14,
)


@given(gland=st.sampled_from(GLANDS), side=sides, hilum=st.integers(10, 90), share=st.integers(0, 1000))
def test_a_millimetre_comes_back_from_its_place(gland: str, side: str, hilum: int, share: int) -> None:
    scale = Scale(hilum, hilum + 20)
    mm = share / 1000 * scale.end_mm
    x, y = place(gland, side, mm, scale)
    assert nearest_mm(gland, side, x, y, scale) == pytest.approx(mm, abs=0.01)


@pytest.mark.parametrize("gland", ["parotid", "submandibular"])
@pytest.mark.parametrize("side", ["L", "R"])
def test_every_whole_millimetre_to_ninety_comes_back(gland: str, side: str) -> None:
    scale = scale_for(gland, [_finding(mm=90, gland=gland)])
    for mm in range(91):
        assert round(nearest_mm(gland, side, *place(gland, side, mm, scale), scale)) == mm


@given(
    gland=st.sampled_from(GLANDS), side=sides, mm=st.decimals(0, 90, places=1), segment=st.sampled_from(["", *SEGMENT])
)
def test_a_finding_at_any_millimetre_lies_where_its_distance_says(
    gland: str, side: str, mm: Decimal, segment: str
) -> None:
    (marker,) = (
        drawing := layout([_finding(mm=float(mm), gland=gland, side=side, segment=segment)], gland=gland, side=side)
    ).markers
    assert nearest_mm(gland, side, marker.x, marker.y, drawing.scale) == pytest.approx(float(mm), abs=0.01)


@given(gland=st.sampled_from(GLANDS), side=sides, longest=st.integers(0, 90), mm=st.integers(0, 90))
def test_the_places_handed_to_the_page_are_those_of_the_drawing(gland: str, side: str, longest: int, mm: int) -> None:
    drawing = layout([_finding(mm=longest, gland=gland, side=side)], gland=gland, side=side)
    places = [tuple(map(float, spot.split(","))) for spot in drawing.places_text.split()]
    assert len(places) == int(drawing.scale.end_mm) + 1
    mm = min(mm, len(places) - 1)
    assert nearest_mm(gland, side, *places[mm], drawing.scale) == pytest.approx(mm, abs=0.02)
    nearest = min(
        range(len(places)), key=lambda i: (places[i][0] - places[mm][0]) ** 2 + (places[i][1] - places[mm][1]) ** 2
    )
    assert nearest == mm


@given(gland=st.sampled_from(GLANDS), hilum=st.integers(10, 90))
def test_segments_follow_each_other_from_the_papilla(gland: str, hilum: int) -> None:
    begins = [begin for begin, _ in segments(gland, Scale(hilum, hilum + 20))]
    assert begins[0] == 0
    assert begins == sorted(set(begins))


@pytest.mark.parametrize("gland", GLANDS)
def test_the_place_that_stands_in_for_a_segment_lies_in_it(gland: str) -> None:
    scale = scale_for(gland)
    for _, segment in segments(gland, scale):
        spot = mm_of(_finding(mm=None, gland=gland, segment=segment), scale)
        assert spot is not None
        assert segment_at(gland, spot[0], scale) == segment


@pytest.mark.parametrize(
    "gland,mm,segment",
    [
        ("submandibular", 0, "papilla"),
        ("submandibular", 12, "distal"),
        ("submandibular", 24, "middle"),
        ("submandibular", 45, "knee"),
        ("submandibular", 50, "hilum"),
        ("submandibular", 56, "second_order"),
        ("submandibular", 90, "parenchyma"),
        ("parotid", 15, "masseteric_bend"),
        ("parotid", 40, "middle"),
        ("sublingual", 20, "hilum"),
    ],
)
def test_a_distance_names_its_segment(gland: str, mm: int, segment: str) -> None:
    assert segment_at(gland, mm) == segment


@given(gland=st.sampled_from(GLANDS), mm=st.decimals(0, 90, places=1))
def test_a_finding_placed_by_its_distance_leaves_the_hilum_where_it_was(gland: str, mm: Decimal) -> None:
    placed = _finding(mm=float(mm), gland=gland, segment=segment_at(gland, float(mm)))
    assert scale_for(gland, [placed]).hilum_mm == scale_for(gland).hilum_mm


def test_moving_the_finding_that_tells_of_the_hilum_does_not_take_the_hilum_along() -> None:
    (marker,) = layout([_finding("normal", 40, segment="hilum")], gland="submandibular", side="L").markers
    assert {s: b for b, s in marker.reach}["hilum"] == 48


@given(gland=st.sampled_from(GLANDS), mm=st.integers(0, 60), dx=st.integers(-300, 300), dy=st.integers(-100, 100))
def test_any_point_of_the_drawing_gives_a_distance_within_the_scale(gland: str, mm: int, dx: int, dy: int) -> None:
    x, y = place(gland, "L", mm)
    assert 0 <= nearest_mm(gland, "L", x + dx, y + dy) <= scale_for(gland).end_mm + 1e-6


def test_right_is_the_mirror_image_of_left() -> None:
    left, right = place("parotid", "L", 20), place("parotid", "R", 20)
    assert left[0] + right[0] == pytest.approx(640)
    assert left[1] == right[1]


@pytest.mark.parametrize("mm,hilum", [(12, 50), (50, 50), (70, 70), (90, 90)])
def test_a_longer_duct_is_drawn_with_more_millimetres(mm: int, hilum: int) -> None:
    assert scale_for("submandibular", [_finding(mm=mm)]).hilum_mm == hilum


def test_a_recorded_hilum_sets_the_length_of_the_duct() -> None:
    assert scale_for("submandibular", [_finding("normal", 44, segment="hilum")]).hilum_mm == 44


def test_what_lies_in_a_branch_does_not_lengthen_the_duct() -> None:
    scale = scale_for("submandibular", [_finding(mm=88, segment="third_order")])
    assert (scale.hilum_mm, scale.end_mm) == (50, 88)


@settings(max_examples=60, deadline=None)
@given(many=findings, gland=st.sampled_from(GLANDS), side=sides)
def test_labels_and_numbers_never_cover_each_other(many: list[FindingFacts], gland: str, side: str) -> None:
    mine = [replace(f, key=f"f{i}", gland=gland, side=side) for i, f in enumerate(many)]
    drawing = layout(mine, gland=gland, side=side)
    boxes = [w.box for m in drawing.markers for w in m.words]
    boxes += [(m.badge_x - 8, m.badge_y - 8, m.badge_x + 8, m.badge_y + 8) for m in drawing.markers]
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)
    left, top, width, height = drawing.viewbox
    for box in boxes:
        assert left <= box[0] <= box[2] <= left + width
        assert top <= box[1] <= box[3] <= top + height
    assert len(drawing.markers) + len(drawing.unplaced) == len(mine)


@pytest.mark.parametrize("gland", GLANDS)
@pytest.mark.parametrize("side", ["L", "R"])
def test_words_of_anatomy_and_scale_stand_apart(gland: str, side: str) -> None:
    words = layout([], gland=gland, side=side).words
    for a, b in combinations(words, 2):
        (l0, t0, r0, b0), (l1, t1, r1, b1) = a.box, b.box
        assert r0 <= l1 or r1 <= l0 or b0 <= t1 or b1 <= t0, (a.text, b.text)
    assert all(w.box[0] >= 0 and w.box[2] <= 640 for w in words)


def test_numbers_are_those_of_the_whole_record() -> None:
    record = [_finding(gland="parotid"), replace(_finding(), key="f2")]
    assert [m.number for m in layout(record, gland="submandibular", side="L").markers] == [2]


def test_a_finding_without_a_place_is_listed_and_not_drawn() -> None:
    drawing = layout([_finding(mm=None)], gland="submandibular", side="L")
    assert drawing.markers == ()
    assert [n for n, _ in drawing.unplaced] == [1]


def test_a_segment_stands_in_for_a_distance_and_says_so() -> None:
    (marker,) = layout([_finding(mm=None, segment="middle")], gland="submandibular", side="L").markers
    assert not marker.is_measured
    assert [w.text for w in marker.words] == ["Stone", "middle duct"]


def test_every_finding_has_a_form_of_its_own_kind() -> None:
    assert set(FORM_OF) == set(FINDING)


def test_forms_differ_without_color() -> None:
    def signs(type_: str) -> list[str]:
        (marker,) = layout([_finding(type_)], gland="submandibular", side="L").markers
        return [s.d for s in marker.signs]

    assert len({tuple(signs(t)) for t in ("stone", "stenosis", "normal", "perforation", "erythema", "ectasia")}) == 6


def test_a_stenosis_narrows_the_duct_where_it_lies() -> None:
    def tube(found: list[FindingFacts]) -> str:
        return next(s.d for s in layout(found, gland="submandibular", side="L").ground if s.role == "tube")

    assert tube([_finding("stenosis", 20)]) != tube([])
    assert tube([_finding("stenosis", 20, lumen_percent=90)]) != tube([_finding("stenosis", 20, lumen_percent=20)])
    assert tube([_finding("normal", 20)]) == tube([])


@settings(max_examples=40, deadline=None)
@given(many=findings, gland=st.sampled_from(GLANDS), side=sides)
def test_the_svg_is_sound_and_holds_nothing_that_runs(many: list[FindingFacts], gland: str, side: str) -> None:
    text = svg([replace(f, gland=gland, side=side) for f in many], gland=gland, side=side)
    root = ElementTree.fromstring(text)
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {"svg", "title", "desc", "path", "text"}
    assert not any(name.startswith("on") or name == "style" or "href" in name for e in root.iter() for name in e.attrib)
    assert root.findtext(f"{SVG}title")


def test_the_last_visit_shows_faint_and_has_no_number() -> None:
    drawing = layout(
        [_finding("stenosis", 12)],
        gland="submandibular",
        side="L",
        before=[_finding("stone", 85, segment="parenchyma")],
    )
    assert [m.number for m in drawing.markers] == [1]
    assert [g.sentence for g in drawing.ghosts] == ["Stone, 85 mm from the papilla"]
    assert drawing.scale.end_mm == 85, "the drawing takes in what was found before"
    page = render_to_string("components/ductmap.html", {"map": drawing})
    assert page.count('class="dm-ghost"') == 1
    assert layout([], gland="parotid", side="L", before=[_finding("stone", 85)]).ghosts == ()


def test_a_place_without_a_kind_yet_is_drawn() -> None:
    (marker,) = layout([_finding("", 12)], gland="submandibular", side="L").markers
    assert (marker.tone, marker.sentence) == ("open", "Finding, 12 mm from the papilla")
    assert "Finding" in svg([_finding("", 12)], gland="submandibular", side="L")


def test_only_a_map_that_is_worked_on_carries_its_places() -> None:
    drawing = layout([_finding()], gland="submandibular", side="L")
    assert "data-places" not in render_to_string("components/ductmap.html", {"map": drawing})
    root = ElementTree.fromstring(render_to_string("components/ductmap.html", {"map": drawing, "editable": True}))
    assert root.attrib["role"] == "group"
    assert root.attrib["data-places"] == drawing.places_text


def test_the_page_draws_the_same_picture_as_the_document() -> None:
    found = [_finding("stenosis", 12), replace(_finding("normal", 50), key='f"2<')]
    drawing = layout(found, gland="submandibular", side="L")
    page = render_to_string("components/ductmap.html", {"map": drawing})
    document = svg(found, gland="submandibular", side="L")
    for shape in (*drawing.ground, *(s for m in drawing.markers for s in m.signs)):
        assert f'd="{shape.d}"' in page
        assert f'd="{shape.d}"' in document
    root = ElementTree.fromstring(page)
    assert root.attrib["role"] == "img"
    assert [g.attrib["data-mm"] for g in root.iter("g") if "data-mm" in g.attrib] == ["12", "50"]
    assert [g.attrib["data-finding"] for g in root.iter("g") if "data-mm" in g.attrib] == ["f1", 'f"2<']
    assert "style=" not in page
