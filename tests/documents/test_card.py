"""Cards: a valid head, the author's prose untouched, links to everything else."""

from __future__ import annotations

import difflib
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from documents.releases import (
    NASTY,
    VARIED,
    data,
    links,
    paper,
    release,
    releases,
    target,
    weights,
)
from huggingface_hub.repocard import REGEX_YAML_BLOCK
from hypothesis import given, settings
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from pubflow.documents import blocks, card
from pubflow.documents.card.head import evaluations, size_category
from pubflow.errors import PubflowError
from pubflow.links import Links
from pubflow.manifest import Artifact, File, Kind, License, Release, Target
from pubflow.tensors import Tensors


def head(text: str) -> dict[str, Any]:
    """The head as the Hub's own client finds it, read by a YAML 1.1 and a 1.2 reader alike."""
    found = REGEX_YAML_BLOCK.match(text)
    assert found
    new = YAML(typ="safe", pure=True).load(found[2])
    old = YAML(typ="safe", pure=True)
    old.version = (1, 1)
    assert old.load(found[2]) == new
    return new


def render(artifact: Artifact, of: Release | None = None, **options: Any) -> str:
    return card.render(target(artifact, of), links(of), **options).text


def with_text(artifact: Artifact, text: str) -> Artifact:
    return replace(artifact, card_text=text)


def test_a_models_head_says_what_the_hub_wants_to_know() -> None:
    assert head(render(weights(keywords=("Remote Sensing",)))) == {
        "license": "apache-2.0",
        "library_name": "transformers",
        "pipeline_tag": "image-segmentation",
        "tags": ["remote-sensing"],
        "datasets": ["utopia-lab/meadows", "torchgeo/ssl4eo_l"],
        "base_model": ["facebook/dinov2-large"],
        "base_model_relation": "finetune",
        "model-index": [
            {
                "name": "SeaGrassNet Base",
                "results": [
                    {
                        "task": {"type": "image-segmentation"},
                        "dataset": {
                            "type": "utopia-lab/meadows",
                            "name": "Meadows-12k",
                            "split": "test",
                        },
                        "metrics": [{"type": "mean_iou", "value": 0.87, "name": "Mean IoU"}],
                    }
                ],
            }
        ],
    }


def test_a_data_sets_head_says_splits_and_sizes() -> None:
    assert head(render(data(language=("de", "fr", "no")), rows=12_000)) == {
        "license": "cc-by-4.0",
        "language": ["de", "fr", "no"],
        "pretty_name": "Meadows-12k",
        "task_categories": ["image-segmentation"],
        "size_categories": ["10K<n<100K"],
        "tags": ["remote-sensing", "seagrass"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": "train", "path": "train-*.parquet"},
                    {"split": "test", "path": "test-*.parquet"},
                ],
            }
        ],
    }


def test_a_size_is_said_only_when_it_is_known() -> None:
    assert "size_categories" not in head(render(data()))
    assert [size_category(n) for n in (0, 999, 1000, 10**12)] == [
        "n<1K",
        "n<1K",
        "1K<n<10K",
        "n>1T",
    ]


@pytest.mark.parametrize("shape", VARIED)
@pytest.mark.parametrize("kind", [Kind.WEIGHTS, Kind.DATA])
def test_every_shape_has_a_head_that_can_be_read(shape: str, kind: Kind) -> None:
    of = VARIED[shape]
    for artifact in of.artifacts:
        if artifact.kind is kind:
            text = card.render(Target(artifact, "huggingface", of), links(of)).text
            assert head(text)["license"]
            assert text.endswith(blocks.END + "\n")
            assert text.count(blocks.BEGIN) == text.count(blocks.END)


@settings(max_examples=25, deadline=None)
@given(of=releases())
def test_a_card_rendered_from_itself_is_the_same(of: Release) -> None:
    for artifact in of.artifacts[1:]:
        first = render(artifact, of)
        head(first)
        made = with_text(artifact, first)
        again = card.render(target(made, of), links(of))
        assert again.text == first
        assert again.conflicts == ()


