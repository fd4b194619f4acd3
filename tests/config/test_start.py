"""Ductus starts without any environment, and in production only when its settings are safe."""

import os
import runpy
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from django.conf import global_settings, settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from config import checks
from config.checks import check_disks, unsafe_settings
from config.disks import shows_encryption
from config.people_checks import check_people
from config.schema import AWAY, BEHIND
from documentation.kernel.permissions import Role
from tests import factories

SAFE = {
    "DUCTUS_PROFILE": "production",
    "SECRET_KEY": "a-long-value-for-this-test-" * 3,
    "ALLOWED_HOSTS": "ductus.example.org",
    "ENCRYPTED_DISK": "LUKS, R. Sample, 2026-11-02",
    "ENCRYPTED_BACKUPS": "age, R. Sample, 2026-11-02",
    "AUDIT_ANCHOR": "/mnt/another-machine/audit.anchor",
}


def manage(tmp_path: Path, *arguments: str, program: tuple[str, ...] = ("manage.py",), **environment: str):
    """Run a command in a process of its own, with nothing in its environment but what is given."""
    return subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
            "MEDIA_ROOT": str(tmp_path / "media"),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_production_with_the_documented_environment_passes_every_deployment_check(tmp_path: Path) -> None:
    checked = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **SAFE)
    assert checked.returncode == 0, checked.stderr


DOORS = [("manage.py", "check"), ("-c", "import config.wsgi")]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS does not name the host exactly."),
    ],
    ids=["found while reading", "found by the checks"],
)
def test_production_refuses_to_start_unsafely(
    tmp_path: Path, change: dict[str, str], sentence: str, door: tuple[str, str]
) -> None:
    refused = manage(tmp_path, program=door, **SAFE | change)
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.fixture
def told_at_a_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What the doors say with these variables in the environment and no others; each door has its own test above."""

    def told(**environment: str) -> str:
        known = {"DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", "MEDIA_ROOT": str(tmp_path / "media")}
        monkeypatch.setattr(os, "umask", lambda _: 0)
        try:
            with mock.patch.dict(os.environ, known | environment, clear=True):
                read = runpy.run_path(str(settings.BASE_DIR / "config" / "settings.py"))
        except ImproperlyConfigured as problem:
            return str(problem)
        monkeypatch.setattr(checks, "settings", SimpleNamespace(**vars(global_settings) | read))
        return "\n".join(checks.reasons_not_to_start())

    return told


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 50 characters."),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS does not name the host exactly."),
        ({"DEBUG": "1"}, "DEBUG is on"),
        ({"DUCTUS_PROFILE": "prod"}, "it must be demo or production"),
        ({"S3_BUCKET": "files"}, "S3_ACCESS_KEY is not set"),
        (
            {"S3_BUCKET": "b", "S3_ACCESS_KEY": "k", "S3_SECRET_KEY": "s", "S3_ENDPOINT": "http://s3.example.org"},
            "S3_ENDPOINT is not https",
        ),
        ({"SECRET_KEY": "0123" * 20}, "SECRET_KEY can be known to others"),
        ({"PUBLIC_URL": "http://ductus.example.org"}, "PUBLIC_URL is not https"),
        ({"MEDIA_ROOT": str(settings.BASE_DIR / "static" / "media")}, "MEDIA_ROOT and the public static files share"),
        ({"ENCRYPTED_DISK": ""}, "Nobody has said how the disks under database and files are encrypted."),
        ({"ENCRYPTED_DISK": "yes"}, "Nobody has said how the disks under database and files are encrypted."),
        ({"ENCRYPTED_BACKUPS": ""}, "Nobody has said how backups are encrypted."),
        ({"DATABASE_URL": "postgres://u:p@db.example.org/d"}, "The database is on another machine"),
        ({"REDIS_URL": "redis://cache.example.org:6379/0"}, "The cache is on another machine"),
    ],
)
def test_what_the_environment_says_is_looked_at(
    told_at_a_start: Callable[..., str], change: dict[str, str], sentence: str
) -> None:
    assert told_at_a_start(**SAFE) == ""
    assert sentence in told_at_a_start(**SAFE | change)


@pytest.fixture
def seen_folder() -> Iterator[Path]:
    """A folder that every account of this machine may open, which those of tests are not, nor always a TMPDIR."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.mark.parametrize("what", ["db.sqlite3", "media"])
