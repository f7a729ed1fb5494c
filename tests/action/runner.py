"""A runner small enough to read: it runs the steps of workflows and of the Action under bash.

It does what GitHub's runner does with expressions, environment files, composite actions and
artifacts, as far as our own files use it; docs.github.com, "Workflow syntax" and "Metadata syntax",
2026-11. Foreign actions are stood in for by what they do: a clone, and two copies of files.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from action import log
from release.conftest import git
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|\|\||&&|==|[(),]|[\w.*-]+)")


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text("utf-8"))


def expression(text: str, known: Mapping[str, Any]) -> Any:
    """The value of what stands between `${{` and `}}`: paths, texts, `||`, `&&`, `==`, format()."""
    words = _TOKEN.findall(text)
    assert "".join(words) == re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", text), text

    def chosen() -> Any:
        value = both()
        while words[:1] == ["||"]:
            words.pop(0)
            other = both()
            value = value or other
        return value

    def both() -> Any:
        value = compared()
        while words[:1] == ["&&"]:
            words.pop(0)
            other = compared()
            value = value and other
        return value

    def compared() -> Any:
        value = single()
        if words[:1] == ["=="]:
            words.pop(0)
            return value == single()
        return value

    def single() -> Any:
        word = words.pop(0)
        if word.startswith("'"):
            return word[1:-1].replace("''", "'")
        if words[:1] == ["("]:
            words.pop(0)
            if word == "always":
                return words.pop(0) == ")"
            assert word == "format"
            given = [chosen()]
            while words.pop(0) == ",":
                given.append(chosen())
            return re.sub(r"\{(\d)\}", lambda hole: str(given[int(hole[1]) + 1]), given[0])
        value: Any = known
        for part in word.split("."):
            value = value.get(part, "") if isinstance(value, Mapping) else ""
        return value

    value = chosen()
    assert not words, text
    return value


def filled(value: Any, known: Mapping[str, Any]) -> str:
    text = "true" if value is True else "false" if value is False else str(value)
    return re.sub(r"\$\{\{(.*?)\}\}", lambda hole: str(expression(hole[1].strip(), known)), text)


@dataclass
class Ran:
    """How a step ended."""

    code: int
    log: str
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""

    @property
    def commands(self) -> list[log.Command]:
        return log.commands(self.log)


@dataclass
class Runner:
    """A fresh machine for one job. `kept` is what jobs of the same run share: the artifacts."""

    folder: Path
    action: Path
    """The Action's own checkout."""
    outer: dict[str, str]
    """Where the stand-ins are, and nothing else of this computer."""
    github: dict[str, Any]
    secrets: dict[str, str]
    origin: Path | None = None
    kept: Path | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    needs: dict[str, Any] = field(default_factory=dict)
    watch: Any = None
    """Called with each process of pubflow as it starts, if given."""

    def __post_init__(self) -> None:
        for name in ("temp", "home", "work", "bin"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        _uv(self.folder / "bin", self.folder / "temp")
        event = self.folder / "event.json"
        event.write_text(json.dumps(self.github["event"]), "utf-8")

    @property
    def workspace(self) -> Path:
        return self.folder / "work"

    @property
    def temp(self) -> Path:
        return self.folder / "temp"

    def env(self) -> dict[str, str]:
        ref = self.github["ref"]
        kind, _, short = ref.removeprefix("refs/").partition("/")
        return {
            **{k: v for k, v in self.outer.items() if not k.endswith("_TOKEN")},
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": self.github["event_name"],
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_REPOSITORY": self.github["repository"],
            "GITHUB_REF": ref,
            "GITHUB_REF_TYPE": "tag" if kind == "tags" else "branch",
            "GITHUB_REF_NAME": short,
            "GITHUB_RUN_ID": "5",
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            "PUBFLOW_KEYRING": "0",
        }

    def act(self, env: Mapping[str, str] | None = None, **inputs: str) -> Ran:
        """Use the Action, as a step with these inputs and this environment."""
        said = load(self.action / "action.yml")
        names = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert set(names) <= set(said["inputs"])
        given = {k: names.get(k, str(v.get("default", ""))) for k, v in said["inputs"].items()}
        known: dict[str, Any] = {
            "inputs": given,
            "steps": {},
            "github": {**self.github, "action_path": str(self.action)},
        }
        whole = ""
        for step in said["runs"]["steps"]:
            if "run" not in step:
                assert step["uses"].startswith("astral-sh/setup-uv@")
                continue
            ran = self._bash(step, known, env or {})
            whole += ran.log
            if "id" in step:
                known["steps"][step["id"]] = {"outputs": ran.outputs}
            if ran.code:
                return Ran(ran.code, whole, ran.outputs, ran.summary)
        out = {name: filled(one["value"], known) for name, one in said["outputs"].items()}
        return Ran(0, whole, out, ran.summary)

    def _bash(self, step: Mapping[str, Any], known: Any, env: Mapping[str, str]) -> Ran:
        assert step["shell"] == "bash"
        number = len(list(self.folder.glob("output-*")))
        output, summary = self.folder / f"output-{number}", self.folder / f"summary-{number}"
        output.touch()
        own = {name: filled(value, known) for name, value in step.get("env", {}).items()}
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        files["GITHUB_ENV"] = str(self.folder / f"env-{number}")
        script = self.folder / f"script-{number}.sh"
        script.write_text(step["run"], "utf-8")
        where = self.workspace / filled(step.get("working-directory", "."), known)
        process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=where,
            env={**self.env(), **env, **own, **files},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if self.watch is not None and "Run pubflow" in step.get("name", ""):
            self.watch(process)
        said, _ = process.communicate(timeout=180)
        if Path(files["GITHUB_ENV"]).exists():
            assert not Path(files["GITHUB_ENV"]).read_text("utf-8")
        text = summary.read_text("utf-8") if summary.exists() else ""
        return Ran(process.returncode, said, log.outputs(output.read_text("utf-8")), text)

    def job(self, workflow: Path, name: str) -> list[Ran]:
        """Run one job of a workflow, to its end or its first failing step."""
        job = load(workflow)["jobs"][name]
        steps: dict[str, Any] = {}
        known = {
            "github": self.github,
            "secrets": self.secrets,
            "inputs": self.inputs,
            "needs": self.needs,
            "runner": {"temp": str(self.temp)},
            "steps": steps,
        }
        if "if" in job and not expression(job["if"], known):
            return []
        done: list[Ran] = []
        for step in job["steps"]:
            given = {key: filled(value, known) for key, value in step.get("with", {}).items()}
            env = {key: filled(value, known) for key, value in step.get("env", {}).items()}
            ran = self._step(step, given, env, known)
            done.append(ran)
            if ran.code:
                break
            steps[step.get("id", "")] = {"outputs": ran.outputs}
        outputs = {k: filled(v, known) for k, v in job.get("outputs", {}).items()}
        failed = any(ran.code for ran in done)
        result = "failure" if failed else "success"
        self.needs = {**self.needs, name: {"outputs": outputs, "result": result}}
        return done

    def _step(
        self, step: Mapping[str, Any], given: dict[str, str], env: dict[str, str], known: Any
    ) -> Ran:
        uses = step.get("uses", "").partition("@")[0]
        if "run" in step:
            return self._bash(step, known, env)
        if uses == "actions/checkout":
            assert self.origin is not None
            assert given["persist-credentials"] == "false"
            ref = given.get("ref", self.github["ref"])
            shutil.rmtree(self.workspace)
            git(self.folder, "clone", "-q", "--no-checkout", str(self.origin), "work")
            server = f"{self.env()['GITHUB_SERVER_URL']}/{self.github['repository']}"
            git(self.workspace, "remote", "set-url", "origin", server)
            git(self.workspace, "checkout", "-q", "--detach", ref.removeprefix("refs/heads/"))
            return Ran(0, "")
        if uses == "actions/upload-artifact":
            assert self.kept is not None
            for path in (
                self.workspace.glob(given["path"])
                if "*" in given["path"]
                else [Path(given["path"])]
            ):
                place = self.kept / given["name"]
                place.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place / path.name)
            return Ran(0, "")
        if uses == "actions/download-artifact":
            assert self.kept is not None
            shutil.copytree(self.kept / given["name"], given["path"])
            return Ran(0, "")
        return self.act(env, **{key.replace("-", "_"): value for key, value in given.items()})


