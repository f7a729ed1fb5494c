"""The command line, as a person or a program meets it: every run is a process of its own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from release.conftest import Stage

from pubflow import __version__
from pubflow.rehearsal import Rehearsal

ROOT = Path(__file__).resolve().parent.parent

SMALL = """\
schema = 1

[paper]
title = "Leaves of grass"
abstract = "On leaves."
authors = [{ given = "Walt", family = "Whitman" }]

[defaults]
version = "1.2.0"

[release]
id = "leaves"

[weights.leaves]
path = "w"
license = "MIT"
targets = ["zenodo"]
"""

COMMANDS = list(
    dict.fromkeys(re.findall(r"^\| `pubflow (\w+)", (ROOT / "README.md").read_text("utf-8"), re.M))
)
"""Those of README's table, in its order."""

HEAVY = (
    "github",
    "huggingface_hub.hf_api",
    "requests",
    "httpx2",
    "keyring",
    "starlette",
    "uvicorn",
    "jsonschema",
    "ruamel.yaml",
    "jinja2",
)


@dataclass
class Shell:
    """A folder to run pubflow in, with an empty home and no token."""

    folder: Path

    @property
    def env(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return kept | {"HOME": str(self.folder), "PUBFLOW_KEYRING": "0", "COLUMNS": "80"}

    def run(
        self, *args: str, python: tuple[str, ...] = ("-m", "pubflow"), **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *python, *args],
            cwd=self.folder,
            env=self.env | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=60,
            check=False,
        )

    def bash(self, line: str) -> subprocess.CompletedProcess[str]:
        """One line of shell, in which $PUBFLOW is pubflow."""
        return subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line}"],
            cwd=self.folder,
            env=self.env | {"PUBFLOW": f"{sys.executable} -m pubflow"},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def leaves(into: Path) -> Path:
    """A folder with a small publish.toml that has no mistake: one artifact, one platform."""
    (into / "w").mkdir(parents=True)
    (into / "w" / "leaves.bin").write_bytes(b"leaves")
    (into / "publish.toml").write_text(SMALL, "utf-8")
    return into


@pytest.fixture
def small(shell: Shell) -> Shell:
    leaves(shell.folder)
    return shell


# The file that a run is about.


def test_a_command_that_is_told_names_the_file_of_this_run(shell: Shell) -> None:
    leaves(shell.folder / "my paper")

    ready = shell.run("check", "my paper/publish.toml")
    planned = shell.run("plan", "--offline", "my paper/publish.toml")

    assert ready.returncode == planned.returncode == 0
    assert ready.stdout.endswith("\n    pubflow plan 'my paper/publish.toml'\n")
    assert planned.stdout.endswith(
        "\n    pubflow release --until reserve 'my paper/publish.toml'"
        "\n    pubflow release 'my paper/publish.toml'\n"
    )


def test_from_a_folder_below_it_says_where_the_file_is(small: Shell) -> None:
    below = Shell(small.folder / "w")

    done = below.run("plan", "--offline")

    assert done.returncode == 1
    assert done.stdout == ""
    assert f"There is no publish.toml in this folder, but in {small.folder}." in done.stderr
    assert f"    cd {small.folder}" in done.stderr.splitlines()
    assert "pubflow init" not in done.stderr


def test_a_file_that_is_not_there_can_be_begun_under_its_name(shell: Shell) -> None:
    done = shell.run("plan", "paper.toml")

    assert done.returncode == 1
    assert "\n    pubflow init paper.toml\n" in done.stderr
    assert done.stderr.endswith("\n    pubflow rehearse publish.example.toml\n")