BODY = "# Mine\r\n\r\nProse  with *odd*   spacing.\t\r\n\r\n| a |\r\n"
HEAD = """\
# by hand
license: mit   # chosen
tags:
- mine         # stays
- seagrass
widget:
  - text: "1.10"
inference: false
datasets: imagenet-1k
"""


def test_the_authors_prose_stays_byte_for_byte() -> None:
    made = render(with_text(weights(), BODY))
    assert f"---\r\n{BODY}\r\n{blocks.BEGIN}\r\n" in made
    assert made.count("\n") == made.count("\r\n")


def test_a_tag_that_the_author_wrote_with_blanks_is_not_added_again() -> None:
    artifact = with_text(weights(), "---\ntags:\n  - Remote Sensing\n---\n\nText.\n")
    made = card.render(target(artifact), links()).text
    assert "\ntags:\n  - Remote Sensing\n  - seagrass\n" in made


def test_a_head_by_hand_keeps_its_keys_comments_and_order() -> None:
    artifact = with_text(weights(), f"---\n{HEAD}---\n\nText.\n")
    made = card.render(target(artifact), links())
    added = [
        line
        for line in difflib.ndiff(HEAD.splitlines(), made.text.split("---\n")[1].splitlines())
        if line[0] in "+-"
    ]
    assert not [line for line in added if line.startswith("-") and "datasets" not in line]
    for kept in (
        "# by hand",
        "license: mit   # chosen",
        "- mine         # stays",
        '- text: "1.10"',
    ):
        assert kept in made.text
    said = head(made.text)
    assert list(said)[:5] == ["license", "tags", "widget", "inference", "datasets"]
    assert said["tags"] == ["mine", "seagrass", "remote-sensing"]
    assert said["datasets"] == ["imagenet-1k", "utopia-lab/meadows", "torchgeo/ssl4eo_l"]
    [conflict] = made.conflicts
    assert "“mit”" in conflict
    assert "“apache-2.0”" in conflict
    assert "\n\nText.\n" in made.text


def test_a_key_without_a_value_is_filled_and_no_contradiction() -> None:
    text = "---\nlicense:  # to do\nlanguage:\ntags:\nlibrary_name: ~\n---\nText.\n"
    said = card.render(target(with_text(weights(language=("en",)), text)), links())
    made = head(said.text)
    assert said.conflicts == ()
    assert (made["license"], made["library_name"]) == ("apache-2.0", "transformers")
    assert (made["language"], made["tags"][0]) == (["en"], "remote-sensing")


def test_a_list_of_the_licences_that_one_may_choose_from_is_no_contradiction() -> None:
    text = "---\nlicense:\n- apache-2.0\n- mit\n---\nText.\n"
    either = weights(license=License("MIT OR Apache-2.0"))
    said = card.render(target(with_text(either, text)), links())
    assert (said.conflicts, head(said.text)["license"]) == ((), ["apache-2.0", "mit"])
    assert "license_name" not in head(said.text)
    both = weights(license=License("MIT AND Apache-2.0"))
    assert card.render(target(with_text(both, text)), links()).conflicts


def test_a_list_of_one_licence_is_that_licence() -> None:
    text = "---\nlicense:\n- apache-2.0\n---\nText.\n"
    said = card.render(target(with_text(weights(), text)), links())
    assert said.conflicts == ()
    own = License(name="utopia-1.0", url="https://utopia.example/l")
    text = "---\nlicense: [other]\n---\nText.\n"
    made = render(with_text(weights(license=own), text))
    assert head(made)["license_name"] == "utopia-1.0"
    text = "---\nlicense: [mit, apache-2.0]\n---\nText.\n"
    said = card.render(target(with_text(weights(), text)), links())
    assert "differ in license" in said.conflicts[0]


def test_what_stands_between_the_markers_is_replaced() -> None:
    text = f"Before.\n\n{blocks.BEGIN}\nold\n{blocks.END}\n\nAfter, no line end"
    made = render(with_text(weights(), text))
    assert "old" not in made
    assert "Before.\n\n<!-- pubflow:begin -->\n## Links" in made
    assert made.endswith("<!-- pubflow:end -->\n\nAfter, no line end")


