"""The small questions: years, ids, publishers."""

from __future__ import annotations

from datetime import date

import pytest
from documents.releases import code, links, paper, release

from pubflow.documents import facts
from pubflow.links import Link, Links


@pytest.mark.parametrize(
    ("given", "day", "year"),
    [
        ({"venue": "NeurIPS 2025"}, date(2026, 1, 1), 2025),
        ({"venue": "Workshop 12026", "arxiv": "2405.00001"}, date(2026, 1, 1), 2026),
        ({"venue": "", "arxiv": "2405.00001", "type": "preprint"}, date(2026, 1, 1), 2024),
        ({"venue": "", "arxiv": "2405.00001"}, None, 2024),
        ({"venue": "", "arxiv": ""}, date(2026, 1, 1), 2026),
        ({"venue": "", "arxiv": ""}, None, None),
    ],
)
def test_the_papers_year_is_the_venues_else_the_best_known(
    given: dict[str, str], day: date | None, year: int | None
) -> None:
    assert facts.paper_year(release(paper=paper(**given), date=day)) == year


@pytest.mark.parametrize(
    ("url", "id"),
    [
        ("https://huggingface.co/o/n", "o/n"),
        ("https://huggingface.co/datasets/o/n", "o/n"),
        ("http://127.0.0.1:8080/datasets/o/n/tree/v1", "o/n"),
        ("https://huggingface.co/", ""),
    ],
)
def test_the_hubs_id_is_read_from_its_page(url: str, id: str) -> None:
    assert facts.hub_id(Link(url)) == id


@pytest.mark.parametrize(
    ("page", "publisher"),
    [
        ("https://zenodo.org/records/1", "Zenodo"),
        ("https://sandbox.zenodo.org/records/1", "Zenodo"),
        ("http://127.0.0.1:99/records/1", "Zenodo"),
        ("https://data.utopia.example/records/1", "data.utopia.example"),
    ],
)
def test_the_publisher_is_the_place_of_the_doi(page: str, publisher: str) -> None:
    known = Links({"code@zenodo": Link(page, doi="10.5281/zenodo.1"), "code@github": Link("x")})
    assert facts.publisher(known, "code") == publisher
    assert facts.publisher(Links({"code@github": Link("x")}), "code") == "GitHub"
    assert facts.publisher(Links({}), "code") == ""


def test_artifacts_without_a_title_are_called_after_the_paper() -> None:
    of = release(paper=paper(title="A\n  B"))
    assert facts.title(of, code()) == "A B"
    assert facts.title(of, of.artifacts[1]) == "SeaGrassNet Base"


def test_the_best_citation_is_the_doi_else_the_versions_page() -> None:
    assert facts.cite(links(), "code") == "https://doi.org/10.5281/zenodo.200"
    known = Links({"code@github": Link("https://g.example/o/r", "https://g.example/o/r/tree/v1")})
    assert facts.cite(known, "code") == "https://g.example/o/r/tree/v1"


@pytest.mark.parametrize(
    ("words", "tag"),
    [("Remote Sensing (SAR)", "remote-sensing-sar"), ("  ", ""), ("Ökologie", "ökologie")],
)
def test_tags_are_in_kebab_case(words: str, tag: str) -> None:
    assert facts.kebab(words) == tag


@pytest.mark.parametrize(
    ("reference", "id"),
    [
        ("facebook/dinov2-large", "facebook/dinov2-large"),
        ("gpt2", "gpt2"),
        ("hf:o/n", "o/n"),
        ("https://huggingface.co/o/n", "o/n"),
        ("https://huggingface.co/o/n/tree/main", "o/n"),
        ("https://huggingface.co/o/n?library=peft", "o/n"),
        ("https://huggingface.co/datasets/o/n", ""),
        ("https://huggingface.co/spaces/o/n", ""),
        ("hf:datasets/o/n", ""),
        ("https://models.example/o/n", ""),
        ("10.5281/zenodo.1", ""),
        ("@weights.seagrassnet", "utopia-lab/seagrassnet"),
        ("@code", ""),
    ],
)
def test_a_base_model_goes_by_its_id_on_the_hub(reference: str, id: str) -> None:
    assert facts.hub_model(reference, links()) == id


@pytest.mark.parametrize(
    ("reference", "id"),
    [
        ("hf:datasets/o/n", "o/n"),
        ("https://huggingface.co/datasets/o/n", "o/n"),
        ("https://huggingface.co/datasets/o/n/", "o/n"),
        ("https://huggingface.co/datasets/o/n/tree/main/data", "o/n"),
        ("https://huggingface.co/datasets/o/n#readme", "o/n"),
        ("https://huggingface.co/o/n", ""),
        ("10.5281/zenodo.1", ""),
        ("@data.meadows", "utopia-lab/meadows"),
    ],
)
def test_a_data_set_goes_by_its_id_on_the_hub(reference: str, id: str) -> None:
    assert facts.hub_dataset(reference, release(), links()) == id
