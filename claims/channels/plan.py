"""The compiler: from what a packet holds and what a channel takes to named steps, before anything is made or sealed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from claims.channels.fit import READABLE, is_readable, letter_pixels, readable_words
from claims.channels.naming import named
from claims.channels.parcel import Item, Parcel, Section
from claims.channels.policy import Sorted
from claims.channels.profile import Profile, said, size
from claims.channels.reducing import LADDER, PAGE_AS_PICTURE, flattened, mind_count, mind_total, picture_type
from claims.channels.seen import NOTE_ONLY, ON_PAPER
from claims.channels.steps import FAX, Draft, LeftOut, Make, Plan

_INCH = 72.0


def compile_plan(parcel: Parcel, profile: Profile, pieces: Sequence[Sorted]) -> Plan:
    """The plan of a channel for the pieces of a packet, sorted out by the payer's wishes (`policy.sort_out`)."""
    draft = Draft()
    note = _note(parcel, profile, draft)
    if profile.key in NOTE_ONLY:
        draft.left += [LeftOut(p.item.title, f"{profile.name} carries no files. {p.reason}") for p in pieces]
    elif profile.key in ON_PAPER:
        draft.left += [LeftOut(p.item.title, p.reason) for p in pieces if not p.leaves]
        if any(p.leaves for p in pieces if p.item.kind == "document"):
            draft.step("print", "The document and what is enclosed are printed as they are.")
        else:
            draft.step("hold", "The document stays here until the payer asks for it: nothing is printed to go along.")
    else:
        draft.left += [LeftOut(p.item.title, p.reason) for p in pieces if not p.leaves]
        _files(parcel, profile, [p for p in pieces if p.leaves], draft)
    makes = named(draft.makes, parcel.claim, profile.number("max_name"))
    if makes and any(m.name != m.source for m in makes):
        draft.step("rename", f"The files are named after the claim and numbered in reading order, as {makes[0].name}.")
    return Plan(
        makes, tuple(draft.steps), tuple(draft.left), note, tuple(draft.warnings), tuple(draft.problems)
    )  # fmt: skip


def _note(parcel: Parcel, profile: Profile, draft: Draft) -> str:
    limit = profile.number("note_chars")
    if limit is None or not parcel.notes:
        return ""
    fitting = [text for text in parcel.notes if text and len(text) <= limit]
    if not fitting:
        draft.problems.append(f"No version of the narrative fits the note of {profile.called}: {limit} characters.")
        return ""
    chosen = max(fitting, key=len)
    draft.step("choose_note", f"The narrative of {len(chosen):,} characters is chosen; the note takes {limit:,}.")
    return chosen


# --- Files --------------------------------------------------------------------------------------------------------


def _files(parcel: Parcel, profile: Profile, pieces: Sequence[Sorted], draft: Draft) -> None:
    papers = [p for p in pieces if p.item.kind in ("document", "enclosure")]
    pictures = [p for p in pieces if p.item.kind in ("figure", "annotated")]
    form = _form(profile, draft)
    if not form:
        return
    has_document = any(p.item.kind == "document" for p in papers)
    for p in [p for p in papers if has_document and p.item.kind == "enclosure" and p.item.page]:
        papers.remove(p)
        draft.left.append(LeftOut(p.item.title, f"Its pages are part of the document, from page {p.item.page}."))
    if form in ("pdf", "fax"):
        for p in pictures:
            _leave_picture(p, draft, has_document=has_document)
        pictures = [p for p in pictures if not has_document or p.item.page is None]
    else:
        # Pages as pictures lose detail: what shows the findings goes along in its own resolution.
        for p in pictures:
            if has_document and not p.item.is_key:
                _leave_picture(p, draft, has_document=True)
        pictures = [p for p in pictures if not has_document or p.item.is_key]
    for p in papers:
        draft.makes += _paper(parcel, profile, p, form, draft)
    draft.makes += _pictures(profile, pictures, form)
    mind_count(parcel, profile, form, draft)
    mind_total(parcel, profile, draft)
    anew = [m for m in draft.makes if m.how == "picture"]
    if anew:
        types = said("file_types", list(dict.fromkeys(m.type for m in anew)))
        draft.step("convert_pictures", f"{len(anew)} picture{'s' if len(anew) > 1 else ''} made anew as {types}.")