def test_production_refuses_files_that_everybody_on_the_machine_may_read(seen_folder: Path, what: str) -> None:
    (seen_folder / "media").mkdir(mode=0o750)
    (seen_folder / "db.sqlite3").touch(mode=0o640)
    (seen_folder / what).chmod(0o755)
    refused = manage(seen_folder, program=("-c", "import config.wsgi"), **SAFE)
    assert refused.returncode == 1
    assert refused.stderr.count("of this machine.") == 1
    assert (
        f"Take the rights of others away: chmod {'-R ' * (what == 'media')}o= {seen_folder / what}.\n" in refused.stderr
    )
    assert {"db.sqlite3": "The database file can be read", "media": "MEDIA_ROOT can be opened"}[what] in refused.stderr
    seen_folder.chmod(0o750)
    assert "of this machine." not in manage(seen_folder, program=("-c", "import config.wsgi"), **SAFE).stderr


def test_what_production_writes_is_no_other_account_s_to_read(tmp_path: Path) -> None:
    """The database file above all: SQLite would make it readable to everybody."""
    manage(tmp_path, "showmigrations", **SAFE)
    assert (tmp_path / "db.sqlite3").stat().st_mode & 0o007 == 0


def test_each_reason_is_one_line_with_what_to_do(tmp_path: Path) -> None:
    """All of them at once, without where in the program it was found."""
    wrong = {"DEBUG": "1", "ALLOWED_HOSTS": "*", "SECRET_KEY": "short", "ENCRYPTED_DISK": "", "ENCRYPTED_BACKUPS": ""}
    refused = manage(tmp_path, program=("-c", "import config.wsgi"), **SAFE | wrong)
    assert refused.returncode == 1
    lines = refused.stderr.splitlines()
    assert len(lines) == 5
    assert all(line.startswith("Ductus cannot start: ") and line.endswith(".") for line in lines)
    assert "Ductus cannot start: DEBUG is on, so error pages would show patient data. Unset DEBUG." in lines


@pytest.mark.parametrize("door", DOORS)
def test_nothing_shows_its_inside_to_a_network(tmp_path: Path, door: tuple[str, str]) -> None:
    """The demo neither, which may be opened to other machines otherwise."""
    seen = manage(tmp_path, program=door, **SAFE | {"DUCTUS_PROFILE": "demo", "DEBUG": "1", "HOST": "0.0.0.0"})
    assert seen.returncode == 1
    assert "DEBUG is on" in seen.stderr
    assert "Traceback" not in seen.stderr


def test_a_developer_may_look_inside_on_the_own_machine(tmp_path: Path) -> None:
    alone = manage(tmp_path, "check", DEBUG="1", HOST="127.0.0.1", SECRET_KEY=SAFE["SECRET_KEY"])
    assert alone.returncode == 0, alone.stderr


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"DEBUG": True}, "E001"),
        ({"SECRET_KEY": "x" * 49}, "E002"),
        ({"ALLOWED_HOSTS": [".example.org"]}, "E003"),
        ({"SECURE_HSTS_SECONDS": 0}, "E004"),
        ({"SESSION_COOKIE_HTTPONLY": False}, "E005"),
        ({"SESSION_COOKIE_AGE": 3601}, "E006"),
        ({"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}, "E007"),
        ({"MEDIA_ROOT": settings.STATIC_ROOT / "media"}, "E008"),
        ({"MEDIA_ROOT": settings.BASE_DIR / "static" / "media"}, "E008"),
        ({"PUBLIC_URL": "http://ductus.example.org"}, "E012"),
        ({"SECRET_KEY": "for-tests-only-" + SAFE["SECRET_KEY"]}, "E013"),
        ({"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}, "E014"),
        ({"ENCRYPTED_DISK": "1"}, "E017"),
        ({"ENCRYPTED_BACKUPS": "none"}, "E018"),
        ({"CONTENT_SECURITY_POLICY": {"DIRECTIVES": {"script-src": ["'unsafe-inline'"]}}}, "E011"),
    ],
)
def test_every_unsafe_setting_is_found(change: dict[str, object], number: str) -> None:
    safe = {
        "DEBUG": False,
        "SECRET_KEY": SAFE["SECRET_KEY"],
        "ALLOWED_HOSTS": ["ductus.example.org"],
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "PUBLIC_URL": "https://ductus.example.org",
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}},
        "ENCRYPTED_DISK": SAFE["ENCRYPTED_DISK"],
        "ENCRYPTED_BACKUPS": SAFE["ENCRYPTED_BACKUPS"],
    }
    with override_settings(**safe):
        assert unsafe_settings() == []
        with override_settings(**change):
            assert [problem.id for problem in unsafe_settings()] == [f"ductus.{number}"]