@pytest.mark.parametrize(
    "text",
    [
        f"{blocks.BEGIN}\nno end\n",
        f"{blocks.END}\n{blocks.BEGIN}\n",
        f"{blocks.BEGIN}\n{blocks.END}\n{blocks.BEGIN}\n{blocks.END}\n",
        "---\na: [\n---\ntext\n",
        "---\na: 1\na: 2\n---\ntext\n",
        "---\nlicense: apache-2.0\n\n# Mine\n",
        "\ufeff---\n# Guide\nlicense: apache-2.0\n",
        "---\rlicense: apache-2.0\r---\r# Mine\r",
        "---\nx: !!python/object/apply:os.system [ls]\n---\n# Mine\n",
    ],
)
def test_what_cannot_be_merged_is_refused_with_advice(text: str) -> None:
    with pytest.raises(PubflowError) as caught:
        render(with_text(weights(), text))
    assert "ard of weights.seagrassnet" in caught.value.what
    assert caught.value.hint


def test_a_rule_at_the_top_is_no_head() -> None:
    for text in (
        "---\n\nA text between rules.\n\n---\n\nMore.\n",
        "---\n\nNote: one rule, and no other.\n",
    ):
        made = render(with_text(weights(), text))
        assert head(made)["license"] == "apache-2.0"
        assert text in made


@pytest.mark.parametrize(
    "text",
    [
        "---\n# The spec: https://spec.example\n# Guide\n{}\n---\n# Mine\n",
        "---\n# The spec: https://spec.example\n# Guide\n\n---\n# Mine\n",
        "---\n# Guide\n---\n# Mine\n",
        "---\n{}\n---\n# Mine\n",
        "---\n---\n# Mine\n",
    ],
)
def test_a_head_that_says_nothing_yet_is_filled_and_keeps_its_comments(text: str) -> None:
    made = render(with_text(weights(), text))
    assert head(made)["license"] == "apache-2.0"
    top, _, rest = made.partition("\n---\n")
    assert rest.startswith("# Mine\n")
    assert [line for line in top.splitlines() if line.startswith("#")] == [
        line for line in text.partition("\n---\n")[0].splitlines() if line.startswith("#")
    ]
    assert render(with_text(weights(), made)) == made


@pytest.mark.parametrize("start", ["\n", "\n\n", "\r\n", "\ufeff\n", " \n"])
def test_blank_lines_do_not_hide_the_head(start: str) -> None:
    said = card.render(
        target(with_text(weights(), f"{start}---\nlicense: mit\n---\n# Mine\n")), links()
    )
    assert said.text.startswith("---\nlicense: mit\n")
    assert "differ in license" in said.conflicts[0]


def test_a_byte_order_mark_does_not_hide_the_head() -> None:
    made = render(with_text(weights(), "\ufeff---\nlicense: apache-2.0\n---\nText.\n"))
    assert made.startswith("---\nlicense: apache-2.0\n")
    assert made.count("license: apache") == 1


def test_the_body_links_paper_repository_doi_and_siblings() -> None:
    made = render(with_text(weights(), "Text.\n"))
    for address in (
        "https://arxiv.org/abs/2605.01234",
        "https://github.com/utopia-lab/seagrass",
        "https://doi.org/10.5281/zenodo.201",
        "https://doi.org/10.5281/zenodo.101",
        "https://huggingface.co/datasets/utopia-lab/meadows",
        "https://doi.org/10.5281/zenodo.202",
        "https://doi.org/10.5281/zenodo.200",
    ):
        assert f"]({address})" in made, address
    assert "[![DOI](https://zenodo.org/badge/DOI/10.5281/zenodo.101.svg)]" in made
    assert "@inproceedings{" in made
    assert "@dataset{" not in made


def test_a_language_goes_by_its_bare_code_and_what_more_is_said_of_it_beside() -> None:
    made = head(render(data(language=("EN", "pt-BR", "no", "pt-PT", "zh-Hant"))))
    assert made["language"] == ["en", "pt", "no", "zh"]
    assert made["language_bcp47"] == ["pt-BR", "pt-PT", "zh-Hant"]
    assert "language_bcp47" not in head(render(data(language=("en",))))