def test_a_path_that_the_locale_cannot_spell_is_told_as_that(small: Shell) -> None:
    (small.folder / "w").rename(small.folder / "wörter")
    text = SMALL.replace('path = "w"', 'path = "wörter"')
    (small.folder / "publish.toml").write_text(text, "utf-8")

    done = small.run("check", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")

    assert done.returncode == 1
    assert "The locale of this computer has no letters for" in done.stdout
    assert "PYTHONUTF8=1" in done.stdout


AVERSE = """
import sys
from pubflow.cli import main

def heard(event, about):
    if event == "open" and "leaves.bin" in str(about[0]):
        raise SystemExit(9)

sys.addaudithook(heard)
main()
"""
"""Ends as soon as the file of the weights is opened."""


@pytest.mark.parametrize("command", ["cite", "status"])
def test_what_was_read_before_is_not_read_again(small: Shell, command: str) -> None:
    old = time.time() - 60
    os.utime(small.folder / "w" / "leaves.bin", (old, old))
    time.sleep(2.1)  # So soon after a change nothing is remembered.
    assert small.run(command, python=("-c", AVERSE)).returncode == 9

    assert small.run("plan", "--offline").returncode == 0

    assert small.run(command, python=("-c", AVERSE)).returncode == 0


def test_a_file_that_is_no_pdf_is_told_once_and_in_plain_words(small: Shell) -> None:
    (small.folder / "paper.pdf").write_text("no PDF\n", "utf-8")

    done = small.run("cite", "--check", "paper.pdf")

    assert done.returncode == 1
    assert "paper.pdf cannot be read as a PDF" in done.stderr
    assert "pdf header" not in done.stderr
    assert "EOF marker" not in done.stderr


# Help and usage.


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_shows_the_steps_and_all_commands_in_eighty_columns(shell: Shell, option: str) -> None:
    done = shell.run(option)

    assert done.returncode == 0
    assert done.stderr == ""
    steps = re.findall(r"^ {6}(pubflow \S+(?: --until \w+)?)", done.stdout, re.MULTILINE)
    assert steps == [
        "pubflow rehearse",
        "pubflow plan",
        "pubflow release --until reserve",
        "pubflow release --until upload",
        "pubflow release",
    ]
    told = re.findall(r"^  (\w+) +\S", done.stdout.partition("\nCommands:\n")[2], re.MULTILINE)
    assert told == COMMANDS
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(shell: Shell, command: str) -> None:
    done = shell.run(command, "-h")

    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: pubflow {command} [OPTIONS]")
    assert "--no-" not in done.stdout


def test_no_command_is_a_usage_error_that_shows_the_help(shell: Shell) -> None:
    done = shell.run()

    assert done.returncode == 64
    assert done.stdout == ""
    assert "pubflow rehearse" in done.stderr


def test_the_version_is_one_line(shell: Shell) -> None:
    done = shell.run("--version")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"pubflow {__version__}\n", "")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["publish"], "publish"),
        (["plan", "--frobnicate"], "--frobnicate"),
        (["plan", "--jobs", "many"], "--jobs"),
        (["plan", "--jobs", "0"], "--jobs"),
        (["plan", "a.toml", "b.toml"], "b.toml"),
        (["release", "--until", "publish"], "--until"),
        (["release", "--only"], "--only"),
        (["rehearse", "--json"], "--serve"),
        (["rehearse", "--state", "x"], "--serve"),
        (["rehearse", "publish.toml", "--serve"], "--serve"),
    ],
)
def test_usage_errors_are_told_on_stderr_and_exit_64(
    shell: Shell, args: list[str], says: str
) -> None:
    done = shell.run(*args)

    assert done.returncode == 64
    assert done.stdout == ""
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_token_given_by_mistake_is_not_said_again(shell: Shell) -> None:
    token = "gh" + "p_" + "a1B2" * 9
    for args in (["plan", "--jobs", token], [token], ["plan", token], ["release", f"--{token}"]):
        done = shell.run(*args)
        assert done.returncode in (1, 64)
        assert token not in done.stdout + done.stderr


def test_completion_for_bash_is_printed_and_completes(shell: Shell) -> None:
    script = shell.bash("$PUBFLOW --show-completion | cat")  # It looks which shell started it.
    words = shell.run(
        _PUBFLOW_COMPLETE="complete_bash",
        COMP_WORDS="pubflow re",
        COMP_CWORD="1",
    )

    assert script.returncode == 0
    assert "complete -o default -F" in script.stdout
    assert words.stdout.split() == ["release", "rehearse"]


# A quick start.


