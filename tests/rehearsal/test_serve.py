"""Starting, keeping and serving the stand-ins, and staying on this computer."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from rehearsal.keyvalue import MAKERS

from pubflow.errors import PubflowError
from pubflow.rehearsal import NotLoopback, Rehearsal, clean_environment, loopback_only

NAMES = [
    "GITHUB_API_URL",
    "GITHUB_SERVER_URL",
    "GITHUB_TOKEN",
    "HF_ENDPOINT",
    "HF_TOKEN",
    "ZENODO_URL",
    "ZENODO_TOKEN",
    "PUBFLOW_ALLOW_HOSTS",
]


def put(url: str, path: str, body: bytes) -> int:
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    line.request("PUT", path, body)
    return line.getresponse().status


def test_the_environment_has_the_names_that_clients_know() -> None:
    with Rehearsal.start(makers=MAKERS) as rehearsal:
        env = rehearsal.env
        assert list(env) == NAMES
        assert env["GITHUB_API_URL"] == env["GITHUB_SERVER_URL"]
        hosts = [urlsplit(env[n]).netloc for n in ("GITHUB_API_URL", "HF_ENDPOINT", "ZENODO_URL")]
        assert env["PUBFLOW_ALLOW_HOSTS"] == ",".join(hosts)
        assert re.fullmatch("gh" + "p_[A-Za-z0-9]{36}", env["GITHUB_TOKEN"])
        assert re.fullmatch("h" + "f_[A-Za-z]{34}", env["HF_TOKEN"])
        assert re.fullmatch("[A-Za-z0-9]{60}", env["ZENODO_TOKEN"])


def test_tokens_are_new_at_every_start() -> None:
    seen = set()
    for _ in range(2):
        with Rehearsal.start(makers=MAKERS) as rehearsal:
            seen |= {rehearsal.env[n] for n in NAMES if n.endswith("_TOKEN")}
    assert len(seen) == 6


def test_without_a_state_directory_nothing_is_left_on_disk(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Rehearsal.start(makers=MAKERS) as rehearsal:
        put(rehearsal.env["ZENODO_URL"], "/kv/a", b"1")
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
    rehearsal.close()


def test_the_world_tokens_and_ports_outlive_a_run(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state"
    with Rehearsal.start(state, makers=MAKERS) as first:
        put(first.env["ZENODO_URL"], "/kv/a", b"123")
        world = first.world()
    with Rehearsal.start(state, makers=MAKERS) as second:
        assert second.env == first.env
        assert second.control == first.control
        assert second.world()["zenodo"] == world["zenodo"] != {"values": []}
        assert second.world()["log"] == []
        with urllib.request.urlopen(second.env["ZENODO_URL"] + "/kv/a") as answer:
            assert answer.read() == b"123"


def test_a_reset_is_kept_too(tmp_path: Path) -> None:
    with Rehearsal.start(tmp_path, makers=MAKERS) as first:
        put(first.env["ZENODO_URL"], "/kv/a", b"123")
        requests.post(first.control + "/reset", timeout=10).raise_for_status()
    with Rehearsal.start(tmp_path, makers=MAKERS) as second:
        assert second.world()["zenodo"] == {"values": []}


def test_worlds_go_back_to_what_was_kept_with_their_bytes(tmp_path: Path) -> None:
    with Rehearsal.start(makers=MAKERS) as rehearsal:
        put(rehearsal.env["ZENODO_URL"], "/kv/a", b"1")
        before = rehearsal.world()
        rehearsal.keep(tmp_path / "kept")
        put(rehearsal.env["ZENODO_URL"], "/kv/a", b"2")
        put(rehearsal.env["ZENODO_URL"], "/kv/b", b"3")

        rehearsal.back_to(tmp_path / "kept")

        after = rehearsal.world()
        assert after.pop("log") == []
        assert after == {name: before[name] for name in after}


def test_a_port_taken_meanwhile_is_replaced(tmp_path: Path) -> None:
    with Rehearsal.start(tmp_path, makers=MAKERS) as first:
        pass
    taken = urlsplit(first.env["ZENODO_URL"]).port
    with socket.socket() as other:
        other.bind(("127.0.0.1", taken))
        other.listen()
        with Rehearsal.start(tmp_path, makers=MAKERS) as second:
            assert urlsplit(second.env["ZENODO_URL"]).port != taken
            assert second.env["HF_ENDPOINT"] == first.env["HF_ENDPOINT"]


def test_a_change_is_on_disk_soon_though_nobody_stops_the_server(tmp_path: Path) -> None:
    with Rehearsal.start(tmp_path, makers=MAKERS) as rehearsal:
        put(rehearsal.env["ZENODO_URL"], "/kv/a", b"123")
        written = tmp_path / "zenodo" / "world.json"
        end = time.monotonic() + 60
        while not written.exists() and time.monotonic() < end:
            time.sleep(0.01)
        assert "a" in json.loads(written.read_text())["values"]


def test_the_kept_tokens_are_private(tmp_path: Path) -> None:
    with Rehearsal.start(tmp_path, makers=MAKERS):
        mode = (tmp_path / "rehearsal.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_two_rehearsals_do_not_share_a_state_directory(tmp_path: Path) -> None:
    with (
        Rehearsal.start(tmp_path, makers=MAKERS),
        pytest.raises(PubflowError, match="Another rehearsal is using"),
    ):
        Rehearsal.start(tmp_path, makers=MAKERS)


@pytest.mark.parametrize("damage", ["{", "[]", '{"ports"'])
def test_a_damaged_state_is_told_and_not_overwritten(tmp_path: Path, damage: str) -> None:
    (tmp_path / "zenodo").mkdir()
    (tmp_path / "zenodo" / "world.json").write_text(damage)
    with pytest.raises(PubflowError, match="cannot be read"):
        Rehearsal.start(tmp_path, makers=MAKERS)
    assert (tmp_path / "zenodo" / "world.json").read_text() == damage


def test_a_state_directory_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PubflowError, match="cannot be used"):
        Rehearsal.start(tmp_path / "file", makers=MAKERS)


SERVER = """
import sys
from pathlib import Path
from rehearsal.keyvalue import MAKERS
from pubflow.rehearsal.serve import serve
state = Path(sys.argv[2]) if len(sys.argv) > 2 else None
serve(state, sys.argv[1] == "json", sys.stdout, makers=MAKERS)
"""


@contextmanager
def served(form: str, *state: str) -> Iterator[subprocess.Popen[str]]:
    tests = Path(__file__).parents[1]
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVER), form, *state],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tests)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_json_prints_one_line_and_ends_cleanly_on_a_signal(number: int) -> None:
    with served("json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert list(told) == ["env", "control"]
        assert list(told["env"]) == NAMES
        assert put(told["env"]["HF_ENDPOINT"], "/kv/a", b"1") == 201
        with urllib.request.urlopen(told["control"] + "/counters") as answer:
            assert json.load(answer)["huggingface"] == {"reads": 0, "changes": 1}
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        assert process.returncode == 0
        assert out == ""
        assert "Traceback" not in err


def test_serve_lines_set_up_a_shell(tmp_path: Path) -> None:
    with served("lines", str(tmp_path / "state")) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(len(NAMES) + 1)]
        assert re.fullmatch(r"# control: http://127\.0\.0\.1:\d+\n", lines[-1])
        shell = "".join(lines) + 'printf "%s" "$ZENODO_URL"'
        url = subprocess.run(["sh", "-c", shell], capture_output=True, text=True).stdout
        assert put(url, "/kv/a", b"1") == 201
        process.terminate()
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out) == (0, "")
        assert "Ctrl-C" in err
    with Rehearsal.start(tmp_path / "state", makers=MAKERS) as again:
        assert again.env["ZENODO_URL"] == url
        assert again.world()["zenodo"]["values"] == [{"name": "a", "size": 1}]


def test_the_example_is_released_by_hand_to_served_stand_ins(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    shutil.copytree(root / "docs" / "example", tmp_path / "docs" / "example")
    shutil.copyfile(root / "publish.example.toml", tmp_path / "publish.toml")
    own = {"HOME": str(tmp_path), "HF_HOME": str(tmp_path / "hf"), "PUBFLOW_KEYRING": "0"}
    outer = {"PATH": os.environ["PATH"]}

    def pubflow(*args: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pubflow", *args],
            cwd=tmp_path,
            env={**outer, **own, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    serving = pubflow("rehearse", "--serve", "--json")
    try:
        assert serving.stdout is not None
        env = json.loads(serving.stdout.readline())["env"]
        for words in (["plan"], ["release", "--yes"], ["plan", "--detailed-exitcode"], ["verify"]):
            done = pubflow(*words, **env)
            out, err = done.communicate(timeout=60)
            assert done.returncode == 0, (words, out, err)
    finally:
        serving.kill()
        serving.communicate()


def test_loopback_only_lets_nothing_out() -> None:
    with loopback_only():
        for reach in (
            lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
            lambda: socket.create_connection(("host.example", 80), timeout=1),
            lambda: socket.socket().connect_ex(("192.0.2.1", 80)),
            lambda: socket.socket().connect(("host.example", 80)),
            lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 80)),
            lambda: socket.socket(socket.AF_INET6).connect(("::ffff:192.0.2.1", 80)),
            lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
            lambda: requests.get("https://host.example/", timeout=1),
            lambda: requests.get("http://192.0.2.1/", timeout=1),
        ):
            with pytest.raises(NotLoopback, match="does not leave this computer"):
                reach()


def test_loopback_only_holds_in_every_thread_and_ends(tmp_path: Path) -> None:
    before = (socket.socket.connect, socket.getaddrinfo)
    with loopback_only():
        with loopback_only():
            pass
        with pytest.raises(NotLoopback):
            socket.create_connection(("192.0.2.1", 80), timeout=1)
    assert (socket.socket.connect, socket.getaddrinfo) == before


def test_loopback_only_lets_a_rehearsal_and_unix_sockets_work(tmp_path, monkeypatch) -> None:
    with loopback_only(), Rehearsal.start(makers=MAKERS) as rehearsal:
        url = rehearsal.env["ZENODO_URL"]
        assert requests.put(url + "/kv/a", data=b"1", timeout=10).status_code == 201
        assert requests.get(url.replace("127.0.0.1", "localhost") + "/kv/a", timeout=10).ok
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as line:
            monkeypatch.chdir(tmp_path)
            listener.bind("s")
            listener.listen()
            line.connect("s")


UNWANTED = [
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "HF_TOKEN_PATH",
    "HF_OIDC_RESOURCE",
    "ZENODO_TOKEN",
    "NETRC",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "http_proxy",
    "KAGGLE_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "SSH_AUTH_SOCK",
    "GIT_ASKPASS",
    "SOME_API_KEY",
]


def test_children_see_the_stand_ins_and_no_real_token() -> None:
    secret = "se" + "cret"
    outer = dict.fromkeys(UNWANTED, secret)
    kept = {"PATH": "/bin", "HOME": "/home/me", "LANG": "C.UTF-8", "TERM": "dumb"}
    env = {"GITHUB_TOKEN": "theirs", "HF_ENDPOINT": "http://127.0.0.1:1"}
    clean = clean_environment(env, {**outer, **kept, "HF_ENDPOINT": "https://real.example"})
    assert secret not in clean.values()
    assert kept.items() <= clean.items()
    assert env.items() <= clean.items()
    assert clean["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert clean["NETRC"] == os.devnull


def test_children_inherit_this_process_unless_told_otherwise(monkeypatch) -> None:
    monkeypatch.setenv("GH_TOKEN", "re" + "al")
    monkeypatch.setenv("PUBFLOW_TEST", "stays")
    clean = clean_environment({})
    assert "GH_TOKEN" not in clean
    assert clean["PUBFLOW_TEST"] == "stays"


def test_the_three_platforms_start_with_empty_worlds_and_answer() -> None:
    with loopback_only(), Rehearsal.start() as rehearsal:
        for name in ("GITHUB_API_URL", "HF_ENDPOINT", "ZENODO_URL"):
            assert requests.get(rehearsal.env[name] + "/api/nowhere", timeout=10).status_code == 404
        world = rehearsal.world()
        assert world["github"]["repositories"] == []
        assert world["huggingface"]["repositories"] == []
        assert world["zenodo"]["records"] == []
        assert rehearsal.counters() == {
            name: {"reads": 1, "changes": 0} for name in ("github", "huggingface", "zenodo")
        }