def test_what_comes_from_a_sibling_points_to_its_own_page() -> None:
    base = weights(key="weights.base", title="The base", base_model=(), relation="")
    adapter = weights(base_model=("@weights.base",), relation="adapter")
    of = release(artifacts=(base, adapter, data()))
    made = render(adapter, of)
    assert head(made)["base_model"] == ["utopia-lab/base"]
    assert head(made)["base_model_relation"] == "adapter"
    shown = "[The base](https://huggingface.co/utopia-lab/base) (adapter)"
    assert f"- **Derived from model:** {shown}\n" in made
    drawn = data(key="data.small", responsible={"derived_from": ["@data.meadows"]})
    made = render(drawn, release(artifacts=(data(), drawn)))
    page = "[Meadows-12k](https://huggingface.co/datasets/utopia-lab/meadows)"
    assert f"### Source Data\n\n- {page}\n" in made


def test_no_base_model_is_not_taken_for_weights_made_from_nothing() -> None:
    made = render(weights(base_model=(), relation=""))
    assert "- **Derived from model:** not stated\n" in made


def test_without_prose_the_body_says_only_what_is_known() -> None:
    made = render(weights())
    headings = [
        line for line in made.split(blocks.BEGIN)[0].splitlines() if line.startswith(("# ", "## "))
    ]
    assert headings == [
        "# SeaGrassNet Base",
        "## Model Details",
        "## Uses",
        "## Bias, Risks, and Limitations",
        "## How to Get Started with the Model",
        "## Training Details",
        "## Evaluation",
        "## Environmental Impact",
        "## Technical Specifications",
    ]
    assert "### Direct Use\n\nnot stated" in made
    assert "| Meadows-12k | test | Mean IoU | 0.87 |" in made
    assert 'snapshot_download("utopia-lab/seagrassnet", revision="v1.0.0")' in made
    made = render(data())
    assert "### Direct Use\n\nTraining." in made
    assert "**Synthetic:** No." in made
    assert "**Biases:** not stated" in made


@pytest.mark.parametrize(
    ("license", "files", "said"),
    [
        (License("ODbL-1.0"), (), {"license": "odbl"}),
        (
            License(name="utopia-1.0", file=Path("L.txt")),
            (File("LICENSE.txt", 1, "0"),),
            {
                "license": "other",
                "license_name": "utopia-1.0",
                "license_link": "https://huggingface.co/datasets/utopia-lab/meadows"
                "/blob/main/LICENSE.txt",
            },
        ),
        (
            License(name="utopia-1.0", file=Path("L.md")),
            (File("LICENSE.md", 1, "0"),),
            {"license": "other", "license_name": "utopia-1.0", "license_link": "LICENSE.md"},
        ),
        (
            License("MIT-0"),
            (),
            {
                "license": "other",
                "license_name": "mit-0",
                "license_link": "https://spdx.org/licenses/MIT-0",
            },
        ),
        (
            License("MIT OR Apache-2.0"),
            (),
            {
                "license": "other",
                "license_name": "mit-or-apache-2.0",
                "license_link": "https://spdx.org/licenses/",
            },
        ),
        (
            License("MIT OR Apache-2.0"),
            (File("LICENSE", 1, "0"),),
            {"license": "other", "license_name": "mit-or-apache-2.0", "license_link": "LICENSE"},
        ),
    ],
)
def test_the_licence_is_the_hubs_own(license: License, files: Any, said: dict[str, str]) -> None:
    found = head(render(data(license=license, files=files)))
    assert {k: v for k, v in found.items() if k.startswith("license")} == said


def test_a_lossy_licence_is_told() -> None:
    made = card.render(target(weights(license=License("GPL-3.0-only"))), links())
    assert "gpl-3.0" in made.notes[0]


@pytest.mark.parametrize("relation", ["adapter", "quantized", "merge"])
def test_the_relation_to_the_base_model_is_kept(relation: str) -> None:
    of = weights(relation=relation, base_model=("hf:a/b", "c/d", "https://example.org/x"))
    said = head(render(of))
    assert (said["base_model"], said["base_model_relation"]) == (["a/b", "c/d"], relation)


