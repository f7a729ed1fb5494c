"""What the card check refuses, warns of and accepts."""

from __future__ import annotations

import pytest
from rehearsal.huggingface.asking import Asker

from pubflow.rehearsal.huggingface.vocabulary import LICENCES


def check(ask: Asker, yaml: str, kind: str = "model") -> tuple[int, list[str]]:
    body = {"content": f"---\n{yaml}\n---\n# Card\n", "repoType": kind}
    reply = ask("POST", "/api/validate-yaml", body, token=None)
    return reply.status, [item["message"] for item in reply.json["warnings"]]


@pytest.mark.parametrize(
    ("yaml", "kind"),
    [
        ("license: MIT", "model"),
        ("license: GPL-3.0-or-later", "model"),
        ("license: [mit, bogus]", "dataset"),
        ("license: 3", "model"),
        ("license_link: somewhere", "model"),
        ("language: english", "model"),
        ("language: [en, 1]", "dataset"),
        ("language: [en, pt-BR]", "dataset"),
        ("language: EN", "model"),
        ("language:", "model"),
        ("datasets: [librispeech 960h]", "model"),
        ("datasets: [lab/meadows/tree/main]", "model"),
        ('base_model: ""', "model"),
        ("widget: {text: hello}", "model"),
        ("model-index: [{name: a, results: [{dataset: {config: 1}}]}]", "model"),
        ("base_model_relation: child", "model"),
        ("size_categories: 1K<n<5K", "dataset"),
        ("size_categories: [10]", "dataset"),
        ("model-index: [{results: []}]", "model"),
        ("model-index: [{name: a, results: [{metrics: [{type: acc}]}]}]", "model"),
        ("model-index: [{name: a, results: [{source: {name: x}}]}]", "model"),
        ("model-index: [{name: a, results: [{dataset: {revision: 1234567}}]}]", "model"),
        ("configs: [{data_files: a.csv}]", "dataset"),
        ("tags: [1]", "model"),
        ("license: [mit", "model"),
        ("tags: &all [*all]", "model"),
        ("more: !!python/tuple [1]", "model"),
        ("just a sentence", "model"),
    ],
)
def test_wrong_values_are_refused(ask: Asker, yaml: str, kind: str) -> None:
    assert check(ask, yaml, kind)[0] == 400


@pytest.mark.parametrize(
    ("yaml", "kind"),
    [
        ("license: mit", "model"),
        (
            "license: [cc-by-4.0]\nlanguage:\n- en\n- no\n- gsw\nlanguage_bcp47: [zh-Hans]",
            "dataset",
        ),
        ("license: other\nlicense_name: mine\nlicense_link: LICENSE", "model"),
        ("base_model_relation: finetune\nbase_model: a/b", "model"),
        ("size_categories: [1K<n<10K]", "dataset"),
        ("library_name: unheard-of\nmetrics: [strange]\nanything: {goes: here}", "model"),
        ("model-index: [{name: a, results: [{metrics: [{type: acc, value: 0}]}]}]", "model"),
        (
            "configs: [{config_name: default, data_files: [{split: train, path: a.csv}]}]",
            "dataset",
        ),
    ],
)
def test_right_values_pass_without_a_warning(ask: Asker, yaml: str, kind: str) -> None:
    assert check(ask, yaml, kind) == (200, [])


def test_an_unknown_task_draws_a_warning_only(ask: Asker) -> None:
    assert check(ask, "pipeline_tag: mind-reading")[0] == 200
    assert len(check(ask, "pipeline_tag: mind-reading")[1]) == 1
    assert len(check(ask, "task_categories: [mind-reading]", "dataset")[1]) == 1


def test_a_card_without_metadata_draws_a_warning(ask: Asker) -> None:
    reply = ask("POST", "/api/validate-yaml", {"content": "# Hi\n", "repoType": "model"})

    assert (reply.status, len(reply.json["warnings"])) == (200, 1)


def test_there_are_as_many_licences_as_on_the_hub() -> None:
    assert len(LICENCES) == 83
    assert all(name == name.lower() for name in LICENCES)