def imported(shell: Shell, *args: str) -> set[str]:
    done = shell.run(*args, python=("-X", "importtime", "-m", "pubflow"))
    assert done.returncode == 0
    return {
        line.rpartition("|")[2].strip()
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["plan", "--help"]])
def test_help_imports_nothing_heavy(shell: Shell, args: list[str]) -> None:
    modules = imported(shell, *args)

    assert "pubflow.cli" in modules, "the check sees what is imported"
    heavy = (*HEAVY, "rich", "pubflow.engine", "pubflow.load")
    assert not [
        module
        for module in modules
        if any(module == name or module.startswith(name + ".") for name in heavy)
    ]


# The file.


@pytest.mark.parametrize("command", ["plan", "release", "status", "rehearse"])
def test_without_a_manifest_it_says_how_to_begin(shell: Shell, command: str) -> None:
    done = shell.run(command)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == "There is no publish.toml."
    assert "\n    pubflow init\n" in done.stderr
    assert "\n    pubflow rehearse publish.example.toml\n" in done.stderr
    assert list(shell.folder.iterdir()) == []


def test_a_folder_is_not_a_manifest(shell: Shell) -> None:
    done = shell.run("plan", ".")

    assert done.returncode == 1
    assert done.stderr.startswith(".: This is a folder, a release is described by one file\n")


def test_mistakes_in_the_manifest_are_json_for_programs_and_words_for_people(small: Shell) -> None:
    toml = small.folder / "publish.toml"
    toml.write_text(SMALL.replace("abstract", "abstrakt").replace('"MIT"', '"MTI"'), "utf-8")

    done = small.run("plan", "--json", "--offline")

    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert list(told) == ["schema", "release", "actions", "links", "problems"]
    assert [problem["where"] for problem in told["problems"]] == [
        "publish.toml:5",
        "publish.toml:16",
    ]
    for problem in told["problems"]:
        assert f"{problem['where']}: {problem['what']}" in done.stderr


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("w\\leaves.bin", "A backslash begins no known escape"),
        ("C:\\Users\\ada", "An escape with \\u or \\U is not complete"),
        ("w\\uD800", "An escape with \\u or \\U names no character"),
    ],
)
def test_a_path_as_windows_writes_it_is_mended_at_the_first_try(
    small: Shell, path: str, what: str
) -> None:
    toml = small.folder / "publish.toml"
    toml.write_text(SMALL.replace('path = "w"', f'path = "{path}"'), "utf-8")

    done = small.run("plan", "--offline")

    assert done.returncode == 1
    assert f"publish.toml:15: {what}" in done.stderr
    assert "In a path write / in place of the backslash" in done.stderr


@pytest.mark.parametrize("command", ["check", "plan", "discard", "status", "verify"])
@pytest.mark.parametrize("toml", [None, 'schema = 1\n[paper]\ntitle = "Leaves\n'])
def test_for_programs_an_error_has_the_shape_of_an_answer(
    shell: Shell, command: str, toml: str | None
) -> None:
    if toml:
        (shell.folder / "publish.toml").write_text(toml, "utf-8")

    done = shell.run(command, "--json")

    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert told["schema"] == 1
    assert [problem["what"] for problem in told["problems"]] == [
        "A text is not closed on its line" if toml else "There is no publish.toml."
    ]


DOCUMENTED = re.findall(
    r"^\| `pubflow (\w+) --json` \| (.*) \|$",
    (ROOT / "docs" / "library.md").read_text("utf-8"),
    re.MULTILINE,
)


@pytest.mark.parametrize(("command", "keys"), DOCUMENTED)
def test_the_documentation_has_the_keys_that_a_program_reads(
    shell: Shell, command: str, keys: str
) -> None:
    told = json.loads(shell.run(command, "--json").stdout)

    assert re.findall(r"`(\w+)`", keys) == list(told)
    assert set(told["problems"][0]) == {"where", "what", "why", "hint", "severity"}
    assert len(DOCUMENTED) == 5


# What is printed.


def test_a_plan_offline_reads_well_and_needs_no_token(small: Shell) -> None:
    done = small.run("plan", "--offline")

    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("Leaves of grass 1.2.0\ntag v1.2.0\n")
    assert "\x1b" not in done.stdout
    assert "    + upload leaves.bin (6 B)" in done.stdout
    above, below = done.stdout.split("From here on nothing can be undone")
    assert "publish" not in above.partition("Reserve")[2]
    assert "publish the weights" in below