@pytest.mark.parametrize("of_its_own", ["BACKUP_KEY", "BACKUP_PASSPHRASE"])
def test_backups_that_are_encrypted_here_need_no_statement(of_its_own: str) -> None:
    def numbers() -> set[str | None]:
        return {problem.id for problem in unsafe_settings()}

    with override_settings(ENCRYPTED_BACKUPS="", BACKUP_KEY="", BACKUP_PASSPHRASE=""):
        assert "ductus.E018" in numbers()
        with override_settings(**{of_its_own: "kept in two places"}):
            assert "ductus.E018" not in numbers()


@pytest.mark.parametrize(
    ("address", "is_refused"),
    [
        ("", False),
        ("redis://127.0.0.1:6379/0", False),
        ("unix:///run/redis/redis.sock?db=0", False),
        ("rediss://cache.example.org:6379/0", False),
        ("redis://cache.example.org:6379/0", True),
    ],
)
def test_a_cache_is_reached_over_tls_or_not_over_a_network(address: str, is_refused: bool) -> None:
    with override_settings(REDIS_URL=address):
        assert ("ductus.E021" in {problem.id for problem in unsafe_settings()}) is is_refused


def test_a_busy_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        refused = manage(tmp_path, "serve", PORT=str(busy.getsockname()[1]))
    assert refused.returncode == 1
    assert "Is Ductus running there already?" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "db.sqlite3").exists()


def test_the_key_of_the_demo_is_none_for_production(tmp_path: Path) -> None:
    (tmp_path / ".secret_key").write_text(SAFE["SECRET_KEY"] + "\n")
    with override_settings(SECRET_KEY=SAFE["SECRET_KEY"]):
        before = {problem.id for problem in unsafe_settings()}
        with override_settings(BASE_DIR=tmp_path):
            assert {problem.id for problem in unsafe_settings()} - before == {"ductus.E013"}


@pytest.mark.parametrize(
    ("devices", "seen"),
    [
        ({"8:1": None}, False),
        ({"8:1/dm": "LVM-abc"}, False),
        ({"8:1/dm": "CRYPT-LUKS2-abc"}, True),
        ({"8:1/dm": "LVM-abc", "8:1/slaves/dm-0/dm": "CRYPT-LUKS2-abc"}, True),
    ],
)
def test_an_encrypted_disk_is_seen_where_linux_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, devices: dict[str, str | None], seen: bool
) -> None:
    """Below a volume group, too; and for a folder that is not there yet."""
    for place, uuid in devices.items():
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        if uuid:
            (tmp_path / place / "uuid").write_text(uuid)
    monkeypatch.setattr(os, "major", lambda _: 8)
    monkeypatch.setattr(os, "minor", lambda _: 1)
    assert shows_encryption(tmp_path / "not" / "yet", devices=tmp_path) is seen


def test_what_cannot_be_seen_is_said_and_where_it_is_taken_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with override_settings(ENCRYPTED_DISK=SAFE["ENCRYPTED_DISK"], MEDIA_ROOT=tmp_path):
        monkeypatch.setattr("config.checks.shows_encryption", lambda _: False)
        (told,) = check_disks()
        assert "it is taken from ENCRYPTED_DISK" in told.msg
        monkeypatch.setattr("config.checks.shows_encryption", lambda _: True)
        assert check_disks() == []


