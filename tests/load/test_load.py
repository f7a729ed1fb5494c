"""What a sound publish.toml becomes, and what is inferred from the files around it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from pubflow.errors import Blocked
from pubflow.load import load
from pubflow.manifest import Kind

ROOT = Path(__file__).parents[2]
MINIMAL = """\
schema = 1

[paper]
title   = "SeaGrassNet: Self-supervised mapping of seagrass meadows"
authors = ["Ada Lovelace <0000-0002-1825-0097>", "Chen Wei"]

[weights.seagrassnet]
path = "checkpoints/base"

[data.meadows]
path    = "data/meadows"
license = "CC-BY-4.0"
"""
APACHE = (ROOT / "LICENSE").read_text()


def git(folder: Path, *args: str) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    identity = ("-c", "user.name=A", "-c", "user.email=a@b.example")
    subprocess.run(["git", *identity, *args], cwd=folder, env=env, check=True, capture_output=True)


@pytest.fixture
def seagrass(folder):
    """A checkout of the minimal paper with a remote on GitHub and a tag."""
    folder.write(
        {
            "LICENSE": APACHE,
            "checkpoints/base/model.safetensors": "weights",
            "data/meadows/train-0.parquet": "rows",
        }
    )
    git(folder.root, "init", "-q", "-b", "main")
    git(folder.root, "add", "LICENSE")
    git(folder.root, "commit", "-q", "-m", "first")
    git(folder.root, "tag", "v1.2.0")
    git(folder.root, "remote", "add", "origin", "git@github.com:utopia-lab/seagrass.git")
    return folder


def texts(loaded):
    return [f"{note.what}, {note.why}" for note in loaded.notes]


def test_the_minimal_file_becomes_a_whole_release(seagrass):
    loaded = seagrass.load(MINIMAL)

    release = loaded.manifest.release
    assert (release.identity, release.version, release.tag) == (
        "utopia-lab/seagrass", "1.2.0", "v1.2.0",
    )  # fmt: skip
    assert [target.name for target in loaded.manifest.targets] == [
        "code@github",
        "code@zenodo",
        "weights.seagrassnet@huggingface",
        "weights.seagrassnet@zenodo",
        "data.meadows@huggingface",
        "data.meadows@zenodo",
    ]
    code, weights, data = release.artifacts
    assert (code.license.spdx, code.history, code.files) == ("Apache-2.0", "full", ())
    assert weights.license.spdx == "Apache-2.0"
    assert data.license.spdx == "CC-BY-4.0"
    assert [file.name for file in weights.files] == ["model.safetensors"]
    assert weights.files[0].sha256
    assert loaded.manifest.root == seagrass.root.resolve()
    assert len(loaded.digest) == 64


def test_what_is_inferred_is_said(seagrass):
    notes = "\n".join(texts(seagrass.load(MINIMAL)))

    assert "weights.seagrassnet inherits the code's licence Apache-2.0" in notes
    assert '"Chen Wei" is read as given "Chen", family "Wei"' in notes
    assert "The version is 1.2.0, the git tag v1.2.0 says so" in notes


def test_settings_are_resolved(seagrass):
    manifest = seagrass.load(MINIMAL + '[targets.huggingface]\nowner = "lab"\n').manifest

    settings = {target.name: target.settings for target in manifest.targets}
    assert settings["code@github"]["repo"] == "utopia-lab/seagrass"
    assert settings["data.meadows@huggingface"]["repo"] == "lab/meadows"
    title = "SeaGrassNet: Self-supervised mapping of seagrass meadows: meadows"
    assert settings["data.meadows@zenodo"]["title"] == title


def test_without_an_owner_the_hub_gets_a_name_only(seagrass):
    target = seagrass.load(MINIMAL).manifest.target("data.meadows@huggingface")

    assert target.settings["name"] == "meadows"
    assert "repo" not in target.settings


def test_own_settings_come_before_the_account(folder):
    text = folder.sound_but(
        "targets.huggingface.owner = 'lab'",
        "targets.zenodo = { sandbox = true, communities = ['a'] }",
        "data.d.target.huggingface = { repo = 'other/D', gated = 'manual' }",
        "data.d.target.zenodo = { title = 'Mine', communities = ['b'] }",
    )

    hub, zenodo = folder.load(text).manifest.targets

    assert (hub.settings["repo"], hub.settings["gated"]) == ("other/D", "manual")
    assert (zenodo.settings["title"], zenodo.settings["communities"]) == ("Mine", ("b",))
    assert zenodo.settings["sandbox"] is True


def test_outside_of_git_there_is_no_code_and_it_is_said(folder):
    loaded = folder.load(folder.sound_but())

    assert [artifact.kind for artifact in loaded.manifest.release.artifacts] == [Kind.DATA]
    assert any("No code is released" in text for text in texts(loaded))


def test_a_checkout_without_a_remote_releases_no_code(folder):
    git(folder.root, "init", "-q")

    loaded = folder.load(folder.sound_but())

    assert [artifact.key for artifact in loaded.manifest.release.artifacts] == ["data.d"]
    assert any("no remote on GitHub" in text for text in texts(loaded))


@pytest.mark.parametrize(
    "line", ["exclude = ['x/']", "path = 'd'", "exclude = ['x']\nhistory='full'"]
)
def test_leaving_out_a_part_of_the_history_needs_a_snapshot(seagrass, line):
    text = MINIMAL + f'\n[code]\nlicense = "Apache-2.0"\n{line}\n'

    [problem] = seagrass.errors(text)

    assert 'history = "snapshot"' in problem.hint


def test_a_snapshot_may_leave_out_what_it_likes(seagrass):
    text = MINIMAL + '\n[code]\npath = "d"\nhistory = "snapshot"\nlicense = "MIT"\n'

    [code, *_] = seagrass.load(text).manifest.release.artifacts

    assert (code.history, code.path) == ("snapshot", seagrass.root / "d")


def test_a_plain_folder_is_a_snapshot(folder):
    text = folder.sound_but(
        "code = { license = 'MIT', exclude = ['x/'], target.github.repo = 'o/r' }"
    )

    assert folder.load(text).manifest.release.artifact("code").history == "snapshot"


@pytest.mark.parametrize(
    ("lines", "identity"),
    [
        (["release.id = 'mine'", "targets.huggingface.owner = 'o'"], "mine"),
        (["targets.huggingface.owner = 'o'"], "o/d"),
        ([], "t"),
    ],
)
def test_the_identity_is_the_first_that_is_known(folder, lines, identity):
    assert folder.load(folder.sound_but(*lines)).manifest.release.identity == identity


@pytest.mark.parametrize(
    ("files", "version", "by"),
    [
        ({"pyproject.toml": '[project]\nversion = "v3.1"\n'}, "3.1", "pyproject.toml"),
        ({"CITATION.cff": "version: 2.0.1\n"}, "2.0.1", "CITATION.cff"),
    ],
)
def test_the_version_is_taken_from_the_files_around(folder, files, version, by):
    folder.write(files)

    loaded = folder.load(folder.sound_but(without=("defaults.version",)))

    assert loaded.manifest.release.version == version
    assert any(by in text for text in texts(loaded))


def test_a_leading_v_is_taken_off_the_version_and_the_tag_has_its_own(folder):
    text = folder.sound_but(
        "defaults.version = 'v2.0'", "release.tag = 'paper-{version}'", without=("defaults",)
    )

    release = folder.load(text).manifest.release

    assert (release.version, release.tag) == ("2.0", "paper-2.0")


def test_authors_that_are_left_out_come_from_the_citation_file(folder):
    folder.write(
        {
            "CITATION.cff": "authors:\n- given-names: Ada\n  family-names: Lovelace\n"
            "  orcid: https://orcid.org/0000-0002-1825-0097\n- name: The Lab\n"
        }
    )

    ada, lab = folder.load(
        folder.sound_but(without=("paper.authors",))
    ).manifest.release.paper.authors

    assert (ada.given, ada.family, ada.orcid) == ("Ada", "Lovelace", "0000-0002-1825-0097")
    assert lab.is_organization


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("Ada Lovelace", "Ada", "Lovelace"),
        ("Wei, Chen", "Chen", "Wei"),
        ("Plato", "", "Plato"),
        ("María José García <0000-0002-1825-0097> <m@x.example>", "María José", "García"),
    ],
)
def test_an_author_in_one_line_is_split(folder, text, given, family):
    manifest = folder.load(
        folder.sound_but(f"paper.authors = ['{text}']", without=("paper.authors",))
    ).manifest

    [author] = manifest.release.paper.authors
    assert (author.given, author.family) == (given, family)


def test_weights_say_what_they_are_by_their_configuration(folder):
    config = {"architectures": ["SegformerForSemanticSegmentation"], "transformers_version": "5"}
    adapter = {"base_model_name_or_path": "facebook/dinov2-large"}
    folder.write(
        {"w/config.json": json.dumps(config), "a/adapter_config.json": json.dumps(adapter)}
    )
    text = folder.sound_but(
        "weights.w = { path = 'w', license = 'MIT' }", "weights.a = { path = 'a', license = 'MIT' }"
    )

    release = folder.load(text).manifest.release

    weights, adapted = release.artifact("weights.w"), release.artifact("weights.a")
    assert (weights.library, weights.task) == ("transformers", ("image-segmentation",))
    assert (adapted.base_model, adapted.relation) == (("facebook/dinov2-large",), "adapter")


def test_cards_and_abstracts_are_read_byte_for_byte(folder):
    folder.write({"card.md": "# A\r\n\r\nb\r\n", "abstract.md": "Short.\n"})
    text = folder.sound_but("data.d.card = 'card.md'", "paper.abstract.file = 'abstract.md'")

    release = folder.load(text).manifest.release

    assert release.artifact("data.d").card_text == "# A\r\n\r\nb\r\n"
    assert release.paper.abstract == "Short.\n"


def test_a_readme_among_the_files_is_the_card_where_none_is_named(folder):
    folder.write({"d/README.md": "# Mine\n"})

    assert (
        folder.load(folder.sound_but()).manifest.release.artifact("data.d").card_text == "# Mine\n"
    )


def test_names_that_windows_cannot_store_are_told_and_released(folder):
    folder.write({"d/aux.txt": "x", "d/10:30.csv": "x"})

    loaded = folder.load(folder.sound_but())

    [said] = [note for note in loaded.notes if "Windows" in note.what]
    assert said.what == 'Windows cannot store "10:30.csv", "aux.txt" of "d"'
    assert said.severity == "warning"
    assert "aux.txt" in {file.name for file in loaded.manifest.release.artifact("data.d").files}


def test_links_out_of_the_folder_are_refused(folder, tmp_path):
    (tmp_path / "secret.csv").write_text("x")
    (folder.root / "out").symlink_to(tmp_path)
    (folder.root / "d" / "out.csv").symlink_to(tmp_path / "secret.csv")

    problems = folder.errors(folder.sound_but("data.e = { path = 'out', license = 'MIT' }"))

    assert [problem.where for problem in problems] == ["publish.toml:5", "publish.toml:7"]
    assert all("out of the" in problem.what for problem in problems)


def test_our_own_files_are_no_part_of_an_artifact_beside_them(folder):
    folder.write({"publish.lock": "", ".pubflow/journal.db": ""})
    text = folder.sound_but("data.d.path = '.'", without=("data.d.path",))

    [data] = folder.load(text).manifest.release.artifacts

    assert [file.name for file in data.files] == ["d/train.csv"]


def test_a_differing_license_file_is_a_warning(folder):
    folder.write({"LICENSE": APACHE})
    text = folder.sound_but("code = { license = 'MIT', target.github.repo = 'o/r' }")

    [warning] = [note for note in folder.load(text).notes if note.severity == "warning"]

    assert "MIT" in warning.what
    assert "Apache-2.0" in warning.what


def test_embargo_and_date_are_dates(folder):
    text = folder.sound_but(
        "defaults.embargo = { until = 2027-01-01 }", "release.date = 2026-11-20"
    )

    release = folder.load(text).manifest.release

    assert release.date == date(2026, 11, 20)
    assert release.artifact("data.d").embargo_until == date(2027, 1, 1)


def test_the_full_design_stops_only_at_what_is_not_yet_there(folder):
    full = (Path(__file__).parent / "full.toml").read_text()
    folder.write(
        {
            "paper/abstract.md": "Short.",
            "checkpoints/base/model.safetensors": "w",
            "results/base.json": "{}",
            "cards/base.md": "b",
            "cards/large.md": "l",
            "cards/meadows.md": "m",
            "LICENSES/utopia-research-1.0.txt": "Only here.",
            "data/meadows/train-0.parquet": "r",
            "data/meadows/test-0.parquet": "r",
        }
    )

    problems = folder.errors(full)

    assert len(problems) == 3
    assert "s3:// paths are not yet" in problems[1].what
    assert "Kaggle is not yet" in problems[2].what
    assert "The name of the GitHub repository is not known" in problems[0].what


def test_the_full_design_loads_without_what_is_not_yet_there(folder):
    folder.write({"large/model.safetensors": "w", "paper/abstract.md": "Short."})
    full = (Path(__file__).parent / "full.toml").read_text()
    full = full.replace("s3://utopia-ml/seagrass/large/", "large").replace(', "kaggle"', "")
    full = full.replace('owner = "utopia-lab"', 'owner = "utopia-lab"\nrepo = "seagrass"', 1)
    for name in ("checkpoints/base/m.bin", "data/meadows/train-0.parquet"):
        folder.write({name: "x"})
    folder.write({"data/meadows/test-0.parquet": "x", "results/base.json": '{"metrics": []}'})
    for name in ("cards/base.md", "cards/large.md", "cards/meadows.md"):
        folder.write({name: "x"})
    folder.write({"LICENSES/utopia-research-1.0.txt": "x"})

    manifest = folder.load(full).manifest

    assert len(manifest.targets) == 7
    large = manifest.target("weights.seagrassnet-large@huggingface")
    assert large.settings["repo"] == "utopia-lab/SeaGrassNet-L"
    assert large.artifact.license.name == "utopia-research-1.0"


def test_the_example_loads():
    assert len(load(ROOT / "publish.example.toml", env={}).manifest.targets) == 6


def test_an_md5_is_taken_where_a_platform_compares_it(folder):
    text = folder.sound_but(
        "data.d.targets = ['huggingface']",
        "targets.huggingface.owner = 'lab'",
        "data.e = { path = 'd', license = 'MIT', targets = ['huggingface', 'zenodo'] }",
    )
    here, both = folder.load(text).manifest.release.artifacts
    assert here.files[0].md5 == ""
    assert both.files[0].md5 == hashlib.md5(b"a,b\n1,2\n").hexdigest()
    assert here.files[0].sha256 == both.files[0].sha256


def test_no_file_is_hashed_while_there_is_an_error(folder):
    heard: list[str] = []
    folder.file.write_text(folder.sound_but("paper.doi = 'x'"))

    with pytest.raises(Blocked):
        load(folder.file, env={}, progress=lambda name, count: heard.append(name))

    assert heard == []


def test_reading_imports_no_client_of_a_platform():
    heavy = (
        "{'github', 'requests', 'huggingface_hub', 'ruamel', 'license_expression', 'jsonschema'}"
    )
    program = f"import sys, pubflow.load; sys.exit(bool({heavy} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_codes_places_know_of_each_other(seagrass):
    """Zenodo can make records of GitHub's releases by itself: what is said of it concerns both."""
    manifest = seagrass.load(MINIMAL + '[targets.zenodo]\nwebhook = "off"\n').manifest

    settings = {target.name: target.settings for target in manifest.targets}
    assert settings["code@github"]["zenodo"] == {"webhook": "off"}
    assert settings["code@zenodo"]["github"] == "utopia-lab/seagrass"
    assert "github" not in settings["data.meadows@zenodo"]