def test_a_plan_is_kept_in_a_file_and_a_folder_is_refused_before_anybody_is_asked(
    small: Shell,
) -> None:
    done = small.run("plan", "--offline", "--out", "w")

    assert done.returncode == 64
    assert done.stdout == ""
    assert done.stderr == "w is a folder. Name a file:\n\n    pubflow plan --out plan.json\n"


def test_pending_changes_are_an_exit_code_for_who_asks(small: Shell) -> None:
    assert small.run("plan", "--offline", "--detailed-exitcode").returncode == 2


def test_missing_tokens_are_named_with_where_to_get_them(small: Shell) -> None:
    done = small.run("plan")

    assert done.returncode == 1
    assert "https://zenodo.org/account/settings/applications" in done.stderr
    assert "        export ZENODO_TOKEN=..." in done.stderr.splitlines()


def test_nothing_released_is_a_status_too(small: Shell) -> None:
    words = small.run("status")
    told = json.loads(small.run("status", "--json").stdout)

    assert words.returncode == 0
    assert "Nothing was released or reserved from here yet" in words.stdout
    assert told == {
        "schema": 1,
        "identity": "leaves",
        "version": "1.2.0",
        "releases": {},
        "unfinished": [],
        "problems": [],
    }


def test_the_schema_is_the_one_that_the_documentation_holds(shell: Shell) -> None:
    done = shell.run("schema")

    assert done.returncode == 0
    assert done.stdout == (ROOT / "docs" / "publish.schema.json").read_text("utf-8")
    assert json.loads(done.stdout)["$schema"].startswith("https://json-schema.org/")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_that_lacks_letters_is_no_obstacle(small: Shell, encoding: str) -> None:
    toml = small.folder / "publish.toml"
    toml.write_text(SMALL.replace("Leaves of grass", "Tomás – 図書 ✓"), "utf-8")

    words = small.run("plan", "--offline", PYTHONIOENCODING=f"{encoding}:strict")
    told = small.run("plan", "--offline", "--json", PYTHONIOENCODING=f"{encoding}:strict")

    assert words.returncode == told.returncode == 0
    assert words.stderr == ""
    assert json.loads(told.stdout)["release"]["title"] == "Tomás – 図書 ✓"


def test_a_document_loses_no_letter_whatever_the_stream_is_said_to_take(small: Shell) -> None:
    toml = small.folder / "publish.toml"
    toml.write_text(SMALL.replace("Whitman", "Whitmän").replace("of grass", "草"), "utf-8")

    for form in ("--bibtex", "--text", "--ro-crate"):
        done = small.run("cite", form, PYTHONIOENCODING="ascii")
        assert "Whitmän" in done.stdout
        assert "草" in done.stdout


# Readers that go away.


def test_a_reader_who_has_seen_enough_ends_it_quietly(small: Shell) -> None:
    for command in ("plan --offline", "plan --offline --json", "schema", "status", "--help"):
        done = small.bash(f"$PUBFLOW {command} | true")
        assert "Traceback" not in done.stderr, command
        assert "BrokenPipe" not in done.stderr, command
    first = small.bash("$PUBFLOW plan --offline | head -1")
    assert first.stdout == "Leaves of grass 1.2.0\n"
    assert first.stderr == ""


def test_a_pipe_that_nobody_ever_reads_is_no_error(small: Shell) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "pubflow", "plan", "--offline"],
        cwd=small.folder,
        env=small.env,
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(write)

    assert done.stderr == b""
    assert done.returncode == 0


def test_errors_nobody_reads_still_have_their_exit_code(small: Shell) -> None:
    assert small.bash("$PUBFLOW plan nowhere.toml 2>&1 >/dev/null | true").stderr == ""
    assert small.bash("$PUBFLOW plan nowhere.toml 2>&-").returncode == 1
    assert small.bash("$PUBFLOW plan --offline --detailed-exitcode >&-").returncode == 2
    assert small.bash("$PUBFLOW release --offline <&- 2>&-").returncode == 64


