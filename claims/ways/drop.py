"""What a clearinghouse finds in its folder: attachments, the electronic file, and last a control file of them all."""

from __future__ import annotations

from claims.ways.base import Cargo, File

CONTROL_ENDING = ".ctl"
_HEAD = "name\tbytes\tsha256\tclaim\tattachment control number"


def arrange(cargo: Cargo) -> tuple[File, ...]:
    """The files in the order in which they are laid down. The control file lists the others, so it comes last."""
    files = [
        File(f"{cargo.stem}-{file.name}", file.content, file.title, claim.number, claim.control)
        for claim in cargo.claims
        for file in claim.attachments
    ]
    files.append(File(f"{cargo.stem}.837", cargo.x12, "Electronic claims"))
    rows = [_HEAD, *(f"{f.name}\t{f.size}\t{f.sha256}\t{f.claim}\t{f.control}" for f in files)]
    files.append(File(cargo.stem + CONTROL_ENDING, ("\n".join(rows) + "\n").encode("ascii"), "Control file"))
    return tuple(files)