def _uv(place: Path, temp: Path) -> None:
    """A program in uv's place, so that nothing is fetched: environments that borrow this one's.

    It insists on what the installation must keep to, and makes the Action's own checkout the one
    that is imported.
    """
    lent = "\n".join(path for path in sys.path if path.endswith("site-packages"))
    program = place / "uv"
    program.write_text(
        f"""#!{sys.executable}
import pathlib, re, subprocess, sys
args = sys.argv[1:]
assert "--no-config" in args, args
if args[0] == "venv":
    assert any(a.startswith("--python=") for a in args), args
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", args[-1]], check=True)
    sys.exit()
assert args[:2] == ["pip", "install"], args
import os
lib = next(pathlib.Path(os.environ["VIRTUAL_ENV"]).glob("lib/python*/site-packages"))
if "--require-hashes" in args:
    text = pathlib.Path(args[-1]).read_text("utf-8")
    wanted = re.findall(r"^[a-z0-9][^ ]*==.*$", text, re.M)
    assert len(wanted) > 30 and all(line.endswith("\\\\") for line in wanted)
    assert any(line.startswith("hatchling==") for line in wanted)
else:
    assert "--no-deps" in args and "--no-build-isolation" in args, args
    source = pathlib.Path(args[-1]) / "src"
    assert (source / "pubflow" / "__init__.py").exists()
    (lib / "a.pth").write_text(f"{{source}}\\n" + {lent!r} + "\\n", "utf-8")
""",
        "utf-8",
    )
    program.chmod(0o755)
