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
SHRUNK = 1_000_000


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
                   f" {len(draft.makes)} files; {profile.name} takes {most}.")  # fmt: skip
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
                   f" are {len(draft.makes)} files; {profile.name} takes {most}.")  # fmt: skip
    if len(draft.makes) > most:
        draft.problems.append(
            f"{len(draft.makes)} files would leave, with nothing more to join or to leave out; {profile.name} takes"
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
            made[-1] = replace(last, pages=pages_, title=f"{head} and on, pages {pages_[0]}–{pages_[-1]}")
        else:
            made.append(m)
    return made


def mind_total(parcel: Parcel, profile: Profile, draft: Draft) -> None:
    most = profile.number("max_total_bytes")
    if most is None or not draft.makes:
        return
    sizes = {i.name: i.size for i in parcel.items}
    kept = [m for m in draft.makes if m.how in ("keep", "pages_pdf")]
    total = sum(_weight(parcel, m, sizes) for m in kept)
    made = [m for m in draft.makes if m.how not in ("keep", "pages_pdf")]
    if total > most or (made and (most - total) // len(made) < SHRUNK // 10):
        draft.makes, total = _shrunk(parcel, profile, most, draft)
        made = [m for m in draft.makes if m.budget is not None or m.how not in ("keep", "pages_pdf")]
        if total > most:
            draft.problems.append(
                f"Even as pictures of themselves the pages have about {size(total)}; {profile.name} takes {size(most)} in"
                " all."
            )
        return
    if made:
        each = (most - total) // len(made)
        draft.makes = [m if m in kept else replace(m, budget=min(m.budget or each, each)) for m in draft.makes]


def _weight(parcel: Parcel, make: Make, sizes: dict[str, int]) -> int:
    if make.how == "keep":
        return sizes[make.source]
    measured = parcel.measured.get(make.source, ())
    return sum(PAGE_AS_PICTURE if n in make.flat else measured[n - 1].size for n in make.pages)


def _shrunk(parcel: Parcel, profile: Profile, most: int, draft: Draft) -> tuple[list[Make], int]:
    """Pictures become JPEG and heavy pages pictures of themselves, until all together may fit."""
    makes, total = [], 0
    share = most // len(draft.makes)
    flattened: list[int] = []
    for m in draft.makes:
        measured = parcel.measured.get(m.source, ())
        if m.type == "pdf" and measured:
            heavy = tuple(n for n in m.pages if measured[n - 1].size > PAGE_AS_PICTURE)
            flattened += heavy
            changed = replace(m, how="pages_pdf", flat=heavy, dpi=LADDER, budget=min(m.budget or most, most))
            if heavy:
                makes.append(changed)
                total += sum(PAGE_AS_PICTURE if n in heavy else measured[n - 1].size for n in m.pages)
            else:
                makes.append(m)
                total += _weight(parcel, m, {i.name: i.size for i in parcel.items})
        else:
            kind = picture_type(profile.file_types) if m.how == "keep" else m.type
            makes.append(
                replace(m, how="picture" if m.how == "keep" else m.how, type=kind, budget=min(m.budget or share, share))
            )
            total += min(share, SHRUNK)
    if flattened:
        draft.step("flatten_pages", f"{pages_words(flattened)} become pictures of themselves at {LADDER[0]} dpi, so"
                   f" that all files together stay below {size(most)}.")  # fmt: skip
    if any(m.how == "picture" for m in makes):
        draft.step(
            "shrink_pictures", f"Pictures are made smaller: {size(share)} each, so that all stay below {size(most)}."
        )
    return makes, total


def picture_type(types: Sequence[str] | None) -> str:
    return next((t for t in ("jpg", "png", "pdf") if types is None or t in types), "jpg")


def pages_words(pages: Sequence[int]) -> str:
    return f"Page {pages[0]}" if len(pages) == 1 else f"Pages {', '.join(map(str, pages))}"
