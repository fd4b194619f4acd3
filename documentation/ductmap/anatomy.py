"""What the drawings show, on a canvas of 640 × 236 units, seen from the patient's left: the mouth lies to the left.),


The right side is its mirror image. Curves are chains of cubic Béziers: a start, then three points for each piece.
The course of each duct is drawn true to life in its turns, and its length stands for millimetres by `geometry.Scale`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Point = tuple[float, float]

WIDTH, HEIGHT = 640.0, 236.0


@dataclass(frozen=True)
class Note:
    """A word of anatomy at a fixed place. `anchor` is start, middle or end, as in SVG."""

    text: str
    at: Point
    anchor: str = "middle"
    is_landmark: bool = False
    """A neighbor that helps to find one's way; the drawing can do without its name."""


@dataclass(frozen=True)
class Anatomy:
    """One gland and its duct. `main` runs from the papilla to the hilum, `inner` goes on inside the gland."""

    gland: str
    duct: str
    main: tuple[Point, ...]
    inner: tuple[Point, ...]
    body: tuple[Point, ...]
    """Valleys between the lobules, around the gland."""
    branches: tuple[tuple[Point, ...], ...]
    context: tuple[tuple[str, str], ...]
    """Neighbours: pairs of role and path data, back to front."""
    notes: tuple[Note, ...]
    length_mm: float
    inner_mm: float
    calibre: tuple[float, float, float]
    """Half the width of the tube at the papilla, in the middle and at the hilum."""


# fmt: off
SUBMANDIBULAR = Anatomy(
    gland="submandibular",
    duct="wharton",
    main=(
        (92, 96), (132, 78), (186, 80), (236, 90),
        (296, 102), (352, 118), (404, 108),
        (446, 99), (474, 114), (486, 148),
    ),
    inner=((486, 148), (494, 172), (514, 188), (538, 194), (554, 198), (566, 201), (576, 204)),
    body=(
        (478, 132), (502, 126), (530, 138), (562, 142), (590, 154), (604, 178), (598, 204), (576, 220), (546, 228),
        (514, 226), (486, 216), (466, 196), (460, 170), (466, 148),
    ),
    branches=(
        ((490, 160), (480, 172), (476, 184), (478, 198)),
        ((502, 180), (500, 194), (506, 204), (512, 214)),
        ((514, 186), (524, 174), (534, 164), (548, 158)),
        ((540, 195), (546, 204), (548, 210), (552, 218)),
        ((556, 199), (566, 188), (576, 180), (588, 176)),
    ),
    context=(
        ("bone", "M482 24 C492 20 500 30 506 42 C520 62 548 60 562 38 C566 22 578 10 594 12 C612 16 612 34"
            " 606 52 C598 92 612 140"
                 " 600 184 C594 212 566 226 530 230 C420 238 250 234 128 226 C84 224 56 216 50 196 C46 174 58"
                 " 152 62 132 C92 128"
                 " 126 132 160 135 C250 141 370 142 430 130 C456 116 466 66 482 24 Z"),
        ("tissue", "M112 84 C96 66 104 40 140 28 C220 4 360 2 432 30 C462 44 466 78 448 92 C430 100 400 96 372 104"
                   " C330 110 280 94 236 80 C190 68 140 70 112 84 Z"),
        ("muscle", "M120 116 C200 108 320 138 420 128 C440 128 444 146 428 150 C320 160 200 132 124 134 C112"
            " 132 112 118 120 116 Z"),
        ("fold", "M150 40 C240 18 350 20 424 44"),
        ("tooth", "M66 130 C62 116 60 100 66 90 C70 84 78 84 81 90 C84 102 84 118 84 130 C79 133 71 133 66 130 Z"),
        ("fold", "M96 90 C100 84 106 80 112 84"),
    ),
    notes=(
        Note("Papilla", (88, 112), "start"),
        Note("Tongue", (424, 32), "end", is_landmark=True),
        Note("Mandible", (250, 212), "middle", is_landmark=True),
        Note("Submandibular gland", (545, 102), "middle"),
        Note("Mylohyoid", (330, 145), "middle", is_landmark=True),
    ),
    length_mm=50,
    inner_mm=20,
    calibre=(2.6, 5.0, 5.8),
)

