"""What goes wrong between two computers, over real sockets: told truly, and never sent twice."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import ipaddress
import json
import os
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pubflow import git
from pubflow.errors import PubflowError, Transient
from pubflow.http import Session, proxy_of
from pubflow.http import patience as patience_module
from pubflow.tokens import Secret, Wanted, find
from pubflow.verify.eyes import Eyes

CANARY = "can" + "ary-" + "8f1b" * 6
CALM = (30.0, 30.0)
"""Seconds to connect and to be silent, where an answer comes: the machine may be busy."""
HURRY = (2.0, 0.4)
Play = Callable[[socket.socket], None]


class Wire:
    """A listener that reads one request a connection and then does what the test says."""

    def __init__(self, play: Play, context: ssl.SSLContext | None = None) -> None:
        self.play = play
        self.heard: list[bytes] = []
        self.connections = 0
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def url(self, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}"

    def close(self) -> None:
        self.closed.set()
        # Closed while a thread waits in it, its number could be another server's next.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        while not self.closed.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                self.heard.append(_request(connection))
                self.play(connection)
        except OSError:
            pass


def _request(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        block = connection.recv(65536)
        if not block:
            return got
        got += block
    head, _, body = got.partition(b"\r\n\r\n")
    sizes = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    while len(body) < sum(sizes):
        block = connection.recv(65536)
        if not block:
            break
        body += block
    return head + b"\r\n\r\n" + body


def answers(body: bytes, *headers: str, status: str = "200 OK", length: str | None = None) -> Play:
    shown = str(len(body)) if length is None else length
    lines = [f"HTTP/1.1 {status}", *headers, *([f"Content-Length: {shown}"] if shown else [])]
    return lambda connection: connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def drips(text: bytes, first: bytes = b"", pause: float = 0.05) -> Play:
    def play(connection: socket.socket) -> None:
        connection.sendall(first)
        for byte in text * 2_000:
            connection.sendall(bytes([byte]))
            time.sleep(pause)

    return play


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    made: list[Wire] = []

    def make(play: Play, context: ssl.SSLContext | None = None) -> Wire:
        made.append(Wire(play, context))
        return made[-1]

    yield make
    for one in made:
        one.close()


Make = Callable[..., Wire]


def lost(wire: Wire, timeout: tuple[float, float] = CALM) -> Transient:
    """The error of one change; it was sent once, and shows no token."""
    begun = time.monotonic()
    with pytest.raises(Transient) as error:
        Session(wire.url(), Secret(CANARY)).request("POST", "/a", body={"x": 1}, timeout=timeout)
    assert time.monotonic() - begun < 25
    while not wire.heard:  # Its thread may not have had its turn yet.
        time.sleep(0.01)
    assert len(wire.heard) == 1
    assert CANARY not in f"{error.value.what} {error.value.why} {error.value!r}"
    return error.value


# Answers that break off.


def test_a_reset_before_the_answer_is_no_answer(wire: Make) -> None:
    assert "broke" in lost(wire(reset)).what


def test_a_reset_within_the_answer_is_no_answer(wire: Make) -> None:
    def play(connection: socket.socket) -> None:
        answers(b'{"id": 1', length="5000")(connection)
        reset(connection)

    assert "broke" in lost(wire(play)).what


def test_an_answer_shorter_than_it_says_is_no_answer(wire: Make) -> None:
    """`{}` alone would be a valid answer; only the length tells that it is not whole."""
    assert "broke" in lost(wire(answers(b"{}", length="400"))).what


def test_a_chunked_answer_without_its_end_is_no_answer(wire: Make) -> None:
    cut = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"

    assert "broke" in lost(wire(lambda c: c.sendall(cut))).what


def test_a_packed_answer_that_breaks_off_is_no_answer(wire: Make) -> None:
    packed = gzip.compress(json.dumps({"x": list(range(500))}).encode())
    made = wire(answers(packed[: len(packed) // 2], "Content-Encoding: gzip"))

    with pytest.raises(Transient):
        Session(made.url()).request("GET", "/", timeout=HURRY).json()


def test_what_stands_behind_the_end_of_an_answer_is_never_taken_for_the_next(wire: Make) -> None:
    forged = b'{}HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"forged": 1}'
    made = wire(answers(forged, length="2"))
    session = Session(made.url(), Secret(CANARY))

    first = session.request("GET", "/a", timeout=CALM)
    with contextlib.suppress(Transient):  # The end of the connection may be noticed that late.
        assert session.request("GET", "/b", timeout=CALM).json() == {}

    assert first.json() == {}
    assert made.heard


@pytest.mark.parametrize("length", ["-1", "many", "2, 7"])
def test_a_length_that_is_no_number_leads_to_no_half_answer(wire: Make, length: str) -> None:
    made = wire(answers(b'{"id": 7}', "Connection: close", length=length))

    try:
        got = Session(made.url()).request("GET", "/a", timeout=HURRY).json()
    except Transient:
        return
    assert got == {"id": 7}


def test_rubbish_in_place_of_http_is_no_answer(wire: Make) -> None:
    lost(wire(lambda connection: connection.sendall(b"220 mail.example ESMTP\r\n\r\n")))


# Answers that never end.


def test_a_head_that_drips_in_does_not_hold_us(wire: Make) -> None:
    made = wire(drips(b"X-Drop: by drop\r\n", b"HTTP/1.1 200 OK\r\n"))

    assert "did not answer in time" in lost(made, HURRY).what


def test_a_status_line_that_drips_in_does_not_hold_us(wire: Make) -> None:
    assert "did not answer in time" in lost(wire(drips(b"HTTP/1.1 200 OK ")), HURRY).what


def test_a_body_that_drips_in_does_not_hold_us(wire: Make) -> None:
    made = wire(drips(b" ", b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n"))

    assert "did not answer in time" in lost(made, HURRY).what


def test_a_body_without_a_length_that_drips_in_does_not_hold_us(wire: Make) -> None:
    made = wire(drips(b" ", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"))

    assert "did not answer in time" in lost(made, HURRY).what


def test_a_chunk_size_that_drips_in_does_not_hold_us(wire: Make) -> None:
    made = wire(drips(b"0", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))

    assert "did not answer in time" in lost(made, HURRY).what


def test_a_slow_but_steady_answer_is_waited_for(wire: Make) -> None:
    def play(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 80002\r\n\r\n[")
        for _ in range(10):
            connection.sendall(b" " * 8000)
            time.sleep(0.08)
        connection.sendall(b"]")

    made = wire(play)

    assert Session(made.url()).request("GET", "/", timeout=CALM).json() == []


def test_an_answer_without_end_is_given_up(wire: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience_module, "LARGEST_ANSWER", 1 << 20)

    def play(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            connection.sendall(b" " * 65536)

    assert "more than 1 MiB" in lost(wire(play)).what


def test_a_handshake_that_never_comes_does_not_hold_us(wire: Make) -> None:
    made = wire(lambda connection: time.sleep(3))

    with pytest.raises(Transient, match="did not answer in time"):
        Session(made.url("https")).request("GET", "/", timeout=(0.4, 0.4))


# Answers that say something else.


def test_an_html_page_of_a_proxy_is_told_as_such(wire: Make) -> None:
    page = b"<html><title>502 Bad Gateway</title></html>"
    made = wire(answers(page, "Content-Type: text/html", status="502 Bad Gateway"))

    answer = Session(made.url()).request("GET", "/", timeout=CALM)

    assert answer.status == 502
    with pytest.raises(Transient, match="answered 502 with something that is not JSON"):
        answer.json()


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_to_another_host_reaches_nobody(wire: Make, status: str) -> None:
    other = wire(answers(b"{}"))
    made = wire(answers(b"", f"Location: {other.url()}/steal", status=status))

    answer = Session(made.url(), Secret(CANARY)).request("POST", "/", body={}, timeout=CALM)

    assert answer.status == int(status[:3])
    assert other.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "https://zenodo.example:8443/api",
        "http://zenodo.example/api",
        "https://zenodo.example@evil.example/api",
        "https://zenodo.example.evil.example/api",
        "https://evil.example/zenodo.example",
        "https://zenodo.example\\@evil.example/",
        "ftp://zenodo.example/",
    ],
)
def test_an_address_that_only_resembles_ours_is_refused_unasked(address: str) -> None:
    session = Session("https://zenodo.example", Secret(CANARY))

    with pytest.raises(PubflowError, match=r"which is (another host|plain http)"):
        session.request("PUT", address, data=b"x")


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost.invalid"])
def test_a_connection_that_was_never_made_did_not_break(host: str) -> None:
    scheme = "http" if host.startswith("127.") else "https"

    with pytest.raises(Transient, match=rf"^{re.escape(host)} could not be reached from this"):
        Session(f"{scheme}://{host}", env={}).request("GET", "/")


# Uploads.


def test_a_file_that_shrinks_while_it_is_sent_stops_the_upload(wire: Make, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"x" * 3_000_000)
    made = wire(answers(b"{}"))

    with pytest.raises(PubflowError, match="became shorter while it was sent") as stopped:
        Session(made.url()).request("PUT", "/f", file=(path, 4_000_000), timeout=(2.0, 5.0))

    assert not isinstance(stopped.value, Transient)


def test_a_file_that_a_link_took_the_place_of_is_not_sent(wire: Make, tmp_path: Path) -> None:
    (tmp_path / "diary").write_bytes(b"Dear diary")
    (tmp_path / "model.bin").symlink_to("diary")
    made = wire(answers(b"{}"))

    with pytest.raises(PubflowError, match="cannot be sent") as stopped:
        Session(made.url()).request("PUT", "/f", file=(tmp_path / "model.bin", 10))

    assert not isinstance(stopped.value, Transient)
    assert made.heard == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_a_pipe_that_took_the_place_of_a_file_is_not_waited_for(wire: Make, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.bin")
    made = wire(answers(b"{}"))

    with pytest.raises(PubflowError, match="no regular file any more") as stopped:
        Session(made.url()).request("PUT", "/f", file=(tmp_path / "model.bin", 10))

    assert not isinstance(stopped.value, Transient)
    assert made.heard == []


def test_a_file_that_grows_is_sent_as_long_as_it_was(wire: Make, tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"x" * 2_000_000)
    made = wire(answers(b"{}"))

    Session(made.url()).request("PUT", "/f", file=(path, 1_500_000), timeout=(2.0, 5.0))

    assert made.heard[0].partition(b"\r\n\r\n")[2] == b"x" * 1_500_000


def test_an_upload_that_is_cut_is_no_answer_and_is_not_sent_again(
    wire: Make, tmp_path: Path
) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"x" * 20_000_000)
    listener = socket.create_server(("127.0.0.1", 0))
    count: list[int] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            count.append(1)
            connection.recv(100_000)
            reset(connection)

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    session = Session(f"http://127.0.0.1:{listener.getsockname()[1]}")
    with pytest.raises(Transient, match="broke"):
        session.request("PUT", "/f", file=(path, 20_000_000), timeout=CALM)
    listener.shutdown(socket.SHUT_RDWR)
    serving.join(10)
    listener.close()

    assert len(count) == 1


# Certificates.


class Authority:
    """Certificates made here, for this computer alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests of pubflow")])
        own = self._certificate(self._name, self._key.public_key(), ("x",), 30, root=True)
        self.bundle = folder / "authority.pem"
        self.bundle.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def server(self, *names: str, days: int = 30, own: bool = False) -> ssl.SSLContext:
        """A server with a certificate for `names`, valid for `days`; with `own` self-signed."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        signer = key if own else None
        made = self._certificate(subject, key.public_key(), names, days, signer=signer)
        path = self._folder / f"server{len(list(self._folder.iterdir()))}"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _certificate(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        names: tuple[str, ...],
        days: int,
        *,
        root: bool = False,
        signer: ec.EllipticCurvePrivateKey | None = None,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        known = [
            x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
            for name in names
        ]
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if signer else self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=60))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName(known), critical=False)
            .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
            .sign(signer or self._key, hashes.SHA256())
        )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def session_to(wire: Wire, authority: Authority | None) -> Session:
    env = {"REQUESTS_CA_BUNDLE": str(authority.bundle)} if authority else {}
    return Session(wire.url("https"), Secret(CANARY), env=env)


def distrusted(wire: Wire, authority: Authority | None) -> PubflowError:
    """The refusal of a server; nothing was sent to it."""
    with pytest.raises(PubflowError, match="did not prove who it is") as refused:
        session_to(wire, authority).request("POST", "/", body={}, timeout=CALM)
    error = refused.value
    assert not isinstance(error, Transient)
    assert CANARY not in f"{error.what} {error.why} {error.hint}"
    assert "HTTPSConnectionPool" not in error.what
    assert not any(CANARY.encode() in heard for heard in wire.heard)
    return error


def test_a_good_certificate_of_the_named_authority_is_trusted(
    wire: Make, authority: Authority
) -> None:
    made = wire(answers(b"{}"), authority.server("127.0.0.1"))

    assert session_to(made, authority).request("POST", "/", body={}, timeout=CALM).ok
    assert CANARY.encode() in made.heard[0]


def test_an_expired_certificate_is_refused_and_said_to_be_expired(
    wire: Make, authority: Authority
) -> None:
    error = distrusted(wire(answers(b"{}"), authority.server("127.0.0.1", days=-1)), authority)

    assert "certificate has expired" in error.what
    assert "clock" in error.hint


def test_a_self_signed_certificate_is_refused(wire: Make, authority: Authority) -> None:
    error = distrusted(wire(answers(b"{}"), authority.server("127.0.0.1", own=True)), authority)

    assert "self-signed certificate" in error.what


def test_an_authority_that_nobody_named_is_refused(wire: Make, authority: Authority) -> None:
    distrusted(wire(answers(b"{}"), authority.server("127.0.0.1")), None)


def test_a_certificate_of_another_host_is_refused(wire: Make, authority: Authority) -> None:
    error = distrusted(wire(answers(b"{}"), authority.server("zenodo.example")), authority)

    assert "not valid for '127.0.0.1'" in error.what


def test_an_answer_over_tls_that_drips_in_does_not_hold_us(
    wire: Make, authority: Authority
) -> None:
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n"
    made = wire(drips(b" ", first), authority.server("127.0.0.1"))
    session = Session(made.url("https"), env={"REQUESTS_CA_BUNDLE": str(authority.bundle)})

    with pytest.raises(Transient, match="did not answer in time"):
        session.request("GET", "/", timeout=HURRY)


def test_plain_http_on_a_port_of_tls_is_no_answer(wire: Make) -> None:
    made = wire(answers(b"{}"))

    with pytest.raises((Transient, PubflowError)) as error:
        Session(made.url("https"), Secret(CANARY)).request("GET", "/", timeout=HURRY)

    assert CANARY not in str(error.value)
    assert CANARY.encode() not in b"".join(made.heard)


# What the surroundings say.


def test_a_proxy_is_told_where_to_and_not_the_token(wire: Make) -> None:
    proxy = wire(answers(b"", status="403 Forbidden"))
    user = "ada:" + "hunter" + "77"
    env = {"HTTPS_PROXY": f"http://{user}@127.0.0.1:{proxy.port}"}

    with pytest.raises(Transient) as error:
        Session("https://zenodo.example", Secret(CANARY), env=env).request("GET", "/a/b")

    assert proxy.heard[0].startswith(b"CONNECT zenodo.example:443")
    assert CANARY.encode() not in proxy.heard[0]
    told = f"{error.value.what} {error.value.why} {error.value.hint}"
    assert f"proxy 127.0.0.1:{proxy.port}" in told
    assert user not in told


@pytest.mark.parametrize(
    ("host", "spared", "used"),
    [
        ("zenodo.org", "", True),
        ("zenodo.org", "zenodo.org", False),
        ("api.lab.example", "other, .lab.example", False),
        ("api.lab.example", "lab.example", False),
        ("notlab.example", "lab.example", True),
        ("zenodo.org", "*", False),
        ("127.0.0.1", "", False),
        ("localhost", "", False),
    ],
)
def test_the_proxy_is_used_unless_the_host_is_spared(host: str, spared: str, used: bool) -> None:
    env = {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": spared}

    assert bool(proxy_of(host, env)) is used


def test_proxies_that_are_not_for_https_are_not_trusted() -> None:
    env = {"HTTP_PROXY": "http://p:1", "http_proxy": "http://p:1", "ALL_PROXY": "socks5://p:1"}

    assert proxy_of("zenodo.org", env) == ""


def test_variables_of_the_process_do_not_redirect_a_session_that_has_its_own(
    wire: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trap = wire(answers(b"{}"))
    made = wire(answers(b"{}"))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, trap.url())
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password from-netrc\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))

    Session(made.url(), env={}).request("GET", "/", timeout=CALM)

    assert trap.connections == 0
    assert b"authorization" not in made.heard[0].lower()


def test_git_sees_no_token_and_no_setting_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "HF_TOKEN", "ZENODO_TOKEN", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, CANARY)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_SSH_COMMAND", "sh -c evil")
    monkeypatch.setenv("LD_PRELOAD_OF_SOMEBODY", "x")

    seen = git.run(["-c", "alias.surroundings=!env", "surroundings"], cwd=tmp_path).decode()

    assert CANARY not in seen
    assert "GIT_SSH_COMMAND" not in seen
    assert "LD_PRELOAD_OF_SOMEBODY" not in seen
    assert "GIT_DIR=/nowhere" not in seen
    assert "PATH=" in seen


def test_a_platforms_own_tool_sees_its_token_and_no_other(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\necho from-the-tool\n")
    tool.chmod(0o755)
    env = {
        "PATH": os.environ["PATH"],
        "SHELF_TOKEN": "",
        "ZENODO_TOKEN": CANARY,
        "AWS_SECRET_ACCESS_KEY": CANARY,
        "OPENAI_API_KEY": CANARY,
        "DB_PASSWORD": CANARY,
        "XDG_CONFIG_HOME": "/home/ada/.config",
        "PUBFLOW_KEYRING": "0",
    }

    found = find(Wanted("Shelf", "shelf.example", ("SHELF_TOKEN",), (str(tool),)), env)

    seen = (tmp_path / "seen").read_text()
    assert found is not None
    assert found.reveal() == "from-the-tool"
    assert CANARY not in seen
    assert "XDG_CONFIG_HOME=/home/ada/.config" in seen


# The libraries of the platforms, which bring their own HTTP.


def github_client(url: str) -> Callable[[], object]:
    from pubflow.platforms.github.client import Client

    return Client(url, url, Secret(CANARY)).login


SILENCE = {"hub": CALM[1]}


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that have no setting of their own for how long they wait."""
    from pubflow.platforms.github import client
    from pubflow.verify import eyes

    monkeypatch.setattr(client, "SILENCE", 1)  # The library takes whole seconds.
    monkeypatch.setattr(eyes, "PATIENCE", HURRY)
    monkeypatch.setitem(SILENCE, "hub", HURRY[1])