def _form(profile: Profile, draft: Draft) -> str:
    """pdf, jpg, png or fax: as what pages leave; empty with a problem where nothing will do."""
    if profile.is_black_and_white:
        across, down = FAX
        draft.step("fax_pages", f"Every page becomes black and white dots, {across} by {down} to the inch (fine mode).")
        return "fax"
    types = profile.file_types
    if types is None:
        draft.warnings.append(
            f"It is not known which file types {profile.called} takes. The document leaves as PDF; look before you"
            " send, and write down what it says."
        )
        return "pdf"
    form = next((t for t in ("pdf", "jpg", "png") if t in types), "fax" if "tif" in types else "")
    if not form:
        draft.problems.append(
            f"{profile.name} takes {said('file_types', types)} only: neither a PDF nor pictures of its pages can go"
            " this way. Choose another channel."
        )
    return form


def _leave_picture(piece: Sorted, draft: Draft, *, has_document: bool) -> None:
    if has_document and piece.item.page:
        draft.left.append(LeftOut(piece.item.title, f"It is shown on page {piece.item.page} of the document."))


def _paper(parcel: Parcel, profile: Profile, piece: Sorted, form: str, draft: Draft) -> list[Make]:
    item = piece.item
    if item.type != "pdf":
        return _pictures(profile, [piece], form)
    make = Make("keep", item.name, item.title, piece.reason, _slug(parcel, item), "pdf", pages=_all(item))
    if form == "pdf":
        most = profile.number("max_file_bytes")
        if most is not None and item.size > most:
            return list(_split(parcel, profile, piece, most, draft))
        return [make]
    if form == "fax":
        return [replace(make, how="pages_fax", type="tif")]
    ladders = {n: _ladder(parcel, profile, item, (n,), draft) for n in _all(item)}
    if not all(ladders.values()):
        return []
    word = "JPEG" if form == "jpg" else "PNG"
    draft.step(
        "pages_to_pictures",
        f"The {item.pages} page{'s' if item.pages > 1 else ''} of {item.name} become {word}"
        f" {readable_words(_smallest(parcel, item, _all(item)), min(x[0] for x in ladders.values()))}.",
    )
    return [
        replace(
            make, how=f"pages_{form}", type=form, pages=(n,), title=f"{_section(parcel, item, n).title}, page {n}",
            slug=_section(parcel, item, n).key, dpi=ladders[n], side=profile.number("max_side"),
            budget=profile.number("max_file_bytes"), grey=profile.value("colors") == "grey",
        )
        for n in _all(item)
    ]  # fmt: skip


def _ladder(parcel: Parcel, profile: Profile, item: Item, pages: Sequence[int], draft: Draft) -> tuple[int, ...]:
    """The resolutions that may be tried, the best first; none, with a problem, where letters would close up."""
    side, small = profile.number("max_side"), _smallest(parcel, item, pages)
    tall = max(parcel.measured[item.name][n - 1].height for n in pages)
    most = LADDER[0] if side is None else min(LADDER[0], math.floor(side / tall * _INCH))
    if not is_readable(small, most):
        words = f"Its smallest letters ({small:g} pt) are {letter_pixels(small, most):.0f} pixels high and close up"
        if side is None:
            draft.warnings.append(f"Page {pages[0]} of {item.name} at {most} dots to the inch: {words.lower()}.")
            return (most,)
        draft.problems.append(
            f"Pictures of at most {side:,} pixels leave {most} dots to the inch for page {pages[0]} of {item.name}."
            f" {words}; {READABLE:.0f} are needed. Choose another channel."
        )
        return ()
    return tuple(d for d in dict.fromkeys((most, *(x for x in LADDER if x < most))) if is_readable(small, d))


