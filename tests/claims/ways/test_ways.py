"""Ways out: one file and one line each, with names that stay, and nothing else that knows one by its key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from claims import ways
from claims.models.submissions import CHANNELS, PROOFS
from claims.ways import WAYS, Cargo, File, Leaving, Time, Way, WayFailed, way_of
from claims.ways.carrying import release, stage

ROOT = Path(__file__).parents[3]
FILES = Path(str(ways.__file__)).parent


def test_every_file_with_a_way_has_its_line_and_no_key_is_given_twice() -> None:
    with_way = {p.stem for p in FILES.glob("*.py") if re.search(r"(?m)^WAY = Way\(", p.read_text())}
    listed = set(re.findall(r"(?m)^    (\w+)\.WAY,$", (FILES / "__init__.py").read_text()))
    assert with_way == listed
    assert len({way.key for way in WAYS}) == len(WAYS)
    assert way_of("pigeon") is None


def test_each_says_how_it_is_recorded_and_what_proves_it() -> None:
    for way in WAYS:
        assert way.channel in dict(CHANNELS)
        assert set(way.proofs) <= set(dict(PROOFS)) - {"none"}
        assert way.proven_by
        assert way.proofs
        assert way.is_by_hand or way.is_electronic


def test_no_other_code_names_a_way_by_its_module() -> None:
    """A way more is one file and one line: what else would have to know it is found here."""
    named = re.compile(
        r"claims\.ways(?:\.|\s+import\s+)(?:" + "|".join(m for m in ("sftp", "folder", "portal")) + r")\b"
    )
    elsewhere = [p for p in (ROOT / "claims").rglob("*.py") if FILES not in p.parents and named.search(p.read_text())]
    assert elsewhere == []


PAPER = File("C000001-01-packet.pdf", b"%PDF", "Packet")


@pytest.mark.parametrize("key", ["mail", "fax"])
def test_paper_leaves_in_the_order_in_which_it_lies(key: str) -> None:
    way = way_of(key)
    assert way
    cargo = Cargo("", (Leaving("C000001", "K", b"doc", cover=b"cover"), Leaving("C000002", "K", b"doc")))
    names = [f.name for f in way.arrange(cargo)]
    cover = "label" if key == "mail" else "cover"
    assert names == [f"C000001-01-{cover}.pdf", "C000001-02-packet.pdf", "C000002-01-packet.pdf"]


def test_a_fax_leaves_as_dots_where_it_was_sealed_as_dots() -> None:
    way = way_of("fax")
    assert way
    dots = (File("C000001-01-packet.tif", b"II*"),)
    files = way.arrange(Cargo("", (Leaving("C000001", "K", b"doc", dots, cover=b"cover"),)))
    assert [f.name for f in files] == ["C000001-01-cover.pdf", "C000001-01-packet.tif"]


def test_a_folder_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    way = way_of("folder")
    assert way
    assert way.opened
    nowhere = {"CLEARINGHOUSE_FOLDER": str(tmp_path / "no")}
    with pytest.raises(WayFailed, match="is not there"), way.opened(nowhere, Time()):
        pass
    assert not (tmp_path / "no").exists()
    assert "CLEARINGHOUSE_FOLDER" in way.lacking({})


def test_a_full_folder_keeps_nothing_under_a_true_name(tmp_path: Path) -> None:
    way = way_of("folder")
    assert way
    assert way.opened
    files = way.arrange(Cargo("000000007", (Leaving("C000001", "K", b"", (PAPER,)),), b"ISA~"))
    with way.opened({"CLEARINGHOUSE_FOLDER": str(tmp_path)}, Time()) as place:
        stage(place, files)
        assert {p.name for p in tmp_path.iterdir()} == {f"{f.name}.part" for f in files}
        release(place, files)
    assert {p.name for p in tmp_path.iterdir()} == {f.name for f in files}
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / files[0].name).mkdir()
    with way.opened({"CLEARINGHOUSE_FOLDER": str(tmp_path / "closed")}, Time()) as place:
        with pytest.raises(WayFailed):
            stage(place, files)  # what bears its name already is no file of ours
        with pytest.raises(WayFailed):
            release(place, files)
    assert not (tmp_path / "closed" / "000000007.837").exists()


def test_a_way_is_a_value_that_a_test_can_make() -> None:
    drone = Way("drone", "Drone", "By air.", "mail", ("tracking_number",), "The number.", lambda c: ())
    assert drone.is_by_hand
    assert drone.lacking({}) == ""