def test_output_that_cannot_be_written_is_told(small: Shell) -> None:
    done = small.bash("ulimit -f 0; $PUBFLOW schema > out")

    assert done.returncode == 1
    assert done.stderr.startswith("This computer would not: File too large\n")


# When something goes wrong that nobody thought of.

ACCIDENT = """
import typer
from pubflow.cli import ending
from pubflow.tokens import Secret

app = typer.Typer()

@app.command()
def work() -> None:
    secret = Secret("ca" + "nary-7h1s-must-not-show").reveal()
    raise RuntimeError(f"the body was {secret}\\x1b[2J")

ending.run(app)
"""


def test_a_mistake_of_ours_is_one_sentence_without_secrets(shell: Shell) -> None:
    done = shell.run(python=("-c", ACCIDENT))

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "pubflow made a mistake: RuntimeError: the body was ***\\x1b[2J",
        "Run it again to go on, or see where it happened with:",
        "",
        "    export PUBFLOW_DEBUG=1",
    ]


def test_the_whole_trace_is_shown_when_asked_and_without_secrets(shell: Shell) -> None:
    done = shell.run(python=("-c", ACCIDENT), PUBFLOW_DEBUG="1")

    assert done.returncode == 1
    assert "Traceback (most recent call last):" in done.stderr
    assert ", in work" in done.stderr
    assert "RuntimeError: the body was ***" in done.stderr
    assert "ca" + "nary" not in done.stderr
    assert "\x1b" not in done.stderr
    assert "Traceback" not in shell.run(python=("-c", ACCIDENT), PUBFLOW_DEBUG="0").stderr


# The gate, on a real terminal; and Ctrl-C.


@pytest.fixture(scope="module")
def standins() -> Iterator[Rehearsal]:
    with Rehearsal.start() as rehearsal:
        yield rehearsal


@pytest.fixture
def stage(standins: Rehearsal, tmp_path: Path) -> Stage:
    made = Stage(standins, leaves(tmp_path / "project"))
    made.post("/reset", {})
    return made


class Person:
    """Somebody at a terminal of 80 columns, who reads what pubflow says and types."""

    def __init__(self, stage: Stage, *args: str, **env: str) -> None:
        self.seen = ""
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pubflow", *args],
            cwd=stage.folder,
            env=stage.env | {"TERM": "xterm", "COLUMNS": "80"} | env,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def reads(self, words: str) -> None:
        while words not in self.seen:
            data = b""
            with contextlib.suppress(OSError):
                data = os.read(self._master, 4096)
            assert data, f"it ended without saying {words!r}:\n{self.seen}"
            self.seen += data.decode("utf-8", "replace")

    def types(self, words: str) -> None:
        os.write(self._master, words.encode())

    def waits(self) -> int:
        with contextlib.suppress(OSError):
            while data := os.read(self._master, 4096):
                self.seen += data.decode("utf-8", "replace")
        os.close(self._master)
        return self.process.wait(60)


def public(stage: Stage) -> bool:
    return any(record["published"] for record in stage.world["zenodo"]["records"])


def test_typing_the_tag_publishes(stage: Stage) -> None:
    person = Person(stage, "release")
    person.reads("Type the tag v1.2.0 to publish")
    assert not public(stage)
    assert "Cannot be undone" in person.seen
    assert "publish the weights with its DOI, for ever" in person.seen

    person.types("v1.2.0\n")

    assert person.waits() == 0, person.seen
    assert public(stage)
    assert "1.2.0: released" in person.seen
    assert person.seen.rfind("\x1b[?25h") > person.seen.rfind("\x1b[?25l"), "the cursor is back"


@pytest.mark.parametrize("answer", ["yes\n", "\n", "1.2.0\n", "\x04"])
def test_typing_anything_else_publishes_nothing(stage: Stage, answer: str) -> None:
    stage.pubflow("release", "--until", "upload")
    person = Person(stage, "release", NO_COLOR="1")
    person.reads("anything else to leave it: ")

    person.types(answer)

    assert person.waits() == 3, person.seen
    assert "Not published." in person.seen
    assert "    pubflow release" in person.seen
    assert not public(stage)


