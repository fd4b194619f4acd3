"""Carrying takes no longer than it may: what does not fit waits, goes on from there, and leaves once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from claims.models import Claim, Dispatch, DispatchAttempt, DispatchFile, Submission
from claims.services import dispatching, outbox
from claims.services.dispatching import loads, put
from claims.services.leases import HELD
from claims.services.outbox import carry
from claims.ways import OutOfTime, Time, WayFailed, carrying, folder, sftp
from claims.ways.base import ONE_STEP
from documentation.kernel.machine import Refused
from documentation.models import User
from tests import factories as f
from tests.claims import papers
from tests.claims.ways.sftp_server import Served, serving

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plain_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    papers.plain_packets(monkeypatch)


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


@pytest.fixture
def served(settings: Any, tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "server") as server:
        settings.WAYS_OUT = {**settings.WAYS_OUT, **server.setting}
        yield server


@pytest.fixture
def share(settings: Any, tmp_path: Path) -> Path:
    place = tmp_path / "clearinghouse"
    place.mkdir()
    settings.WAYS_OUT = {**settings.WAYS_OUT, "CLEARINGHOUSE_FOLDER": str(place)}
    return place


class Steps(Time):
    """A time that is over after so many steps."""

    def __init__(self, steps: int) -> None:
        super().__init__(600)
        self.steps = steps

    def require(self) -> None:
        if not self.steps:
            raise OutOfTime("The time of one try is over.")
        self.steps -= 1


def ready(by: User) -> Claim:
    claim: Claim = f.sealed_packet(by=by).claim
    return claim


def counted(monkeypatch: pytest.MonkeyPatch, place: type[Any], method: str) -> list[str]:
    """The names for which a method of a place is called from now on."""
    real, names = getattr(place, method), []

    def told(self: Any, name: str, *args: Any) -> Any:
        names.append(name)
        return real(self, name, *args)

    monkeypatch.setattr(place, method, told)
    return names


def test_it_goes_on_where_the_time_was_over_and_leaves_once(
    biller: User, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = [ready(biller), ready(biller)]
    dispatch = put(claims, "sftp", by=biller, at=f.AT)
    wrote, read = counted(monkeypatch, sftp._Server, "write"), counted(monkeypatch, sftp._Server, "sum")
    tries = 0
    while Dispatch.objects.filter(pk=dispatch.pk, delivered_at=None).exists():
        tries += 1
        assert tries < 10
        try:
            carry(dispatch, by=biller, at=f.AT, time=Steps(1 + 2 * tries))
        except OutOfTime:
            assert "time of one try is over" in DispatchAttempt.objects.latest("pk").said
            assert {c.transport for c in Claim.objects.all()} == {"none"}
    assert tries == 3
    names = list(DispatchFile.objects.values_list("name", flat=True))
    assert wrote == read == [f"{name}.part" for name in names]
    assert served.renamed == names
    assert Submission.objects.count() == 2
    assert {c.transport for c in Claim.objects.all()} == {"sent"}


def test_with_no_time_left_nothing_is_tried(biller: User, share: Path) -> None:
    dispatch = put([ready(biller)], "folder", by=biller, at=f.AT)
    with pytest.raises(OutOfTime, match=r"waits in the outbox .* `send_claims --waiting`"):
        carry(dispatch, by=biller, at=f.AT, time=Time(0))
    dispatch.refresh_from_db()
    assert (dispatch.held_until, dispatch.attempts.count(), list(share.iterdir())) == (None, 0, [])
    carry(dispatch, by=biller, at=f.AT)
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("way", ["sftp", "folder"])
@pytest.mark.parametrize("is_sound", [True, False])
def test_half_a_file_is_written_to_its_end_or_anew(
    way: str, is_sound: bool, biller: User, served: Served, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "PIECE", 10)
    dispatch = put([ready(biller)], way, by=biller, at=f.AT)
    lying = share if way == "folder" else served.folder / "in"
    first = dispatch.files.get(name__endswith=".pdf")
    whole = b"".join(carried_bytes(first))
    (lying / f"{first.name}.part").write_bytes(whole[:25] if is_sound else b"?" * 25)
    place: Any = folder._Folder if way == "folder" else sftp._Server
    starts: list[int] = []
    real = place.write

    def write(self: Any, name: str, pieces: Any, start: int = 0) -> None:
        starts.append(start)
        real(self, name, pieces, start)

    monkeypatch.setattr(place, "write", write)
    if not is_sound:
        with pytest.raises(WayFailed, match="did not arrive whole"):
            carry(dispatch, by=biller, at=f.AT)
    carry(dispatch, by=biller, at=f.AT)
    assert starts == ([20, 0, 0] if is_sound else [20, 0, 0, 0])
    assert (lying / first.name).read_bytes() == whole


def carried_bytes(row: DispatchFile) -> Iterator[bytes]:
    from documentation.services import files

    return files.pieces(row.file)


def test_a_share_that_is_gone_keeps_nobody_waiting(biller: User, share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatch, connected = put([ready(biller)], "folder", by=biller, at=f.AT), Event()
    monkeypatch.setattr(folder, "ANSWER", 0.05)
    real = Path.stat

    def stat(self: Path, **options: Any) -> Any:
        if self.parent == share:
            connected.wait()
        return real(self, **options)

    monkeypatch.setattr(Path, "stat", stat)
    try:
        with pytest.raises(WayFailed, match="did not answer within"):
            carry(dispatch, by=biller, at=f.AT)
    finally:
        connected.set()
        monkeypatch.setattr(folder, "ANSWER", 10)
    assert Claim.objects.get().transport == "none"
    carry(dispatch, by=biller, at=f.AT)
    assert Claim.objects.get().transport == "sent"


def test_it_is_held_anew_before_each_step_that_may_last(
    biller: User, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing and reading back may each take `ONE_STEP`: together longer than it is held without a sign of life."""
    steps: list[str] = []

    def noted(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def told(*args: Any) -> Any:
            steps.append(name)
            return real(*args)

        monkeypatch.setattr(owner, name, told)

    noted(outbox, "renew")
    for name in ("write", "sum", "rename"):
        noted(folder._Folder, name)
    carry(put([ready(biller)], "folder", by=biller, at=f.AT), by=biller, at=f.AT)
    assert [n for n in steps if n != "renew"] == ["write", "sum"] * 3 + ["rename"] * 3
    assert all(steps[n - 1] == "renew" for n, name in enumerate(steps) if name != "renew")
    assert timedelta(seconds=ONE_STEP + 2 * max(folder.ANSWER, sftp.ANSWER)) < HELD


@pytest.mark.parametrize("way", ["sftp", "folder"])
def test_what_lies_there_is_looked_at_once_for_all_files(
    way: str, biller: User, served: Served, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where each look takes its time, many files that are laid already leave enough of it to go on."""
    dispatch = put([ready(biller), ready(biller)], way, by=biller, at=f.AT)
    with monkeypatch.context() as broken_off:
        broken_off.setattr(outbox, "_mark", failing)
        with pytest.raises(WayFailed):
            carry(dispatch, by=biller, at=f.AT)
    asked = counted(monkeypatch, folder._Folder if way == "folder" else sftp._Server, "size")
    carry(dispatch, by=biller, at=f.AT)
    names = list(dispatch.files.values_list("name", flat=True))
    assert asked == names, "whether a name is free, before it is given; no other look at a single file"


def failing(*_: Any, **__: Any) -> None:
    raise WayFailed("The line went dead.")


def test_what_was_given_up_writes_no_more_and_is_told_as_the_end_of_the_time(tmp_path: Path) -> None:
    go_on = Event()

    def pieces() -> Iterator[bytes]:
        yield b"first"
        go_on.wait(60)
        yield b"second"
        yield b"third"

    with folder._opened({"CLEARINGHOUSE_FOLDER": str(tmp_path)}, Time(0.5)) as place:
        with pytest.raises(OutOfTime):
            place.write("a.part", pieces())
        with pytest.raises(OutOfTime):
            place.sizes(["a.part"])
    go_on.set()
    for left_behind in [t for t in threading.enumerate() if t.name == folder.WORKER]:
        left_behind.join(60)
    assert (tmp_path / "a.part").read_bytes() == b"first"


def test_a_server_that_takes_a_call_and_says_nothing_keeps_nobody_longer_than_the_try(served: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        setting = {**served.setting, "SFTP_PORT": str(silent.getsockname()[1])}
        with pytest.raises(OutOfTime), sftp._opened(setting, Time(0.3)):
            raise AssertionError("it was opened")


def test_claims_leave_in_loads_that_fit(biller: User, share: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = [ready(biller) for _ in range(3)]
    size = claims[0].packets.get().zip.size
    assert [len(load) for load in loads(claims)] == [3]
    monkeypatch.setattr(dispatching, "MOST_BYTES", 2 * size + size // 2)
    assert loads(claims) == [claims[:2], claims[2:]]
    monkeypatch.setattr(dispatching, "MOST_BYTES", 1)
    assert loads(claims) == [[claim] for claim in claims]
    monkeypatch.setattr(dispatching, "MOST_BYTES", 100 * size)
    monkeypatch.setattr(dispatching, "MOST", 2)
    assert loads(claims) == [claims[:2], claims[2:]]
    with pytest.raises(Refused, match="At most 2 claims leave together"):
        put(claims, "folder", by=biller, at=f.AT)
    assert not Dispatch.objects.exists()
