"""The environment is read with types, and what cannot be used is refused in one sentence."""

import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "SECRET", "SECRET_FILE", "PORT", "DEBUG", "PROFILE", "ZONE", "MAIL", "HOSTS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", ["DEBUG", "PORT"])
def test_an_empty_value_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "  ")
    assert env.flag("DEBUG") is False
    assert env.number("PORT", 8000) == 8000


@pytest.mark.parametrize(
    ("reader", "name", "value", "sentence"),
    [
        (env.flag, "DEBUG", "maybe", "write 1 or 0"),
        (lambda name: env.number(name, 8000), "PORT", "-1", "write a whole number"),
        (lambda name: env.number(name, 8000), "PORT", "٣", "write a whole number"),
        (lambda name: env.number(name, 15, least=3, most=240), "MINUTES", "0", "write 3 to 240"),
        (lambda name: env.number(name, 15, least=3, most=240), "MINUTES", "241", "write 3 to 240"),
        (lambda name: env.choice(name, ("demo", "production")), "PROFILE", "prod", "demo or production"),
        (lambda name: env.time_zone(name, "UTC"), "ZONE", "America/Nowhere", "America/Chicago"),
        (lambda name: env.time_zone(name, "UTC"), "ZONE", "../../etc/passwd", "America/Chicago"),
        (lambda name: env.database(name, ""), "DATABASE_URL", "mysql://host/db", "sqlite:// or postgres://"),
        (lambda name: env.database(name, ""), "DATABASE_URL", "postgres://host:port/db", "must look like postgres://"),
        (env.mail, "MAIL", "mail.example.org", "smtp://"),
        (env.secret, "SECRET_FILE", "/nowhere/secret", "cannot be read"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, reader, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refusal:
        reader(name.removesuffix("_FILE") if reader is env.secret else name)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("pooler", "off"), [("", False), ("0", False), ("1", True)])
def test_behind_a_pooler_nothing_is_left_on_a_connection(
    monkeypatch: pytest.MonkeyPatch, pooler: str, off: bool
) -> None:
    monkeypatch.setenv("DATABASE_POOLER", pooler)
    monkeypatch.setenv("DATABASE_URL", "postgres://user@host/name")
    found = env.database("DATABASE_URL", "")
    assert (found["DISABLE_SERVER_SIDE_CURSORS"], "options" not in found["OPTIONS"]) == (off, off)


def test_a_missing_secret_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET is not set"):
        env.secret("SECRET")


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("SECRET_FILE", str(tmp_path / "secret"))
    assert env.secret("SECRET") == "from a file"


def test_a_demo_secret_is_made_once_and_readable_by_the_owner_alone(tmp_path: Path) -> None:
    kept = tmp_path / "secret"
    first = env.secret("SECRET", kept_in=kept)
    assert len(first) >= 50
    assert env.secret("SECRET", kept_in=kept) == first
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [kept]


def test_sqlite_waits_for_its_turn_and_survives_a_power_loss(tmp_path: Path) -> None:
    options = env.database("DATABASE_URL", f"sqlite:///{tmp_path}/db.sqlite3")["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "recursive_triggers=ON"):
        assert pragma in options["init_command"]


def test_without_an_address_no_mail_is_sent() -> None:
    assert env.mail("MAIL") == {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [("smtp://me:p%40ss@mail.example.org", 587, True, False), ("smtps://me:p%40ss@mail.example.org", 465, False, True)],
)
def test_mail_travels_encrypted(monkeypatch: pytest.MonkeyPatch, url: str, port: int, tls: bool, ssl: bool) -> None:
    monkeypatch.setenv("MAIL", url)
    settings = env.mail("MAIL")
    assert (settings["EMAIL_PORT"], settings["EMAIL_USE_TLS"], settings["EMAIL_USE_SSL"]) == (port, tls, ssl)
    assert settings["EMAIL_HOST_PASSWORD"] == "p@ss"
