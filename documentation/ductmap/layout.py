"""From findings to a drawing, ready for an SVG string or a template.

Labels hang in bands below and above the drawing, in the order of their findings, so that they never overlap and no
leader crosses another. What a finding is shows in its sign on the duct, its number and its words; colour only helps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from documentation.ductmap.anatomy import ACCESSORY_BODY, ANATOMY, HEIGHT, WIDTH, Point
from documentation.ductmap.drawing import (
    FONT,
    SMALL,
    DuctMap,
    Ghost,
    Located,
    Marker,
    Shape,
    Word,
    finding_line,
    gland_title,
    number_text,
)
from documentation.ductmap.geometry import Scale, course, mirrored, mm_of, place, run_of, scale_for, segments
from documentation.ductmap.labels import BADGE, EM, berths
from documentation.ductmap.signs import Form, Sign, calibre, draw, sign_of
from documentation.facts import FindingFacts
from documentation.kernel.vocabulary import DUCT, FINDING, SEGMENT

_GAP = 10.0


def layout(
    findings: Sequence[FindingFacts],
    *,
    gland: str,
    side: str,
    scale: Scale | None = None,
    before: Sequence[FindingFacts] = (),
) -> DuctMap:
    """The drawing of one gland with those of the findings that belong to it; those of `before` show faint.

    Findings are numbered by their place in the sequence, so that numbers agree over all glands of a record.
    """
    mine = [(n, f) for n, f in enumerate(findings, 1) if f.gland == gland and (f.side or side) == side]
    earlier = [f for f in before if f.gland == gland and (f.side or side) == side]
    drawn = [*(f for _, f in mine), *earlier]
    scale = scale or scale_for(gland, drawn)
    placed = [Located(n, f, *spot) for n, f in mine if (spot := mm_of(f, scale))]
    located = sorted(placed, key=lambda s: (place(gland, side, s.mm, scale)[0], s.number))
    signs = [sign_of(s.finding, gland, run_of(gland, s.mm, scale), scale) for s in located]
    markers, top, bottom = _markers(gland, side, scale, located, signs, drawn)
    anatomy = ANATOMY[gland]
    title = (
        f"{gland_title(gland, side)} and {DUCT.label(anatomy.duct)}"
        if anatomy.duct != "other"
        else gland_title(gland, side)
    )
    seen = "; ".join(f"{m.number}: {m.sentence}" for m in sorted(markers, key=lambda m: m.number))
    flip = side == "R"
    return DuctMap(
        gland=gland,
        side=side,
        title=title,
        description=f"{title}. {seen}." if seen else f"{title}. No finding is marked.",
        viewbox=(0, top, WIDTH, bottom - top),
        scale=scale,
        ground=_ground(gland, side, signs),
        ruler=(Shape("ruler", _ticks(gland, side, scale)),),
        words=_words(gland, side, scale, [m.x for m in markers]),
        markers=markers,
        unplaced=tuple((n, f) for n, f in mine if mm_of(f, scale) is None),
        main_d=bezier(anatomy.main, flip),
        inner_d=bezier(anatomy.inner, flip),
        reach=segments(gland, scale),
        ghosts=tuple(_ghost(gland, side, scale, f, spot[0]) for f in earlier if (spot := mm_of(f, scale))),
    )


def _ghost(gland: str, side: str, scale: Scale, finding: FindingFacts, mm: float) -> Ghost:
    x, y = place(gland, side, mm, scale)
    sign = sign_of(finding, gland, run_of(gland, mm, scale), scale)
    strokes = draw(sign, gland, side, lambda run: calibre_at(gland, run, [sign]))
    return Ghost(f"{x:.1f}", f"{y:.1f}", tuple(Shape(role, d) for role, d in strokes), finding_line(finding))


def bezier(chain: Sequence[Point], flip: bool = False) -> str:
    """A chain of Béziers as path data."""
    at = [f"{WIDTH - x if flip else x:.1f} {y:.1f}" for x, y in chain]
    return f"M{at[0]}" + "".join(f"C{at[i]} {at[i + 1]} {at[i + 2]}" for i in range(1, len(at), 3))


def _lobes(body: Sequence[Point], flip: bool) -> str:
    """A closed outline that bulges between its points, as glands do."""
    cx, cy = sum(x for x, _ in body) / len(body), sum(y for _, y in body) / len(body)
    x_of = (lambda x: WIDTH - x) if flip else (lambda x: x)
    parts = [f"M{x_of(body[0][0]):.1f} {body[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in zip(body, (*body[1:], body[0]), strict=True):
        mx, my = (x0 + x1) / 2, (y0 + y1) / 2
        bulge = 1.0 + 0.6 * ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 / (((mx - cx) ** 2 + (my - cy) ** 2) ** 0.5 * 2)
        parts.append(f"Q{x_of(cx + (mx - cx) * bulge):.1f} {cy + (my - cy) * bulge:.1f} {x_of(x1):.1f} {y1:.1f}")
    return "".join(parts) + "Z"


def _mirror_path(d: str) -> str:
    """Path data of absolute M, C, L and Z commands, mirrored."""
    out, is_x = [], True
    for token in re.findall(r"[MCLZ]|[-\d.]+", d):
        if token.isalpha():
            out.append(token)
            is_x = True
        else:
            out.append(f"{WIDTH - float(token):g}" if is_x else token)
            is_x = not is_x
    return " ".join(out)


def _ground(gland: str, side: str, signs: Sequence[Sign]) -> tuple[Shape, ...]:
    anatomy, flip = ANATOMY[gland], side == "R"
    shapes = [Shape(role, _mirror_path(d) if flip else d) for role, d in anatomy.context]
    if anatomy.duct == "stensen":
        shapes.append(Shape("accessory" if gland == "parotid" else "gland", _lobes(ACCESSORY_BODY, flip)))
    shapes.append(Shape("gland", _lobes(anatomy.body, flip)))
    shapes += [Shape("branch", bezier(chain, flip)) for chain in anatomy.branches]
    tube = _tube(gland, side, signs)
    return (*shapes, Shape("tube", tube), Shape("papilla", _papilla(gland, side)))


def _tube(gland: str, side: str, signs: Sequence[Sign]) -> str:
    """The outline of the duct: narrow at the papilla, narrowed or widened by findings, fading into the gland."""
    curve, _ = course(gland)
    upper, lower = [], []
    run, step = 0.0, 2.0
    while run <= curve.length:
        (x, y), (nx, ny) = curve.at(run), curve.normal(run)
        half = calibre_at(gland, run, signs)
        upper.append(f"{mirrored(side, x + nx * half):.1f} {y + ny * half:.1f}")
        lower.append(f"{mirrored(side, x - nx * half):.1f} {y - ny * half:.1f}")
        run += step
    return "M" + "L".join(upper) + "L" + "L".join(reversed(lower)) + "Z"


def calibre_at(gland: str, run: float, signs: Sequence[Sign]) -> float:
    curve, hilum = course(gland)
    return calibre(ANATOMY[gland].calibre, run, hilum, curve.length, signs)


def _papilla(gland: str, side: str) -> str:
    x, y = place(gland, side, 0)
    return circle(x, y, 4.2)


def circle(x: float, y: float, r: float) -> str:
    return f"M{x - r:.1f} {y:.1f}a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0Z"


def _step(scale: Scale) -> int:
    return 10 if scale.hilum_mm >= 30 else 5 if scale.hilum_mm > 10 else 2


def _at_ruler(gland: str, side: str, mm: float, scale: Scale, away: float) -> Point:
    run = run_of(gland, mm, scale)
    curve = course(gland)[0]
    (x, y), (nx, ny) = curve.at(run), curve.normal(run)
    return mirrored(side, x + nx * away), y + ny * away


def _ticks(gland: str, side: str, scale: Scale) -> str:
    parts = []
    step = _step(scale)
    for mm in range(0, int(scale.hilum_mm) + 1, step // 2 if step > 2 else 1):
        long = mm % step == 0
        x0, y0 = _at_ruler(gland, side, mm, scale, 10)
        x1, y1 = _at_ruler(gland, side, mm, scale, 15 if long else 12.5)
        parts.append(f"M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}")
    return "".join(parts)


def _words(gland: str, side: str, scale: Scale, leaders: Sequence[float]) -> tuple[Word, ...]:
    swap = {"start": "end", "end": "start", "middle": "middle"}
    words = []
    for note in ANATOMY[gland].notes:
        anchor = swap[note.anchor] if side == "R" else note.anchor
        x = mirrored(side, note.at[0])
        shifts = (0, 30, -30, 60, -60, 90, -90) if note.anchor == "middle" and note.at[1] > HEIGHT / 2 else (0,)
        tries = [Word("anatomy", note.text, x + shift, note.at[1], anchor) for shift in shifts]
        # Words step aside for leaders that would run through them; a landmark that finds no room is left out.
        clear = next((w for w in tries if _is_clear(w, leaders)), None if note.is_landmark else tries[0])
        words += [clear] if clear else []
    marks = list(range(0, int(scale.hilum_mm) + 1, _step(scale)))
    for mm in marks:
        x, y = _at_ruler(gland, side, mm, scale, 22)
        # Where the duct descends, its scale stands beside it: a word in the middle would reach back over the duct.
        beside = x - _at_ruler(gland, side, mm, scale, 10)[0]
        anchor = "middle" if abs(beside) < 8 else "start" if beside > 0 else "end"
        words.append(Word("scale", f"{mm} mm" if mm == marks[-1] else str(mm), x, y + 3, anchor, 9.5))
    return tuple(words)


def _is_clear(word: Word, leaders: Sequence[float]) -> bool:
    left, _, right, _ = word.box
    return left > 0 and right < WIDTH and not any(left - 3 < x < right + 3 for x in leaders)


def _markers(
    gland: str,
    side: str,
    scale: Scale,
    located: Sequence[Located],
    signs: Sequence[Sign],
    drawn: Sequence[FindingFacts],
) -> tuple[tuple[Marker, ...], float, float]:
    """The markers, and the top and bottom of the drawing that they need."""
    spots = [place(gland, side, spot.mm, scale) for spot in located]
    labels = [_label(spot) for spot in located]
    moored = berths([x for x, _ in spots], [_label_width(lines) for lines in labels])
    markers = []
    for spot, sign, (px, py), lines, berth in zip(located, signs, spots, labels, moored, strict=True):
        below = berth.band >= 0
        by = HEIGHT + 26 + berth.band * 20 if below else -12.0
        half = calibre_at(gland, sign.run, signs)
        out = half + (12 if sign.form is Form.NARROW else 7)
        elbow, tip = (by - 22, by - BADGE) if below else (by + 22, by + BADGE)
        words = tuple(
            Word("label" if i == 0 else "sub", line, berth.x, by + 21 + i * 12 if below else by - 25 + i * 12, "middle",
                 FONT if i == 0 else SMALL)
            for i, line in enumerate(lines if berth.has_words else ())
        )  # fmt: skip
        markers.append(
            Marker(
                number=spot.number,
                key=spot.finding.key,
                type=spot.finding.type,
                tone=_tone(spot.finding),
                x=px,
                y=py,
                mm=spot.mm,
                is_measured=spot.is_measured,
                signs=tuple(
                    Shape(role, d) for role, d in draw(sign, gland, side, lambda run: calibre_at(gland, run, signs))
                ),
                leader=f"M{px:.1f} {py + (out if below else -out):.1f}L{px:.1f} {elbow:.1f}L{berth.x:.1f} {tip:.1f}",
                badge_x=berth.x,
                badge_y=by,
                words=words,
                sentence=finding_line(spot.finding),
                reach=segments(gland, scale_for(gland, [f for f in drawn if f is not spot.finding])),
            )
        )
    lowest = max((m.badge_y + (38 if m.words else BADGE) for m in markers if m.badge_y > 0), default=HEIGHT)
    highest = min((m.badge_y - 38 for m in markers if m.badge_y < 0), default=0.0)
    return tuple(markers), highest, lowest + 4


def _tone(finding: FindingFacts) -> str:
    return "normal" if finding.is_normal else "abnormal" if finding.type else "open"


def _label(spot: Located) -> tuple[str, ...]:
    f = spot.finding
    size = f", {number_text(f.size_mm)} mm" if f.size_mm is not None else ""
    where = f"at {number_text(spot.mm)} mm" if spot.is_measured else SEGMENT.label(f.segment).lower()
    return (FINDING.label(f.type) or "Finding") + size, where


def _label_width(lines: tuple[str, ...]) -> float:
    return max(len(lines[0]) * FONT, len(lines[1]) * SMALL, 30.0) * EM + _GAP