def test_ctrl_c_at_the_gate_ends_it_at_once(stage: Stage) -> None:
    stage.pubflow("release", "--until", "upload")
    person = Person(stage, "release")
    person.reads("anything else to leave it: ")

    person.types("\x03")

    assert person.waits() == 130, person.seen
    assert "Stopped before anything became public." in person.seen
    assert not public(stage)


def test_without_colour_a_terminal_gets_none(stage: Stage) -> None:
    plain, coloured = Person(stage, "plan", NO_COLOR="1"), Person(stage, "plan")

    assert plain.waits() == coloured.waits() == 0
    assert not re.search(r"\x1b\[[\d;]*m", plain.seen)
    assert re.search(r"\x1b\[32m +\+ create a draft", coloured.seen)


def test_a_second_ctrl_c_ends_at_once(stage: Stage) -> None:
    # On stand-ins that end with it: what is delayed would be done in the middle of a later test.
    with Rehearsal.start() as standins:
        stage = replace(stage, rehearsal=standins)
        stage.fault("zenodo", 2, "delay", seconds=60, only="changes")
        process = stage.start("release", "--yes")
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("+ "):
                break
        process.send_signal(signal.SIGINT)
        for line in process.stderr:
            if line.startswith("Stopping"):
                break
        begun = time.monotonic()

        done = stage.interrupted(process)

    assert done.code == 130
    assert time.monotonic() - begun < 30
    assert "Traceback" not in done.err


EARLY = """
import importlib, os, signal, sys

class Impatient:
    def find_spec(self, name, *more):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Impatient())
module, _, name = sys.argv.pop(1).partition(":")
getattr(importlib.import_module(module), name)()
"""


def test_ctrl_c_before_it_has_begun_is_quiet(shell: Shell) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    done = shell.run(project["scripts"]["pubflow"], "plan", python=("-c", EARLY))

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_ctrl_c_while_only_looking_is_one_line(stage: Stage) -> None:
    stage.fault("zenodo", 1, "delay", seconds=3)
    process = stage.start("plan")
    while stage.post("/faults", []):
        time.sleep(0.02)

    done = stage.interrupted(process)

    assert done.code == 130
    assert done.err.strip() == "Stopped."


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_nothing_is_wider_than_the_terminal_but_what_is_to_be_copied(
    stage: Stage, columns: int
) -> None:
    wide = stage.pubflow("plan").out
    planned = Person(stage, "plan", COLUMNS=str(columns), NO_COLOR="1")
    assert planned.waits() == 0
    released = Person(stage, "release", "--yes", COLUMNS=str(columns), NO_COLOR="1")
    assert released.waits() == 0

    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", planned.seen).replace("\r", "\n").split("\n")
    said = [line for line in lines if "://" not in line and "note: " not in line]
    assert [line for line in said if len(line) > columns and "[code]" not in line] == []
    assert ("+------" in released.seen) == (columns >= 60)
    assert "                 ----- From here on nothing can be undone -----" in wide, "in a pipe"


@pytest.mark.parametrize("args", [["plan"], ["check", "--online"], ["release", "--yes"]])
def test_a_person_who_waits_sees_what_is_asked_and_a_log_does_not(
    stage: Stage, args: list[str]
) -> None:
    stage.fault("zenodo", 1, "delay", seconds=1)
    watched = Person(stage, *args)

    watched.reads("Asking weights.leaves@zenodo")

    assert watched.waits() == 0, watched.seen
    done = stage.pubflow(*args)
    assert "Asking" not in done.out + done.err
    assert "Reading" not in done.out + done.err


def test_a_plan_that_waits_for_a_busy_platform_says_so(stage: Stage) -> None:
    stage.fault("zenodo", 1, "429", retry_after=1)

    done = stage.pubflow("plan")

    assert re.search(r"@zenodo: .*\. Waiting 1 s, then looking again\.", done.err)


def test_a_release_whose_reader_goes_away_is_finished_all_the_same(stage: Stage) -> None:
    process = stage.start("release", "--yes", "--json")
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["event"] == "started"
    process.stdout.close()
    process.stdout = None

    _, err = process.communicate(timeout=120)

    assert process.returncode == 0, err
    assert err == ""
    assert stage.pubflow("plan", "--detailed-exitcode").code == 0