def stranger(url: str) -> Callable[[], object]:
    return lambda: Eyes(env={}, sleep=lambda seconds: None).read(url)


def strangers_file(url: str) -> Callable[[], object]:
    return lambda: Eyes(env={}, sleep=lambda seconds: None).digest(url)


def hub_client(url: str) -> Callable[[], object]:
    from pubflow.platforms.huggingface.client import Client

    return Client(url, Secret(CANARY), env={}, silence=SILENCE["hub"]).user


CLIENTS = [github_client, hub_client]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_library_takes_no_token_to_another_host(
    wire: Make, client: Callable[[str], Callable[[], object]]
) -> None:
    other = wire(answers(b"{}"))
    made = wire(answers(b"", f"Location: {other.url()}/steal", status="302 Found"))

    with contextlib.suppress(PubflowError, KeyError):
        client(made.url())()

    while not made.heard:  # Its thread may not have had its turn yet.
        time.sleep(0.01)
    assert CANARY.encode() in made.heard[0]
    assert not any(CANARY.encode() in heard for heard in other.heard)


LENGTH = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n"
DRIPS = [drips(b"X-Drop: by drop\r\n", b"HTTP/1.1 200 OK\r\n"), drips(b" ", LENGTH)]


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("client", [*CLIENTS, stranger, strangers_file])
@pytest.mark.parametrize("play", DRIPS, ids=["head", "body"])
def test_an_answer_that_drips_in_holds_no_client(
    wire: Make, client: Callable[[str], Callable[[], object]], play: Play
) -> None:
    """The server would go on for minutes, a byte at a time."""
    made = wire(play)

    with pytest.raises(Transient) as error:
        client(made.url())()

    assert "in time" in error.value.what or "could not be read (" in error.value.what


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("play", [reset, answers(b"{}", length="400")], ids=["reset", "cut"])
def test_a_library_tells_a_lost_answer_as_one(
    wire: Make, client: Callable[[str], Callable[[], object]], play: Play
) -> None:
    made = wire(play)

    with pytest.raises(Transient) as error:
        client(made.url())()

    assert CANARY not in f"{error.value.what} {error.value.why} {error.value!r}"
    assert len(made.heard) == 1


@pytest.mark.parametrize("client", CLIENTS)
def test_a_library_takes_an_html_page_for_a_passing_trouble(
    wire: Make, client: Callable[[str], Callable[[], object]]
) -> None:
    page = b"<html>busy</html>"
    made = wire(answers(page, "Content-Type: text/html", status="502 Bad Gateway"))

    with pytest.raises(Transient):
        client(made.url())()


@pytest.mark.parametrize("client", CLIENTS)
def test_a_library_refuses_a_certificate_that_nobody_vouches_for(
    wire: Make, authority: Authority, client: Callable[[str], Callable[[], object]]
) -> None:
    made = wire(answers(b"{}"), authority.server("127.0.0.1", own=True))

    with pytest.raises(PubflowError):
        client(made.url("https"))()

    assert not any(CANARY.encode() in heard for heard in made.heard)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_library_does_not_put_netrc_in_the_place_of_the_token(
    wire: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    client: Callable[[str], Callable[[], object]],
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password from-netrc\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    made = wire(answers(b'{"login": "ada", "name": "ada"}', "Content-Type: application/json"))

    client(made.url())()

    assert CANARY.encode() in made.heard[0]
    assert b"Basic " not in made.heard[0]
