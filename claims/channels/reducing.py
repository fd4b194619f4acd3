"""Fewer files and fewer bytes: pages joined, pictures left out or shrunk, heavy pages as pictures of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from claims.channels.parcel import Parcel
from claims.channels.profile import Profile, size
from claims.channels.steps import Draft, LeftOut, Make

LADDER = (200, 150)
"""Dots to the inch at which pages become pictures: the first that fits is taken."""
MOST_JOINED = 3
"""Pages that stand on one picture, one below the other; more would make nobody read the last."""
PAGE_AS_PICTURE = 500_000
"""Bytes that a page takes as a picture at 200 dpi, with a reserve: pages of ours have 190 to 420 KB."""
LEAST_PICTURE = 40_000
"""Bytes below which no page and no picture of a duct can be brought."""


def mind_count(parcel: Parcel, profile: Profile, form: str, draft: Draft) -> None:
    most = profile.number("max_files")
    if most is None or len(draft.makes) <= most:
        return
    kinds = {i.name: i.kind for i in parcel.items}
    shown = {i.name: i.page for i in parcel.items}
    spare = [m for m in reversed(draft.makes) if kinds[m.source] == "figure" and shown[m.source]]
    spare += [m for m in reversed(draft.makes) if kinds[m.source] == "annotated" and shown[m.source]]
    joinable = [m for m in draft.makes if m.how in ("pages_jpg", "pages_png")]
    side = profile.number("max_side")
    for joined in range(2, MOST_JOINED + 1):
        others = len(draft.makes) - len(joinable)
        if not joinable or others + len(_joined(joinable, joined)) > most or side is not None:
            continue
        draft.makes = [*_joined(joinable, joined), *(m for m in draft.makes if m not in joinable)]
        draft.step("join_pages", f"Up to {joined} pages stand on one picture, one below the other, so that there are"
                   f" {len(draft.makes)} files; {profile.called} takes {most}.")  # fmt: skip
        return
    while spare and len(draft.makes) > most:
        if joinable and side is None and len(draft.makes) - len(joinable) + len(_joined(joinable, MOST_JOINED)) <= most:
            break
        gone = spare.pop(0)
        draft.makes.remove(gone)
        draft.left.append(
            LeftOut(gone.title, f"{profile.name} takes {most} files; it is shown on page {shown[gone.source]} as well.")
        )
    if len(draft.makes) > most and joinable and side is None:
        draft.makes = [*_joined(joinable, MOST_JOINED), *(m for m in draft.makes if m not in joinable)]
        draft.step("join_pages", f"Up to {MOST_JOINED} pages stand on one picture, one below the other, so that there"
                   f" are {len(draft.makes)} files; {profile.called} takes {most}.")  # fmt: skip
    if len(draft.makes) > most:
        draft.problems.append(
            f"{len(draft.makes)} files would leave, with nothing more to join or to leave out; {profile.called} takes"
            f" {most}. Choose another channel, or send the rest by mail."
        )


def _joined(pages: Sequence[Make], most: int) -> list[Make]:
    """Pictures of pages put together, so many on one at most, of one paper each."""
    made: list[Make] = []
    for m in pages:
        last = made[-1] if made else None
        if last and last.source == m.source and len(last.pages) < most:
            pages_ = (*last.pages, *m.pages)
            head = last.title.rpartition(", page")[0]
            dpi = tuple(d for d in last.dpi if d in m.dpi)
            made[-1] = replace(last, pages=pages_, dpi=dpi, title=f"{head} and on, pages {pages_[0]}–{pages_[-1]}")
        else:
            made.append(m)
    return made


def mind_total(parcel: Parcel, profile: Profile, draft: Draft) -> None:
    """What leaves unchanged must leave room for the rest; what is drawn anew is fitted into it when it is made."""
    most = profile.number("max_total_bytes")
    if most is None or not draft.makes:
        return
    fixed = [m for m in draft.makes if m.how in ("keep", "pages_pdf")]
    anew = len(draft.makes) - len(fixed)
    if sum(_weight(parcel, m) for m in fixed) + anew * LEAST_PICTURE <= most:
        return
    draft.makes = [_shrunk(parcel, profile, m, draft) for m in draft.makes]
    total = sum(_weight(parcel, m) for m in draft.makes)
    if total > most:
        draft.problems.append(
            f"The files have about {size(total)} even where heavy pages become pictures of themselves; {profile.called}"
            f" takes {size(most)} in all. Choose another channel."
        )


def _weight(parcel: Parcel, make: Make) -> int:
    """Bytes of a file that is yet to be made: of its pages, rather too many than too few."""
    if make.how == "keep":
        return next(i.size for i in parcel.items if i.name == make.source)
    if make.how != "pages_pdf":
        return LEAST_PICTURE
    measured = parcel.measured[make.source]
    return sum(PAGE_AS_PICTURE if n in make.flat else measured[n - 1].size for n in make.pages)


def _shrunk(parcel: Parcel, profile: Profile, make: Make, draft: Draft) -> Make:
    """The same piece with fewer bytes: a picture drawn anew, heavy pages of a PDF as pictures of themselves."""
    if make.how == "keep" and make.type != "pdf":
        draft.step("shrink_pictures", f"{make.title} is made smaller, so that all files together fit.")
        return replace(make, how="picture", type=picture_type(profile.file_types))
    if make.type != "pdf" or make.source not in parcel.measured:
        return make
    heavy = tuple(n for n in make.pages if parcel.measured[make.source][n - 1].size > PAGE_AS_PICTURE)
    if not heavy:
        return make
    draft.step("flatten_pages", flattened(heavy, make.source, "too heavy for all files together"))
    return replace(make, how="pages_pdf", flat=heavy, dpi=LADDER)


def picture_type(types: Sequence[str] | None) -> str:
    """As what a picture is made anew."""
    return next((t for t in ("jpg", "png", "pdf") if types is None or t in types), "jpg")


def flattened(pages: Sequence[int], name: str, why: str) -> str:
    """That pages become pictures, in words."""
    if len(pages) == 1:
        return f"Page {pages[0]} of {name} becomes a picture of itself at {LADDER[0]} dpi, because it is {why}."
    listed = ", ".join(map(str, pages))
    return f"Pages {listed} of {name} become pictures of themselves at {LADDER[0]} dpi, because they are {why}."
