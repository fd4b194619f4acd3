"""Behind nginx and Caddy as docs/deployment configures them, with Ductus as production starts it.

Only names, ports and certificates are put in their place; and for a Caddy before 2.7, as some systems still have it,
the names that buffers had then. `.ci/proxies` installs both; without one this says so and skips.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from time import monotonic, sleep

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

from tests.faults.serving import free_port

pytestmark = pytest.mark.slow

DEPLOYMENT = Path(settings.BASE_DIR) / "docs" / "deployment"
NAME = "localhost"
MOST = 3
"""Megabytes of one request that a proxy lets through here: the 300 that are written take a test too long to send."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One for this machine, that nobody but the test trusts: the chain, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(NAME), x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "fullchain.pem", folder / "privkey.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, secret


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a practice that nobody has set up yet, served with the profile of production."""
    folder, port = tmp_path_factory.mktemp("production"), free_port()
    around = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "S3_", "REDIS_"))}
    around |= {
        "DUCTUS_PROFILE": "production",
        "SECRET_KEY": "a key of sixty letters and more for one test alone, thrown away after it",
        "ALLOWED_HOSTS": NAME,
        "TRUSTED_PROXIES": "1",
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "MEDIA_ROOT": str(folder / "media"),
        "ENCRYPTED_DISK": "none: a test",
        "ENCRYPTED_BACKUPS": "none: a test",
        "AUDIT_ANCHOR": str(folder / "audit.anchor"),
        "NIGHTLY_AT": "off",
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
    }
    for command in (["migrate", "-v0"], ["createcachetable"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=settings.BASE_DIR, env=around, check=True)
    if not (Path(settings.BASE_DIR) / "staticfiles" / "staticfiles.json").exists():
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
        subprocess.run(collect, cwd=settings.BASE_DIR, env=around, check=True)
    serve = [sys.executable, "manage.py", "serve"]
    process = subprocess.Popen(serve, cwd=settings.BASE_DIR, env=around, stdout=subprocess.DEVNULL)
    try:
        answers(f"http://127.0.0.1:{port}/readyz", process)
        yield port
    finally:
        process.terminate()
        process.wait()


def answers(address: str, process: subprocess.Popen[bytes], **how: object) -> None:
    until = monotonic() + 300
    while True:
        assert process.poll() is None, f"{process.args!r} ended"
        assert monotonic() < until, f"{address} does not answer"
        try:
            requests.get(address, timeout=10, allow_redirects=False, **how)  # type: ignore[arg-type]
            return
        except requests.RequestException:
            sleep(0.1)


def nginx(folder: Path, plain: int, secure: int, behind: int, certificate: tuple[Path, Path]) -> list[str]:
    """The site as it stands in docs/deployment, in a server of nginx that writes into one folder."""
    site = (DEPLOYMENT / "nginx.conf").read_text(encoding="utf-8")
    chain, key = certificate
    for written, here in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl", f"listen 127.0.0.1:{secure} ssl"),
        ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("https://$host$request_uri", f"https://$host:{secure}$request_uri"),
        ("client_max_body_size 300m;", f"client_max_body_size {MOST}m;"),
        ("proxy_set_header Host $host;", f"proxy_set_header Host $host:{secure};"),
        ("ductus.example.org;", f"{NAME};"),
        ("/etc/letsencrypt/live/ductus.example.org/fullchain.pem", str(chain)),
        ("/etc/letsencrypt/live/ductus.example.org/privkey.pem", str(key)),
    ):
        assert written in site, written
        site = site.replace(written, here)
    places = "".join(
        f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""  # the test's folder is nobody else's
    top = f"daemon off; {user} pid {folder / 'pid'}; error_log {folder / 'error.log'};\nevents {{}}\n"
    whole = f"{top}http {{ {places}\n{site} }}"
    (folder / "nginx.conf").write_text(whole, encoding="utf-8")
    return ["nginx", "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, plain: int, secure: int, behind: int, certificate: tuple[Path, Path]) -> list[str]:
    """The Caddyfile as it stands in docs/deployment, with a certificate at hand instead of one that is fetched."""
    site = (DEPLOYMENT / "Caddyfile").read_text(encoding="utf-8")
    chain, key = certificate
    lines = (
        "admin off",
        f"http_port {plain}",
        f"https_port {secure}",
        "auto_https disable_certs",
        "skip_install_trust",
    )
    top = "{\n" + "".join(f"\t{line}\n" for line in lines) + "}\n"
    for written, here in (
        ("{$DOMAIN} {\n", f"{NAME} {{\n\tbind 127.0.0.1\n\ttls {chain} {key}\n"),
        ("max_size 300MB", f"max_size {MOST}MB"),
        ("dynamic a web 8000", f"dynamic a {NAME} {behind}"),
    ):
        assert written in site, written
        site = site.replace(written, here)
    version = subprocess.run(["caddy", "version"], capture_output=True, text=True, check=True).stdout
    if [int(n) for n in re.findall(r"\d+", version)[:2]] < [2, 7]:
        before = "buffer_requests\n\t\tbuffer_responses\n\t\tmax_buffer_size 300MB"
        site = re.sub(r"request_buffers 300MB\s+response_buffers 300MB", before, site)
    (folder / "Caddyfile").write_text(top + site, encoding="utf-8")
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


PROXIES = {"nginx": nginx, "caddy": caddy}


@pytest.fixture(params=sorted(PROXIES))
def behind(
    request: pytest.FixtureRequest, production: int, certificate: tuple[Path, Path], tmp_path: Path
) -> Iterator[tuple[requests.Session, str, str]]:
    """Somebody's browser, and the addresses of the proxy with and without TLS."""
    if not shutil.which(request.param):
        if os.environ.get("CI"):
            pytest.fail(f"{request.param} is not installed: run .ci/proxies first.")
        pytest.skip(f"{request.param} is not installed here, so nothing stands before Ductus; see .ci/proxies.")
    plain, secure = free_port(), free_port()
    with running(PROXIES[request.param](tmp_path, plain, secure, production, certificate), tmp_path) as process:
        browser = requests.Session()
        browser.trust_env = False  # no other list of certificates counts
        browser.verify = str(certificate[0])
        address = f"https://{NAME}:{secure}"
        answers(f"{address}/healthz", process, verify=browser.verify)
        yield browser, address, f"http://{NAME}:{plain}"


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    around = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    process = subprocess.Popen(command, env=around, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def test_pages_come_by_tls_alone_and_metrics_not_at_all(behind: tuple[requests.Session, str, str]) -> None:
    browser, address, plain = behind
    page = browser.get(f"{address}/accounts/login/")
    assert page.status_code == 200
    assert "Log in" in page.text
    assert "max-age=" in page.headers["Strict-Transport-Security"]
    assert "default-src" in page.headers["Content-Security-Policy"]
    assert [cookie.name for cookie in browser.cookies if cookie.secure] == [cookie.name for cookie in browser.cookies]
    assert browser.cookies, "the form's proof of origin"
    sent_on = browser.get(f"{plain}/accounts/login/", allow_redirects=False)
    assert sent_on.status_code in (301, 308)
    assert sent_on.headers["Location"].startswith("https://")
    assert browser.get(f"{address}/metrics").status_code == 404
    (sheet, *_) = re.findall(r'href="(/static/[^"]+\.css)"', page.text)
    assert "immutable" in browser.get(address + sheet).headers["Cache-Control"]


def test_a_form_is_taken_and_who_is_not_known_is_told_so(behind: tuple[requests.Session, str, str]) -> None:
    browser, address, _ = behind
    page = browser.get(f"{address}/accounts/login/").text
    typed = {**_hidden(page), "login": "nobody", "password": "four words in a row"}
    # As a browser sends it: the proof of origin is checked against the name and the TLS that the proxy tells of.
    answer = browser.post(
        f"{address}/accounts/login/", typed, headers={"Origin": address, "Referer": f"{address}/accounts/login/"}
    )
    assert answer.status_code == 200, answer.text
    assert "not correct" in answer.text
    elsewhere = {"Origin": "https://elsewhere.example", "Referer": "https://elsewhere.example/"}
    assert browser.post(f"{address}/accounts/login/", typed, headers=elsewhere).status_code == 403


def test_another_name_and_a_request_that_is_too_large_are_refused(behind: tuple[requests.Session, str, str]) -> None:
    browser, address, _ = behind
    port = address.rpartition(":")[2]
    other = browser.get(f"https://127.0.0.1:{port}/accounts/login/", headers={"Host": "elsewhere.example"})
    assert other.status_code == 400 or not other.content, "it answers under its own name alone"

    hidden = _hidden(browser.get(f"{address}/accounts/login/").text)

    def sent(size: int) -> int:
        """The status of the answer to a form with a file of so many megabytes; 0 where the proxy hung up."""
        typed = {**hidden, "login": "nobody", "password": "four words in a row"}
        headers = {"Origin": address, "Referer": f"{address}/accounts/login/"}
        file = {"file": ("picture.jpg", bytes(size * 10**6))}
        try:
            return browser.post(f"{address}/accounts/login/", typed, files=file, headers=headers).status_code
        except requests.ConnectionError:  # in the middle of TLS, too; that it still answers is asked below
            return 0

    assert sent(MOST - 1) == 200, "what is as large as pictures comes to Ductus"
    assert sent(2 * MOST) in (0, 400, 413, 502), "what is larger than any upload does not, or not whole"
    assert browser.get(f"{address}/healthz").status_code == 200


def _hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