@pytest.mark.parametrize(
    ("given", "metrics"),
    [
        ({"accuracy": 0.9, "ok": True, "note": "x", "loss": float("nan")}, [["accuracy"]]),
        ({"metrics": {"f1": 1}, "dataset": "hf:datasets/a/b"}, [["f1"]]),
        (
            {"results": [{"metrics": {"f1": 1}}, {"metrics": [{"type": "em", "value": 2}]}]},
            [["f1"], ["em"]],
        ),
        ({}, []),
        ({"results": "none"}, []),
        ({"metrics": [{"type": "x", "value": "high"}], "dataset": "d"}, []),
    ],
)
def test_evaluations_of_several_shapes_are_understood(
    given: dict[str, Any], metrics: list[list[str]]
) -> None:
    found = evaluations(weights(evaluation=given))
    assert [[metric["type"] for metric in row["metrics"]] for row in found] == metrics


def test_results_on_unknown_data_are_shown_but_not_indexed() -> None:
    made = render(weights(evaluation={"accuracy": 0.9}))
    assert "model-index" not in head(made)
    assert "| not stated |  | accuracy | 0.9 |" in made


def test_hostile_text_stays_text() -> None:
    of = release(
        paper=paper(title=NASTY, abstract=NASTY),
        artifacts=(
            weights(title=NASTY, description=f"```\n{NASTY}", library=NASTY, keywords=(NASTY,)),
            data(title=NASTY, splits={NASTY: NASTY}, description=f"<!-- {blocks.END}"),
        ),
    )
    for artifact in of.artifacts:
        text = card.render(Target(artifact, "huggingface", of), links(of)).text
        head(text)
        body = REGEX_YAML_BLOCK.sub("", text)
        tokens = MarkdownIt("commonmark").enable("table").parse(body)
        shown = [t.content for t in tokens if t.type == "inline"]
        assert "Citation" in shown
        assert body.splitlines().count(blocks.BEGIN) == body.splitlines().count(blocks.END) == 1
        raw = [c.content for t in tokens for c in t.children or [] if c.type == "html_inline"]
        raw += [t.content for t in tokens if t.type == "html_block"]
        known = {"<!-- -->", blocks.BEGIN, blocks.END}
        assert {one.strip() for one in raw} <= known


def test_without_any_address_the_card_still_stands() -> None:
    text = card.render(target(weights()), Links({})).text
    assert head(text)["datasets"] == ["torchgeo/ssl4eo_l"]
    assert "not stated" in text


def test_the_parameters_of_weights_are_told_with_their_types() -> None:
    plain = card.render(target(weights()), links(), tensors=Tensors({"BF16": 1_234_567}, 1)).text
    assert "- **Parameters:** 1,234,567 (BF16)\n" in plain
    mixed = Tensors({"I8": 2000, "F32": 10}, 3)
    text = card.render(target(weights()), links(), tensors=mixed).text
    assert "- **Parameters:** 2,010 (I8 2,000, F32 10) in 3 shards\n" in text


def test_weights_whose_heads_cannot_be_read_tell_no_parameters() -> None:
    broken = Tensors({"F32": 10}, 2, ("model.safetensors",))
    assert "**Parameters:**" not in card.render(target(weights()), links(), tensors=broken).text


@pytest.mark.parametrize("own", ["[[a], b]", "{a: 1}", "[{name: a}]"])
@pytest.mark.parametrize("key", ["tags", "datasets", "base_model"])
def test_an_authors_list_may_hold_anything(key: str, own: str) -> None:
    made = render(
        with_text(weights(keywords=("Remote Sensing",)), f"---\n{key}: {own}\n---\n# T\n")
    )
    theirs = YAML(typ="safe").load(own)
    found = head(made)[key]
    assert found[0] == (theirs[0] if isinstance(theirs, list) else theirs)
    assert len(found) > len(theirs)
    assert render(with_text(weights(keywords=("Remote Sensing",)), made)) == made


def test_a_head_with_thousands_of_tags_takes_a_moment() -> None:
    tags = "".join(f"- t{n} # {n}\n" for n in range(2000))
    start = time.process_time()
    made = render(with_text(weights(keywords=("New",)), f"---\ntags:\n{tags}---\n# T\n"))
    assert time.process_time() - start < 20
    assert f"tags:\n{tags}- new\n" in made