def test_the_codes_languages_and_where_the_project_stands_are_carried(seagrass):
    text = MINIMAL + '[code]\nlanguages = ["Python", "C++"]\ndevelopment = "active"\n'
    code = seagrass.load(text).manifest.release.artifact("code")

    assert code.language == ("Python", "C++")
    assert code.development == "active"


def test_an_author_who_is_named_twice_is_told_unless_two_orcids_tell_namesakes_apart(folder):
    folder.write({"d/a.csv": "a\n"})
    text = """
        schema = 1
        [paper]
        title = "T"
        authors = [AUTHORS]
        [defaults]
        version = "1"
        [data.d]
        path = "d"
        license = "CC-BY-4.0"
        """

    def warned(authors: str) -> list[str]:
        notes = folder.load(text.replace("AUTHORS", authors)).notes
        return [note.what for note in notes if note.severity == "warning"]

    assert warned("'Ada Lovelace', 'Chen Wei', 'Lovelace, ada'") == [
        '"ada Lovelace" is named twice, as number 1 and as number 3'
    ]
    first, second = "<0000-0002-1825-0097>", "<0000-0001-5109-3700>"
    assert warned(f"'Ada Lovelace {first}', 'Ada Lovelace {second}'") == []
    assert warned("'Ada Lovelace', 'Ada King'") == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('checks.profile = "neurips"', "profile has no effect in this version"),
        ('checks.limits = { max_git_file = "50MB" }', "limits has no effect in this version"),
        (
            'checks.ignore = [{ id = "SEC01", path = "a", reason = "r" }]',
            '"SEC01" is no check of this version',
        ),
    ],
)
def test_what_a_check_table_asks_in_vain_is_told(folder, line, told):
    assert told in [note.what for note in folder.load(folder.sound_but(line)).notes]