PAROTID = Anatomy(
    gland="parotid",
    duct="stensen",
    main=(
        (112, 158), (110, 128), (126, 108), (160, 104),
        (216, 97), (262, 92), (316, 94),
        (366, 96), (406, 100), (446, 110),
    ),
    inner=((446, 110), (474, 116), (496, 132), (510, 154), (520, 170), (526, 184), (530, 202)),
    body=(
        (452, 84), (476, 62), (506, 50), (540, 46), (570, 58), (582, 84),
        (584, 112), (580, 140), (572, 168), (564, 194),
        (552, 216), (530, 228), (508, 222), (492, 202), (478, 178), (462, 156), (446, 134), (440, 108),
    ),
    branches=(
        ((462, 113), (474, 100), (490, 88), (508, 76)),
        ((484, 124), (506, 116), (526, 104), (548, 84)),
        ((500, 138), (522, 136), (544, 132), (562, 124)),
        ((512, 157), (528, 160), (542, 160), (556, 158)),
        ((490, 130), (482, 146), (482, 158), (490, 172)),
        ((522, 174), (512, 184), (508, 194), (510, 206)),
        ((526, 186), (536, 192), (540, 198), (544, 206)),
    ),
    context=(
        ("bone", "M206 26 C300 38 440 40 566 30 C582 30 582 44 566 46 C440 56 300 54 206 44 C194 40 194 28 206 26 Z"),
        ("muscle", "M236 52 C226 110 250 180 296 232 C350 240 410 240 462 228 C446 170 440 110 440 52 C372 57"
            " 304 57 236 52 Z"),
        ("fibre", "M272 58 C264 112 284 174 324 226 M310 60 C304 114 318 174 352 228 M348 60 C344 116 354 176 382 228"
                  " M386 59 C384 116 390 172 412 224"),
        ("ear", "M598 60 C606 40 628 36 634 58 C640 84 632 108 622 124 C616 138 608 148 600 142 C594 136"
            " 598 122 602 112"),
        ("ear", "M606 70 C612 60 622 62 622 74 C622 88 614 94 610 104"),
        ("gum", "M44 160 C80 152 130 152 176 162 L176 176 C130 168 80 168 44 176 Z"),
        ("tooth", "M52 174 C50 192 50 208 56 212 C62 216 76 216 80 212 C86 208 86 190 84 171 C74 170 62 171"
            " 52 174 Z"),
        ("tooth", "M92 170 C90 190 90 208 96 213 C104 217 120 217 127 213 C133 208 133 190 131 170 C118 168"
            " 104 168 92 170 Z"),
        ("tooth", "M139 171 C137 188 137 204 143 209 C149 213 162 213 167 209 C172 204 171 190 170 175 C160"
            " 172 150 171 139 171 Z"),
    ),
    notes=(
        Note("Papilla", (122, 152), "start"),
        Note("Upper second molar", (110, 229), "middle", is_landmark=True),
        Note("Masseter", (350, 206), "middle", is_landmark=True),
        Note("Parotid gland", (634, 222), "end"),
        Note("Zygomatic arch", (392, 24), "middle", is_landmark=True),
    ),
    length_mm=50,
    inner_mm=20,
    calibre=(2.4, 4.4, 5.2),
)

SUBLINGUAL = Anatomy(
    gland="sublingual",
    duct="bartholin",
    main=((120, 120), (160, 112), (200, 116), (250, 132)),
    inner=((250, 132), (320, 152), (390, 156), (460, 150)),
    body=(
        (226, 118), (264, 108), (304, 104), (344, 102), (384, 102), (424, 106),
        (462, 114), (490, 130), (492, 154), (468, 172),
        (430, 180), (390, 184), (350, 184), (310, 180), (272, 172), (240, 156), (222, 138),
    ),
    branches=(
        ((270, 110), (272, 100), (272, 94), (274, 88)),
        ((310, 106), (312, 96), (312, 90), (314, 84)),
        ((350, 104), (352, 94), (352, 88), (354, 82)),
        ((390, 104), (392, 94), (392, 90), (394, 84)),
        ((430, 108), (434, 98), (434, 94), (436, 88)),
        ((300, 146), (310, 158), (320, 164), (332, 170)),
        ((360, 155), (372, 144), (384, 138), (398, 132)),
    ),
    context=(
        ("bone", "M60 170 C60 214 110 228 180 230 C320 234 470 232 560 214 C590 206 592 176 566 172 C540 168"
            " 520 196 470 204"
                 " C350 216 230 214 150 196 C110 186 90 150 74 150 C62 150 60 160 60 170 Z"),
        ("tissue", "M132 96 C110 70 130 34 190 22 C290 4 430 8 510 34 C550 50 552 84 524 92 C440 70 330 66 240"
            " 84 C200 94 160 94 132 96 Z"),
    ),
    notes=(
        Note("Papilla", (120, 146)),
        Note("Tongue", (330, 44), "middle", is_landmark=True),
        Note("Ducts of Rivinus", (500, 104), "start", is_landmark=True),
        Note("Sublingual gland", (360, 200)),
    ),
    length_mm=20,
    inner_mm=20,
    calibre=(2.2, 3.4, 3.8),
)

MINOR = Anatomy(
    gland="minor",
    duct="other",
    main=((200, 84), (240, 84), (270, 100), (296, 118)),
    inner=((296, 118), (320, 134), (344, 140), (370, 142)),
    body=(
        (290, 100), (320, 88), (352, 84), (386, 92), (410, 112), (414, 140),
        (398, 164), (366, 174), (332, 172), (304, 158),
        (288, 132),
    ),
    branches=(((312, 128), (322, 112), (332, 106), (346, 102)), ((330, 138), (330, 150), (336, 156), (344, 162))),
    context=(
        ("tissue", "M80 76 C200 60 420 58 560 76 C570 110 560 150 540 190 C420 214 220 214 100 190 C78 150 72 110 80"
            " 76 Z"),
    ),
    notes=(
        Note("Opening", (196, 104)),
        Note("Mucosa", (520, 96), "end", is_landmark=True),
        Note("Minor gland", (352, 190)),
    ),
    length_mm=10,
    inner_mm=10,
    calibre=(1.8, 2.6, 3.0),
)

# fmt: on

ANATOMY: Mapping[str, Anatomy] = {
    "submandibular": SUBMANDIBULAR,
    "parotid": PAROTID,
    "accessory_parotid": PAROTID,
    "sublingual": SUBLINGUAL,
    "minor": MINOR,
}

ACCESSORY_BODY: tuple[Point, ...] = ((330, 84), (350, 70), (376, 66), (402, 74), (410, 88), (384, 92), (354, 92))
"""The accessory lobe rides on the upper border of Stensen's duct."""
