"""Ductus starts without any environment, and in production only when its settings are safe."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from config.checks import unsafe_settings

SAFE = {
    "DUCTUS_PROFILE": "production",
    "SECRET_KEY": "a-long-value-for-this-test-" * 3,
    "ALLOWED_HOSTS": "ductus.example.org",
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
        timeout=60,
        check=False,
    )


def test_production_with_the_documented_environment_passes_every_deployment_check(tmp_path: Path) -> None:
    checked = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **SAFE)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("door", [("manage.py", "check"), ("-c", "import config.wsgi")])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 50 characters."),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS does not name the host exactly."),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS does not name the host exactly."),
        ({"DEBUG": "1"}, "DEBUG is on"),
        ({"DUCTUS_PROFILE": "prod"}, "it must be demo or production"),
        ({"S3_BUCKET": "files"}, "S3_ACCESS_KEY is not set"),
        (
            {"S3_BUCKET": "b", "S3_ACCESS_KEY": "k", "S3_SECRET_KEY": "s", "S3_ENDPOINT": "http://s3.example.org"},
            "S3_ENDPOINT is not https",
        ),
    ],
)
def test_production_refuses_to_start_unsafely(
    tmp_path: Path, change: dict[str, str], sentence: str, door: tuple[str, str]
) -> None:
    refused = manage(tmp_path, program=door, **SAFE | change)
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


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
    }
    with override_settings(**safe):
        assert unsafe_settings() == []
        with override_settings(**change):
            assert [problem.id for problem in unsafe_settings()] == [f"ductus.{number}"]


def test_a_busy_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        refused = manage(tmp_path, "serve", PORT=str(busy.getsockname()[1]))
    assert refused.returncode == 1
    assert "Is Ductus running there already?" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "db.sqlite3").exists()


def test_production_serves_no_database_that_is_behind(tmp_path: Path) -> None:
    refused = manage(tmp_path, "serve", PORT="0", **SAFE)
    assert refused.returncode == 1
    assert "run manage.py migrate as its owner first" in refused.stderr
