"""A pin's URL reaches public hosts alone, and costs a bounded number of bytes and seconds."""

from __future__ import annotations

import datetime
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from image_server import Server, jpeg, serving

from labeling.errors import ImageFault
from labeling.images import fetching
from labeling.images.addresses import resolve, vet
from labeling.images.decoding import decode
from labeling.images.fetching import fetch
from labeling.images.limits import Limits
from labeling.images.opening import open_image
from labeling.images.silent_hosts import SilentHosts

HERE = Limits(private_hosts=("127.0.0.1",), seconds=5)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def fault_of(url: str, limits: Limits = HERE) -> str:
    with pytest.raises(ImageFault) as caught:
        decode(fetch(url, limits), limits.max_pixels)
    return str(caught.value)


# Which hosts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "10.0.0.5", "172.16.3.4", "192.168.1.1", "169.254.169.254"),
        *("0.0.0.0", "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.5"),  # IPv4-mapped
        *("64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1"),
        "fe80::1%eth0",
    ],
)
def test_what_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(ImageFault, match="which is not public; name it in image_private_hosts"):
        vet("images.example", address, ())


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_what_is_public_is_not(address: str) -> None:
    vet("images.example", address, ())


@pytest.mark.parametrize(
    ("allowed", "host", "address"),
    [
        pytest.param("10.1.0.0/16", "x.example", "10.1.2.3", id="network"),
        pytest.param("10.1.2.3", "x.example", "10.1.2.3", id="address"),
        pytest.param("10.1.0.0/16", "x.example", "::ffff:10.1.2.3", id="mapped"),
        pytest.param("Images.Corp.example", "images.corp.example", "10.9.9.9", id="host"),
        pytest.param("fd00::/8", "x.example", "fd00::7", id="IPv6 network"),
    ],
)
def test_a_setting_allows_private_hosts(allowed: str, host: str, address: str) -> None:
    vet(host, address, (allowed,))
    with pytest.raises(ImageFault):
        vet(f"evil-{host}", "10.200.0.1", (allowed,))


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "169.254.43518", "127.0.0.01"],
)
def test_other_spellings_of_an_address_are_refused(host: str) -> None:
    says = f"the host '{host}' spells an address in an unusual way"
    with pytest.raises(ImageFault, match=says):
        resolve(host, 80, 5, ("127.0.0.0/8", "169.254.0.0/16"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
def test_this_machine_is_not_reached(server: Server, host: str) -> None:
    before = len(server.seen)
    says = fault_of(server.at("ok", host), Limits())
    assert "which is not public" in says
    assert len(server.seen) == before


def test_a_name_that_means_this_machine_is_reached_only_by_its_setting(server: Server) -> None:
    assert "'localhost' has the address" in fault_of(server.at("ok", "localhost"), Limits())
    by_name = Limits(private_hosts=("localhost",))
    assert decode(fetch(server.at("ok", "localhost"), by_name), 10**6).width == 60
    assert server.seen[-1] == ("/ok", f"localhost:{server.server_port}")


def test_what_answers_is_checked_again_after_connecting(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that means another address the second time (DNS rebinding) gains nothing: what was
    checked is what is connected to, and who answers is checked once more."""
    monkeypatch.setattr(fetching, "resolve", lambda *args: ["127.0.0.1"])  # a check that was fooled
    before = len(server.seen)
    assert "which is not public" in fault_of(server.at("ok", "rebinding.example"), Limits())
    assert len(server.seen) == before


def test_a_name_is_looked_up_once_for_each_hop(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    really = socket.getaddrinfo

    def counted(host: object, *args: object, **options: object) -> object:
        asked.append(host)
        return really(host, *args, **options)  # type: ignore[arg-type, call-overload]

    monkeypatch.setattr(socket, "getaddrinfo", counted)
    fetch(server.at("ok", "localhost"), Limits(private_hosts=("localhost",)))
    names = [host for host in asked if host == "localhost"]
    assert len(names) == 1


# Redirects ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "says"),
    [
        pytest.param(
            "http://169.254.169.254/latest", "'169.254.169.254', which is not", id="cloud"
        ),
        pytest.param("http://10.0.0.1/", "has the address '10.0.0.1', which is not", id="private"),
        pytest.param("http://127.0.0.2:1/", "address '127.0.0.2', which is not", id="loopback"),
        pytest.param("http://[::1]:1/", "address '::1', which is not public", id="IPv6"),
        pytest.param("http://2130706433/", "spells an address in an unusual way", id="decimal"),
        pytest.param("file:///etc/passwd", "is file: and only http and https are read", id="file"),
        pytest.param("gopher://127.0.0.1/", "is gopher: and only http", id="gopher"),
        pytest.param("http://127.0.0.1:99999/", "its address is not a valid URL", id="bad port"),
    ],
)
def test_a_redirect_is_checked_like_the_first_address(
    server: Server, target: str, says: str
) -> None:
    assert says in fault_of(server.at(f"to/{target}"))


def test_three_redirects_are_followed_and_no_more(server: Server) -> None:
    assert decode(fetch(server.at("to//to//to//ok"), HERE), 10**6).width == 60
    assert fault_of(server.at("to//to//to//to//ok")) == "its address redirects more than 3 times"
    assert fault_of(server.at("loop")) == "its address redirects more than 3 times"


# Bytes and seconds -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["drip", "drip-head", "to//drip"])
def test_a_slow_drip_ends(server: Server, path: str) -> None:
    start = time.monotonic()
    limits = Limits(private_hosts=("127.0.0.1",), seconds=0.5)
    says = "it took longer than 0.5 seconds, which image_seconds allows"
    assert fault_of(server.at(path), limits) == says
    assert time.monotonic() - start < 8  # it drips for ten


def test_a_server_that_never_answers_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        limits = Limits(private_hosts=("127.0.0.1",), seconds=0.3)
        says = fault_of(f"http://127.0.0.1:{silent.getsockname()[1]}/", limits)
    assert says == "it took longer than 0.3 seconds, which image_seconds allows"


@pytest.mark.parametrize("path", ["endless", "large"])
def test_a_body_without_end_is_left(server: Server, path: str) -> None:
    limits = Limits(private_hosts=("127.0.0.1",), max_bytes=300_000)
    says = "it is larger than 300,000 bytes, which image_max_bytes allows"
    assert fault_of(server.at(path), limits) == says


# Answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("404", "its server answered 404 Not Found"),
        ("500", "its server answered 500 Internal Server Error"),
        ("799", "its server answered 799"),
        ("short", "its server broke off in the middle"),
        ("chunks", "its server broke off in the middle"),
        ("html", "it is a web page, not an image"),
        ("garbage", "its server failed: SSH-2.0- [31mOpenSSH_9.6"),
    ],
)
def test_an_answer_that_is_no_image_says_so(server: Server, path: str, says: str) -> None:
    assert fault_of(server.at(path)) == says


def test_what_an_image_is_called_does_not_matter(server: Server) -> None:
    assert decode(fetch(server.at("mislabelled"), HERE), 10**6).height == 40


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert fault_of(f"http://127.0.0.1:{port}/") == "its server failed: Connection refused"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://no-such-host.invalid/a.jpg", "there is no host 'no-such-host.invalid'"),
        ("http:///a.jpg", "its address is not a valid URL"),
        ("http://[::1/a.jpg", "its address is not a valid URL"),
        ("ftp://files.example/a.jpg", "its address is ftp: and only http and https are read"),
    ],
)
def test_an_address_that_leads_nowhere_says_so(url: str, says: str) -> None:
    with pytest.raises(ImageFault) as caught:
        open_image(url, None, HERE)
    assert str(caught.value) == says


@pytest.mark.parametrize("path", ["ok/ä ö.jpg", "ok/%C3%A4.jpg", "ok/a?b=ü&c=d e", "ok/a\nb"])
def test_paths_in_any_script_are_asked_for(server: Server, path: str) -> None:
    assert fetch(server.at(path), HERE)[:2] == b"\xff\xd8"
    assert server.seen[-1][0].isascii()


# TLS ---------------------------------------------------------------------------------------------


def make_certificate(file: Path, name: str) -> Path:
    """Write a certificate that signs itself, with its key."""
    x509 = pytest.importorskip("cryptography.x509", reason="cryptography makes the certificate")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    private = key.private_bytes(
        form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(form))
    return file


@pytest.mark.parametrize(
    ("name", "trusted", "says"),
    [
        pytest.param("localhost", True, "", id="good"),
        pytest.param("other.example", True, "its server failed: Hostname mismatch", id="name"),
        pytest.param("localhost", False, "its server failed: self-signed certificate", id="self"),
    ],
)
def test_a_certificate_must_be_for_the_name_in_the_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool, says: str
) -> None:
    certificate = make_certificate(tmp_path / "own.pem", name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    fetching._trusted.cache_clear()
    limits = Limits(private_hosts=("localhost",), seconds=5)
    with serving(certificate) as server:
        if says:
            assert fault_of(server.at("ok", "localhost"), limits).startswith(says)
        else:
            assert fetch(server.at("ok", "localhost"), limits)[:2] == jpeg()[:2]
            slow = Limits(private_hosts=("localhost",), seconds=0.5)
            assert fault_of(server.at("drip", "localhost"), slow).startswith("it took longer")
    fetching._trusted.cache_clear()


# Hosts that do not answer ------------------------------------------------------------------------


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a server that takes connections and says nothing; hosts rest after three of them."""
    monkeypatch.setattr(fetching, "HOSTS", SilentHosts(attempts=3, seconds=0, rest=0.5))
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/a.jpg"


def test_a_host_that_never_answers_rests(silent: str) -> None:
    quick = Limits(private_hosts=("127.0.0.1",), seconds=0.1)
    for _ in range(3):
        assert "took longer than 0.1 seconds" in fault_of(silent, quick)
    begun = time.monotonic()
    for _ in range(50):
        assert "did not answer 3 times in a row and rests" in fault_of(silent, quick)
    assert time.monotonic() - begun < 50 * 0.1
    time.sleep(0.5)
    assert "took longer" in fault_of(silent, quick)  # it is asked once, and rests again
    assert "rests" in fault_of(silent, quick)


def test_whoever_answers_whatever_it_is_does_not_rest(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = SilentHosts(attempts=2, seconds=0, rest=60)
    monkeypatch.setattr(fetching, "HOSTS", hosts)
    here = ("127.0.0.1", server.server_port)
    for _ in range(5):
        hosts.was_silent(here)
        assert "404" in fault_of(server.at("404"))
    hosts.was_silent(here)
    hosts.was_silent(here)
    assert "rests" in fault_of(server.at("ok"))
    for _ in range(5):  # another port is another server, and what fails at once costs nothing
        assert "refused" in fault_of("http://127.0.0.1:9/a.jpg")


def test_a_server_that_is_away_for_a_moment_does_not_rest() -> None:
    hosts, host = SilentHosts(attempts=3, seconds=0.4, rest=60), ("images.example", 443)
    for _ in range(9):
        hosts.was_silent(host)
        hosts.check(host)
    time.sleep(0.5)
    hosts.was_silent(host)
    with pytest.raises(ImageFault, match="rests"):
        hosts.check(host)


def test_after_its_rest_one_thread_asks_a_host() -> None:
    hosts, host = SilentHosts(attempts=1, seconds=0, rest=0.3), ("images.example", 443)
    hosts.was_silent(host)
    time.sleep(0.3)

    def may_ask(_: int) -> bool:
        try:
            hosts.check(host)
        except ImageFault:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(may_ask, range(40))) == 1