def _split(parcel: Parcel, profile: Profile, piece: Sorted, most: int, draft: Draft) -> Iterator[Make]:
    """Pieces of a PDF below a size, cut where its parts begin; a part that is too large is cut between pages."""
    item = piece.item
    measured = parcel.measured[item.name]
    flat = {n for n, m in enumerate(measured, 1) if m.size > most}
    for n in sorted(flat):
        if most < PAGE_AS_PICTURE // 4:
            draft.problems.append(
                f"Page {n} of {item.name} alone has {size(measured[n - 1].size)}; {profile.called} takes {size(most)} a"
                " file. Choose another channel."
            )
    if flat:
        draft.step("flatten_pages", flattened(sorted(flat), item.name, "too large for one file"))
    ladder = _ladder(parcel, profile, item, sorted(flat), draft) if flat else LADDER
    weight = {n: PAGE_AS_PICTURE if n in flat else m.size for n, m in enumerate(measured, 1)}
    runs = list(_runs(parcel.sections_of(item), weight, most))
    draft.step("split_pdf", f"{item.name} has {size(item.size)}; it is cut into {len(runs)} files of at most"
               f" {size(most)}, where its parts begin.")  # fmt: skip
    for section, pages in runs:
        title = (
            f"{section.title}: pages {pages[0]}–{pages[-1]}" if len(pages) > 1 else f"{section.title}: page {pages[0]}"
        )
        yield Make(
            "pages_pdf", item.name, title, piece.reason, section.key, "pdf", pages=pages,
            flat=tuple(n for n in pages if n in flat), dpi=ladder, budget=most,
        )  # fmt: skip


def _runs(sections: Sequence[Section], weight: dict[int, int], most: int) -> Iterator[tuple[Section, tuple[int, ...]]]:
    """Runs of pages below a size: whole parts together while they fit, else pages of one part."""
    first: Section | None = None
    run: list[int] = []
    for section in sections:
        pages = [n for n in range(section.first, section.last + 1) if n not in run]
        whole = sum(weight[n] for n in pages)
        if first and sum(weight[n] for n in run) + whole <= most:
            run += pages
            continue
        if first and run:
            yield first, tuple(run)
            run = []
        first = section
        for n in pages:
            if run and sum(weight[p] for p in run) + weight[n] > most:
                yield section, tuple(run)
                run = []
            run.append(n)
    if first and run:
        yield first, tuple(run)


def _pictures(profile: Profile, pieces: Sequence[Sorted], form: str) -> list[Make]:
    types, most, side = profile.file_types, profile.number("max_file_bytes"), profile.number("max_side")
    makes = []
    for p in pieces:
        goes = types is None or p.item.type in types
        fits = goes and (most is None or p.item.size <= most) and side is None and form != "fax"
        kind = p.item.type if fits else "tif" if form == "fax" else picture_type(types)
        makes.append(
            Make(
                "keep" if fits else "pages_fax" if form == "fax" else "picture", p.item.name, p.item.title, p.reason,
                p.item.name.rpartition(".")[0], kind, budget=most, side=side, grey=profile.value("colors") == "grey",
            )
        )  # fmt: skip
    return makes


# --- Small questions ----------------------------------------------------------------------------------------------


def _all(item: Item) -> tuple[int, ...]:
    return tuple(range(1, item.pages + 1))


def _smallest(parcel: Parcel, item: Item, pages: Sequence[int]) -> float:
    sizes = (parcel.measured[item.name][n - 1].smallest_text for n in pages)
    return min((points for points in sizes if points > 0), default=0.0)


def _section(parcel: Parcel, item: Item, page: int) -> Section:
    sections = parcel.sections_of(item)
    return next((s for s in reversed(sections) if s.first <= page <= s.last), sections[0])


def _slug(parcel: Parcel, item: Item) -> str:
    return "packet" if item.kind == "document" else item.name.rpartition(".")[0]
