"""The file that only its key opens: whatever is changed, cut off, added or moved in it, nothing of it is believed."""

import io
import random

import pytest

from documentation.kernel.machine import NotPossible
from documentation.services.backups.vault import FRAME, Key, Opening, Sealing, key_of

KEY = Key(b"k" * 32, is_passphrase=False)
OTHER = Key(b"o" * 32, is_passphrase=False)
DATA = random.Random(371).randbytes(2 * FRAME + 12345)


def sealed(data: bytes = DATA, key: Key = KEY) -> bytes:
    out = io.BytesIO()
    sealing = Sealing(out, key)
    for start in range(0, len(data), 300_000):
        sealing.write(data[start : start + 300_000])
    sealing.close()
    return out.getvalue()


def opened(data: bytes, key: Key = KEY) -> bytes:
    opening = Opening(io.BytesIO(data), key)
    found = bytearray()
    while piece := opening.read(100_000):
        found += piece
    return bytes(found)


def frames(data: bytes) -> tuple[bytes, list[bytes]]:
    start = data.index(b"\n", data.index(b"\n") + 1) + 1
    head, rest, found = data[:start], data[start:], []
    while rest:
        length = 4 + int.from_bytes(rest[:4], "big")
        found.append(rest[:length])
        rest = rest[length:]
    return head, found


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, len(DATA)])
def test_what_was_sealed_comes_back(size: int) -> None:
    assert opened(sealed(DATA[:size])) == DATA[:size]


def test_nothing_of_it_can_be_read_and_the_same_twice_looks_different() -> None:
    text = b"Rowan Pattern, member 123456789 " * 100
    one, other = sealed(text), sealed(text)
    assert b"Rowan" not in one
    assert frames(one)[1] != frames(other)[1]


def test_one_changed_byte_anywhere_is_seen() -> None:
    whole, chance = sealed(), random.Random(14)
    places = [*range(0, 200, 7), *(chance.randrange(len(whole)) for _ in range(60)), len(whole) - 1]
    for place in places:
        broken = bytearray(whole)
        broken[place] ^= 1 << chance.randrange(8)
        with pytest.raises(NotPossible, match=r"damaged|no backup of Ductus|does not open|another kind of key"):
            opened(bytes(broken))


def test_one_cut_short_anywhere_is_seen_between_frames_too() -> None:
    whole, chance = sealed(), random.Random(15)
    head, parts = frames(whole)
    assert len(parts) == 3
    between = [len(head) + sum(map(len, parts[:n])) for n in range(len(parts))]
    for length in [0, 5, *between, *(chance.randrange(len(whole)) for _ in range(40)), len(whole) - 1]:
        with pytest.raises(NotPossible):
            opened(whole[:length])


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2), (0, 1, 1, 2), (0, 1, 2, 2), (2,), (0, 1, 2, 0)])
def test_frames_that_are_moved_left_out_or_repeated_are_seen(order: tuple[int, ...]) -> None:
    head, parts = frames(sealed())
    with pytest.raises(NotPossible, match="damaged or was cut short"):
        opened(head + b"".join(parts[n] for n in order))


def test_frames_of_another_backup_with_the_same_key_do_not_fit() -> None:
    head, mine = frames(sealed())
    _, theirs = frames(sealed())
    with pytest.raises(NotPossible, match="damaged or was cut short near megabyte 2"):
        opened(head + mine[0] + theirs[1] + mine[2])


def test_the_wrong_key_is_told_from_damage() -> None:
    with pytest.raises(NotPossible, match="This key does not open this backup"):
        opened(sealed(), OTHER)


def test_a_passphrase_opens_what_it_sealed_and_another_does_not() -> None:
    phrase, other = key_of("", "six words that nobody guesses"), key_of("", "six words that somebody guesses")
    data = sealed(b"small", phrase)
    assert opened(data, phrase) == b"small"
    with pytest.raises(NotPossible, match="does not open"):
        opened(data, other)
    with pytest.raises(NotPossible, match="another kind of key: set BACKUP_PASSPHRASE"):
        opened(data, KEY)


@pytest.mark.parametrize(
    ("key", "passphrase", "sentence"),
    [
        ("", "", "There is no key for backups, and none is written unencrypted"),
        ("abc", "", "has 64 characters of 0-9 and a-f"),
        ("g" * 64, "", "has 64 characters of 0-9 and a-f"),
        ("", "too short", "shorter than 16 characters"),
    ],
)
def test_a_key_that_protects_nothing_is_refused(key: str, passphrase: str, sentence: str) -> None:
    with pytest.raises(NotPossible, match=sentence):
        key_of(key, passphrase)


def test_other_files_are_no_backups() -> None:
    for data in (b"", b"PK\3\4 a ZIP", b"DUCTUS BACKUP 1\n[]\n", b"DUCTUS BACKUP 1\n{}\n", b"DUCTUS BACKUP 2\n{}\n"):
        with pytest.raises(NotPossible, match="no backup of Ductus"):
            opened(data)
