"""The clearinghouse's SFTP server, a real one: who is asked, who gets nothing, and what is said where it fails."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from claims.ways import Cargo, File, Leaving, Time, Unsure, WayFailed, way_of
from claims.ways.carrying import Laid, release, stage
from tests.claims.ways.sftp_server import PASSWORD, Served, serving

X12 = b"ISA*00*~"


def made() -> tuple[File, ...]:
    way = way_of("sftp")
    assert way
    paper = File("C000001-01-packet.pdf", b"%PDF-1.7 a packet", "Packet K000001")
    return way.arrange(Cargo("000000101", (Leaving("C000001", "CTL1", b"", (paper,)),), X12))


NAMES = ["000000101-C000001-01-packet.pdf", "000000101.837", "000000101.ctl"]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "server") as server:
        yield server


def carried(setting: dict[str, str]) -> tuple[Laid, ...]:
    way = way_of("sftp")
    assert way
    assert way.opened
    with way.opened(setting, Time()) as place:
        stage(place, made())
        return release(place, made())


def test_files_arrive_whole_in_order_the_control_file_last(served: Served) -> None:
    laid = carried(served.setting)
    assert served.renamed == NAMES
    assert served.lying == sorted(NAMES)
    assert [(x.name, x.size, x.sha256, x.is_listed) for x in laid] == [(f.name, f.size, f.sha256, True) for f in made()]
    assert (served.folder / "in" / "000000101.837").read_bytes() == X12
    rows = (served.folder / "in" / "000000101.ctl").read_text().splitlines()
    paper = made()[0]
    assert rows[1].split("\t") == [paper.name, str(paper.size), paper.sha256, "C000001", "CTL1"]


def test_once_more_changes_nothing(served: Served) -> None:
    carried(served.setting)
    way = way_of("sftp")
    assert way
    assert way.opened
    with way.opened(served.setting, Time()) as place:
        release(place, made())
    assert served.renamed == NAMES


def test_an_unknown_or_changed_host_key_gets_nothing_not_even_a_password(served: Served) -> None:
    for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256"):
        other = asyncssh.generate_private_key(kind).export_public_key().decode()
        with pytest.raises(WayFailed, match=r"not show the host key that|had shown a host key of the kind that"):
            carried(served.setting | {"SFTP_HOST_KEY": other})
    assert (served.offered, served.lying) == ([], [])
    with pytest.raises(WayFailed, match="SFTP_HOST_KEY is no host key"):
        carried(served.setting | {"SFTP_HOST_KEY": "whatever it shows"})


def test_without_a_host_key_it_is_not_set_up(served: Served) -> None:
    way = way_of("sftp")
    assert way
    assert way.lacking(served.setting) == ""
    assert "SFTP_HOST_KEY" in way.lacking(served.setting | {"SFTP_HOST_KEY": ""})
    assert "SFTP_PASSWORD or SFTP_KEY_FILE" in way.lacking(served.setting | {"SFTP_PASSWORD": ""})


def test_a_wrong_password_is_said_and_named_nowhere(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(WayFailed, match="refused the user name, password or key") as caught:
        carried(served.setting | {"SFTP_PASSWORD": "not the tide"})
    assert "not the tide" not in f"{caught.value!r} {caught.value.__cause__!r} {caplog.text}"
    carried(served.setting)
    assert PASSWORD not in caplog.text


def test_a_server_that_is_not_there_is_said(served: Served) -> None:
    with pytest.raises(WayFailed, match=r"cannot be reached: ."):
        carried(served.setting | {"SFTP_PORT": "1"})


def test_a_server_that_hangs_up_at_once_may_have_another_kind_of_key(served: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        hangs_up = threading.Thread(target=lambda: there.accept()[0].close())
        hangs_up.start()
        with pytest.raises(WayFailed, match=r"broke off before it had shown a host key .* \(ssh-ed25519\)\. Try again"):
            carried(served.setting | {"SFTP_PORT": str(there.getsockname()[1])})
        hangs_up.join()


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [("full", "broke off"), ("forbidden", "does not allow"), ("cut", "did not arrive whole")],
)
def test_what_goes_wrong_there_leaves_no_file_under_its_name(served: Served, trouble: str, sentence: str) -> None:
    served.trouble = trouble
    with pytest.raises(WayFailed, match=sentence):
        carried(served.setting)
    assert served.renamed == []
    served.trouble = ""
    carried(served.setting)
    assert served.lying == sorted(NAMES)


def test_a_server_that_takes_files_at_once_has_them_and_is_not_given_them_again(served: Served) -> None:
    served.trouble = "taken"
    assert [x.is_listed for x in carried(served.setting)] == [False, False, False]
    way = way_of("sftp")
    assert way
    assert way.opened
    with way.opened(served.setting, Time()) as place, pytest.raises(Unsure, match="may have been taken"):
        release(place, made())
    assert served.renamed == NAMES


def test_a_connection_lost_behind_the_rename_goes_on_from_there(served: Served) -> None:
    served.trouble = "silent"
    with pytest.raises(WayFailed, match="broke off"):
        carried(served.setting)
    assert served.renamed == NAMES[:2]
    served.trouble = ""
    way = way_of("sftp")
    assert way
    assert way.opened
    with way.opened(served.setting, Time()) as place:
        release(place, made())
    assert served.renamed == NAMES


def test_another_file_of_the_name_is_never_written_over(served: Served) -> None:
    (served.folder / "in" / "000000101.837").write_bytes(b"another")
    with pytest.raises(WayFailed, match=r"Another file lies there under the name 000000101\.837"):
        carried(served.setting)
    assert (served.folder / "in" / "000000101.837").read_bytes() == b"another"


def test_a_key_of_our_own_opens_it_and_its_password_is_told_to_nobody(served: Served, tmp_path: Path) -> None:
    key, place = asyncssh.generate_private_key("ssh-ed25519"), tmp_path / "key"
    place.write_bytes(key.export_private_key("pkcs8-pem", passphrase="opens the file"))
    setting = served.setting | {"SFTP_KEY_FILE": str(place), "SFTP_PASSWORD": "opens the file"}
    with pytest.raises(WayFailed, match="refused the user name, password or key"):
        carried(setting)
    served.known_key = key.public_data
    carried(setting)
    assert (served.offered, served.lying) == ([], sorted(NAMES))
    with pytest.raises(WayFailed, match="no private key that can be opened"):
        carried(setting | {"SFTP_PASSWORD": "wrong"})
