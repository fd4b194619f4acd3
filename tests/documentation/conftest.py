"""Both places where files can lie: a folder, and a bucket behind a server that really speaks S3 over HTTP."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import boto3
import pytest

from config import env


def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    """Where it listens: the port is free by its own choice, so that two runs never choose the same."""
    until = monotonic() + 300
    while not (found := re.search(rb"http://127\.0\.0\.1:\d+", log.read_bytes())):
        assert server.poll() is None, log.read_text()
        assert monotonic() < until, log.read_text()
        sleep(0.1)
    return found[0].decode()


@pytest.fixture(scope="session")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An object storage on this machine, empty, in a process of its own."""
    log = tmp_path_factory.mktemp("s3") / "log"
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], stdout=out, stderr=out
        ) as server,
    ):
        yield _address(log, server)
        server.kill()


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """Files lie in a folder of this test alone."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path / "media"


@pytest.fixture
def bucket(s3_endpoint: str, settings: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:
    """Files lie in a private bucket of this test alone, by the settings that the environment gives."""
    name = f"ductus-{abs(hash(request.node.nodeid))}"
    found = boto3.resource(
        "s3", endpoint_url=s3_endpoint, region_name="us-east-1", aws_access_key_id="owner", aws_secret_access_key="x"
    ).create_bucket(Bucket=name)
    found.meta.client.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
    )
    for variable, value in {
        "S3_BUCKET": name,
        "S3_ENDPOINT": s3_endpoint,
        "S3_REGION": "us-east-1",
        "S3_ACCESS_KEY": "ductus",
        "S3_SECRET_KEY": "secret",
    }.items():
        monkeypatch.setenv(variable, value)
    settings.STORAGES = settings.STORAGES | {"default": env.object_storage(name)}
    return found


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest) -> Any:
    """Where files lie: each test runs in both places."""
    from documentation.services import places

    request.getfixturevalue(request.param)
    return places.here()
