"""Whether the disk under a folder is encrypted, as far as the machine itself shows it."""

import os
from pathlib import Path

DEVICES = Path("/sys/dev/block")


def shows_encryption(folder: Path, devices: Path = DEVICES) -> bool:
    """True where Linux maps the device under the folder, or one below that, through dm-crypt (LUKS).

    False says nothing: a disk that encrypts itself, or one that a cloud encrypts, looks like any other.
    """
    place = next(p for p in (folder, *folder.parents) if p.exists())
    number = place.stat().st_dev
    return _is_crypt(devices / f"{os.major(number)}:{os.minor(number)}")


def _is_crypt(device: Path) -> bool:
    try:
        if (device / "dm" / "uuid").read_text(encoding="ascii").startswith("CRYPT-"):
            return True
    except (OSError, ValueError):
        pass
    try:
        return any(_is_crypt(below) for below in (device / "slaves").iterdir())
    except OSError:
        return False
