"""Cards of ten shapes, released: the Hub takes them, a second run leaves them, the text stays."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from huggingface_hub.repocard import REGEX_YAML_BLOCK
from platforms.huggingface.scene import REPO, Scene
from ruamel.yaml import YAML

from pubflow.documents import card
from pubflow.links import Links
from pubflow.manifest import Kind, License


@dataclass(frozen=True)
class Shape:
    """What the author gives, and what must be in the head."""

    text: str = ""
    kind: Kind = Kind.WEIGHTS
    more: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    head: dict[str, Any] = field(default_factory=dict)


BODY = "# SeaGrassNet\n\nWritten  with two blanks,\ta tab, and no line end"
COMMENTED = """---
# The licence of the weights, not of the code.
license: apache-2.0
tags:
- seagrass   # hand-picked
my_own_key: {kept: true}
---
# Mine
"""
CONFIGS = """---
license: cc-by-4.0
configs:
- config_name: shallow
  data_files: shallow/*.parquet
- config_name: deep
  data_files: deep/*.parquet
---
# Two of them
"""
GATED = """---
license: apache-2.0
extra_gated_prompt: "Tell us who you are."
extra_gated_fields:
  Name: text
  Purpose:
    type: select
    options: [Research, Teaching]
---
# Ask first
"""

SHAPES = {
    "no card": Shape(head={"license": "apache-2.0"}),
    "only the author's body": Shape(BODY, head={"license": "apache-2.0"}),
    "a head with comments": Shape(COMMENTED, head={"my_own_key": {"kept": True}}),
    "a licence of its own": Shape(
        more={"license": License(name="utopia-research-1.0", url="https://utopia.example/l")},
        head={
            "license": "other",
            "license_name": "utopia-research-1.0",
            "license_link": "https://utopia.example/l",
        },
    ),
    "several configs": Shape(
        CONFIGS,
        Kind.DATA,
        {"license": License("CC-BY-4.0")},
        head={
            "configs": [
                {"config_name": "shallow", "data_files": "shallow/*.parquet"},
                {"config_name": "deep", "data_files": "deep/*.parquet"},
            ]
        },
    ),
    "gated": Shape(GATED, settings={"gated": "manual"}, head={"license": "apache-2.0"}),
    "data in three languages": Shape(
        "",
        Kind.DATA,
        {"language": ("en", "no", "pt-BR"), "task": ("text-classification",)},
        head={"language": ["en", "no", "pt"], "language_bcp47": ["pt-BR"]},
    ),
    "an adapter": Shape(
        more={"base_model": ("facebook/dinov2-large",), "relation": "adapter", "library": "peft"},
        head={"base_model": ["facebook/dinov2-large"], "base_model_relation": "adapter"},
    ),
    "quantised": Shape(
        more={"base_model": ("utopia-lab/seagrassnet-fp32",), "relation": "quantized"},
        head={"base_model_relation": "quantized"},
    ),
    "not ASCII": Shape(
        "---\nlicense: apache-2.0\npretty: Zoë’s “Wiesen”\n---\n# Зостера 海草 🌱\n",
        more={"title": "Prairies d’herbiers: été №1"},
        head={"pretty": "Zoë’s “Wiesen”"},
    ),
}


def the_card(scene: Scene) -> str:
    [target] = scene.run().manifest().targets
    return scene.run().platform._api(target).text(REPO, scene.type, "main", "README.md")


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_card_of_any_shape_is_taken_and_keeps_the_authors_words(
    scene: Scene, shape: Shape
) -> None:
    scene.kind = shape.kind
    scene.settings |= shape.settings
    scene.more = {**shape.more, "card_text": shape.text}
    look = scene.run().look()
    assert look.errors == []

    scene.run().release()

    text = the_card(scene)
    found = REGEX_YAML_BLOCK.match(text)
    assert found
    head = YAML(typ="safe", pure=True).load(found[2])
    assert json.loads(json.dumps(head)).items() >= shape.head.items()
    errors, _ = scene.run().platform._client(None).examine(text, scene.type)
    assert errors == ()
    if shape.text:
        body = shape.text.rpartition("\n---\n")[2] if "---" in shape.text else shape.text
        assert body in text
        for line in shape.text.splitlines():
            assert line in text
    before = scene.changes
    assert scene.run().look().ids == []
    assert scene.changes == before


def test_a_choice_of_licences_that_the_author_lists_is_the_one_of_publish_toml(
    scene: Scene,
) -> None:
    scene.more = {
        "license": License("MIT OR Apache-2.0"),
        "card_text": "---\nlicense: [mit, apache-2.0]\n---\n# Mine\n",
    }
    scene.run().release()
    look = scene.run().look()
    assert list(look.run.platform.verify(look.target, look.links)) == []


def test_a_card_that_the_hub_would_refuse_stops_the_plan_before_anything_is_made(
    scene: Scene,
) -> None:
    scene.more = {"card_text": "---\nlicense: my-own-words\n---\n# Mine\n"}
    look = scene.run().look()
    [problem] = [one for one in look.problems if one.severity == "error"]
    assert problem.what.startswith("The Hub would refuse the card of weights.seagrassnet: ")
    assert "license" in problem.what
    assert scene.changes == 0


def test_a_head_that_is_no_yaml_stops_the_plan_too(scene: Scene) -> None:
    scene.more = {"card_text": "---\nlicense: [mit\n---\n# Mine\n"}
    [target] = scene.run().manifest().targets
    state = scene.run().platform.observe(target, {})
    assert "is not YAML" in state.refused[0]


def test_what_the_hub_complains_of_is_a_warning(scene: Scene) -> None:
    scene.more = {"task": ("seagrass-counting",)}
    [problem] = scene.run().look().problems
    assert problem.severity == "warning"
    assert "seagrass-counting" in problem.what


def test_the_card_is_examined_once_in_a_run_and_not_after_the_release(scene: Scene) -> None:
    run = scene.run()
    run.look()
    run.look()
    asked = [e for e in scene.rehearsal.world()["log"] if "validate-yaml" in e["path"]]
    assert len(asked) == 1
    run.release()
    before = len([e for e in scene.rehearsal.world()["log"] if "validate-yaml" in e["path"]])
    scene.run().look()
    after = len([e for e in scene.rehearsal.world()["log"] if "validate-yaml" in e["path"]])
    assert after == before


FORM = {
    "prompt": "You agree:\n\n1. to cite us",
    "button": "Ask",
    "fields": {"Name": "text", "Why": ["Research", "no"], "I agree": "checkbox"},
}


def test_readers_are_asked_what_publish_toml_says(scene: Scene) -> None:
    scene.settings |= {"gated": "manual", "form": FORM}
    scene.run().release()
    data = scene.hand().model_info(REPO, expand=["cardData", "gated"])
    assert data.gated == "manual"
    card = data.card_data
    assert card["extra_gated_prompt"] == FORM["prompt"]
    assert card["extra_gated_button_content"] == "Ask"
    assert card["extra_gated_fields"] == {
        "Name": "text",
        "Why": {"type": "select", "options": ["Research", "no"]},
        "I agree": "checkbox",
    }
    assert scene.run().look().ids == []


def test_a_form_of_the_authors_own_stays_and_the_difference_is_told(scene: Scene) -> None:
    scene.settings |= {"gated": "auto", "form": {"prompt": "Another one"}}
    scene.more = {"card_text": GATED}
    run = scene.run()
    run.release()
    assert 'extra_gated_prompt: "Tell us who you are."' in the_card(scene)
    [target] = run.manifest().targets
    told = card.render(target, Links({target.name: None})).conflicts
    assert len(told) == 1
    assert "extra_gated_prompt" in told[0]


def test_questions_that_nobody_is_asked_are_told(scene: Scene) -> None:
    scene.more = {"card_text": GATED}
    [problem] = scene.run().look().problems
    assert problem.severity == "warning"
    assert problem.what.endswith("has questions for readers, and nobody is asked.")


def tables(scene: Scene, *names: str) -> None:
    scene.kind = Kind.DATA
    for name in names:
        scene.write(name, b"a,b\n1,2\n")


def test_the_viewer_is_told_the_splits_and_an_edit_of_the_card_stays(scene: Scene) -> None:
    tables(scene, "shallow/train.csv", "shallow/test.csv", "deep/train.csv", "deep/test.csv")
    scene.run().release()
    data = scene.hand().dataset_info(REPO, expand=["cardData"]).card_data
    assert data["configs"] == [
        {
            "config_name": name,
            "data_files": [
                {"split": "train", "path": f"{name}/train.csv"},
                {"split": "test", "path": f"{name}/test.csv"},
            ],
        }
        for name in ("deep", "shallow")
    ]
    assert "| Config | Split | Files |" in the_card(scene)
    assert scene.run().look().ids == []


@pytest.mark.parametrize("key", ["viewer: false", "configs: []", "dataset_info: {}"])
def test_nothing_is_guessed_where_the_author_speaks_to_the_viewer(scene: Scene, key: str) -> None:
    tables(scene, "train.csv", "test.csv")
    scene.more = {"card_text": f"---\nlicense: apache-2.0\n{key}\n---\n# Mine\n"}
    look = scene.run().look()
    assert look.problems == []
    scene.run().release()
    head = the_card(scene).split("---")[1]
    assert key in head
    assert "config_name" not in head


def test_formats_and_parts_that_the_viewer_cannot_show_are_warnings(scene: Scene) -> None:
    tables(scene, "train.csv", "test.jsonl", "more-00000-of-00002.csv")
    [target] = scene.run().manifest().targets
    found = {problem.what: problem.severity for problem in scene.run().platform.check(target)}
    assert found == {
        "The splits of data.meadows come as CSV and JSON Lines.": "warning",
        "more-*-of-00002.csv: 1 of 2 are here.": "warning",
    }
    scene.more = {"splits": {"train": "train.csv", "test": "*.jsonl"}}
    [target] = scene.run().manifest().targets
    assert len(list(scene.run().platform.check(target))) == 2
    scene.more = {"splits": {"train": "train.csv"}}
    [target] = scene.run().manifest().targets
    assert len(list(scene.run().platform.check(target))) == 1