def test_a_web_server_meets_no_database_that_is_behind(tmp_path: Path) -> None:
    """`manage.py serve` is not the only way in; any server of Python's finds the door shut in the same words."""
    refused = manage(tmp_path, program=("-c", "import config.wsgi"), **SAFE)
    assert refused.returncode == 1
    assert refused.stderr.endswith(f"Ductus cannot start: {BEHIND}\n")


@pytest.mark.parametrize(
    ("door", "said"),
    [
        (("-c", "import config.wsgi"), f"Ductus cannot start: {AWAY}\n"),
        (("manage.py", "serve"), f"CommandError: {AWAY}\n"),
    ],
)
def test_a_database_that_is_away_is_told_in_one_sentence(tmp_path: Path, door: tuple[str, str], said: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = f"postgres://u:p@127.0.0.1:{closed.getsockname()[1]}/d"
        refused = manage(tmp_path, program=door, **SAFE | {"DATABASE_URL": away, "PORT": "0"})
    assert refused.returncode == 1
    assert refused.stderr.endswith(said)
    assert "Traceback" not in refused.stderr


def test_production_starts_with_all_of_it(tmp_path: Path) -> None:
    """The door opens, too: with safe settings and a database that is up to date."""
    nothing_to_do = "from config import schema; schema.is_behind = lambda: False; import config.wsgi; print('open')"
    opened = manage(tmp_path, program=("-c", nothing_to_do), DJANGO_SETTINGS_MODULE="config.settings", **SAFE)
    assert (opened.returncode, opened.stdout) == (0, "open\n"), opened.stderr


def test_production_serves_no_database_that_is_behind(tmp_path: Path) -> None:
    refused = manage(tmp_path, "serve", PORT="0", **SAFE)
    assert refused.returncode == 1
    assert "run manage.py migrate as its owner first" in refused.stderr


def test_the_invented_practice_and_its_password_are_found_and_not_for_production(settings, db) -> None:
    settings.MFA_REQUIRED_FOR, settings.ALLAUTH_TRUSTED_PROXY_COUNT = set(Role), 1
    assert check_people() == []
    factories.organization(is_demo=True)
    somebody = factories.user(role="biller")
    somebody.set_password(settings.WELL_KNOWN_PASSWORD)
    somebody.save()
    assert [found.id for found in check_people()] == ["ductus.E030", "ductus.E031"]
    settings.MFA_REQUIRED_FOR = {"biller"}
    assert "administrator" in check_people()[-1].msg


def test_nobody_logs_in_to_the_invented_practice_in_production(settings, db) -> None:
    factories.organization(is_demo=True)
    user = factories.user(role="biller")
    user.set_password("a long password of Robin")
    user.save()
    settings.PRODUCTION = True
    answer = Client().post("/accounts/login/", {"login": user.username, "password": "a long password of Robin"})
    assert "In production nobody logs in to it" in answer.content.decode()


def test_the_demo_is_neither_made_nor_filled_in_production(settings, db) -> None:
    factories.organization(is_demo=True)
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="In production it is neither made nor filled"):
        call_command("demo")


def test_every_role_has_a_second_factor_in_production(tmp_path: Path) -> None:
    words = "from django.conf import settings as s; print(len(s.MFA_REQUIRED_FOR), s.PASSWORD_HASHERS[0])"
    told = manage(tmp_path, "shell", "-v0", "-c", words, **SAFE).stdout.split()
    assert told == [str(len(Role)), "django.contrib.auth.hashers.Argon2PasswordHasher"]
    chosen = manage(tmp_path, "shell", "-v0", "-c", words, **SAFE, MFA_REQUIRED_FOR="administrator,biller").stdout
    assert chosen.startswith("2 ")
    refused = manage(tmp_path, "check", **SAFE, MFA_REQUIRED_FOR="owner")
    assert "MFA_REQUIRED_FOR names 'owner'" in refused.stderr
