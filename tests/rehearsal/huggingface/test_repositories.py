"""Repositories: who may make, see, change and delete them."""

from __future__ import annotations

import pytest
from rehearsal.huggingface.asking import CARD, READ_TOKEN, Asker, regular


def test_a_new_repository_holds_one_commit_with_gitattributes(ask: Asker) -> None:
    made = ask.create(private=True)

    info = ask("GET", "/api/models/lab/m").json
    assert made.json["url"].endswith("/lab/m")
    assert info["private"] is True
    assert [item["rfilename"] for item in info["siblings"]] == [".gitattributes"]
    assert len(ask("GET", "/api/models/lab/m/commits/main").json) == 1


def test_making_it_again_is_a_conflict_that_tells_where_it_is(ask: Asker) -> None:
    ask.create()

    again = ask.create(private=True)

    assert again.status == 409
    assert again.json["url"].endswith("/lab/m")
    assert ask("GET", "/api/models/lab/m").json["private"] is False


def test_a_model_and_a_dataset_may_have_the_same_name(ask: Asker) -> None:
    assert ask.create(kind="model").status == 200
    assert ask.create(kind="dataset").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/models/lab/m",
        "/api/models/lab/m/tree/main",
        "/api/models/lab/m/refs",
        "/lab/m",
        "/lab/m/resolve/main/.gitattributes",
        "/lab/m/tree/main",
    ],
)
def test_a_stranger_cannot_tell_a_private_repository_from_none(ask: Asker, path: str) -> None:
    ask.create(private=True)

    hidden = ask("GET", path, token=None)
    absent = ask("GET", path.replace("lab/m", "lab/none"), token=None)

    assert hidden.status == absent.status == 404
    assert hidden.data == absent.data
    assert hidden.headers["x-error-code"] == "RepoNotFound"
    assert hidden.headers["x-error-message"] == "Repository not found"


def test_a_wrong_token_is_refused_even_where_none_is_needed(ask: Asker) -> None:
    ask.create()

    assert ask("GET", "/api/models/lab/m", token=None).status == 200
    assert ask("GET", "/api/models/lab/m", token="hf" + "_wrong").status == 401
    assert ask("GET", "/api/whoami-v2", token=None).status == 401


def test_changing_needs_a_token_that_may_write(ask: Asker) -> None:
    ask.create()
    body = {"visibility": "private"}

    assert ask("PUT", "/api/models/lab/m/settings", body, token=None).status == 401
    assert ask("PUT", "/api/models/lab/m/settings", body, token=READ_TOKEN).status == 403
    assert ask("GET", "/api/models/lab/m", token=None).status == 200


def test_settings_change_only_what_they_name(ask: Asker) -> None:
    ask.create(private=True)

    ask("PUT", "/api/models/lab/m/settings", {"gated": "manual"})
    assert ask("GET", "/api/models/lab/m").json["private"] is True
    ask("PUT", "/api/models/lab/m/settings", {"visibility": "public"})

    info = ask("GET", "/api/models/lab/m", token=None).json
    assert (info["private"], info["gated"]) == (False, "manual")


def test_a_gated_repository_shows_its_page_and_keeps_its_files(ask: Asker) -> None:
    ask.create()
    ask("PUT", "/api/models/lab/m/settings", {"gated": "auto"})

    refused = ask("GET", "/lab/m/resolve/main/.gitattributes", token=None)

    assert refused.status == 401
    assert refused.headers["x-error-code"] == "GatedRepo"
    assert ask("GET", "/lab/m", token=None).status == 200
    assert ask("GET", "/api/models/lab/m/tree/main", token=None).status == 200
    assert ask("GET", "/lab/m/resolve/main/.gitattributes").status == 200


def test_a_renamed_repository_is_found_under_its_old_name(ask: Asker) -> None:
    ask.create()

    moved = {"fromRepo": "lab/m", "toRepo": "lab/better", "type": "model"}
    assert ask("POST", "/api/repos/move", moved).status == 200

    old = ask("GET", "/api/models/lab/m/tree/main?recursive=true&limit=2")
    place = "/api/models/lab/better/tree/main?recursive=true&limit=2"
    assert (old.status, old.headers["location"]) == (307, place)
    assert ask("GET", "/api/models/lab/better").status == 200


def test_a_deleted_repository_is_gone(ask: Asker) -> None:
    ask.create(kind="dataset")
    body = {"name": "m", "organization": "lab", "type": "dataset"}

    assert ask("DELETE", "/api/repos/delete", body).status == 200
    assert ask("DELETE", "/api/repos/delete", body).status == 404
    assert ask("GET", "/api/datasets/lab/m").status == 404


def test_the_info_tells_what_the_card_says(ask: Asker) -> None:
    ask.create()
    card = (
        b"---\nlicense: apache-2.0\nlibrary_name: numpy\ntags: [digits]\nlanguage: no\n"
        b"odd_key: kept\ndate: 2026-11-20\n---\n"
        b"[Paper](https://arxiv.org/abs/2401.12345v2) and https://arxiv.org/pdf/2402.00001\n"
    )
    assert ask.commit([regular("README.md", card)]).status == 200

    info = ask("GET", "/api/models/lab/m").json

    assert {"license:apache-2.0", "digits", "numpy", "no"} <= set(info["tags"])
    assert {"arxiv:2401.12345", "arxiv:2402.00001"} <= set(info["tags"])
    assert info["cardData"]["odd_key"] == "kept"
    assert info["cardData"]["date"] == "2026-11-20"
    assert info["library_name"] == "numpy"


def test_expand_answers_only_what_is_asked_and_known(ask: Asker) -> None:
    ask.create()

    asked = ask("GET", "/api/models/lab/m?expand=sha&expand=private").json

    assert set(asked) == {"_id", "id", "modelId", "sha", "private"}
    assert ask("GET", "/api/models/lab/m?expand=shaa").status == 400


def test_a_list_by_author_shows_strangers_only_what_is_public(ask: Asker) -> None:
    ask.create("lab/open")
    ask.create("lab/closed", private=True)
    ask.create("else/where")

    def names(token: str | None) -> list[str]:
        reply = ask("GET", "/api/models?author=lab", token=token)
        return sorted(item["id"] for item in reply.json)

    assert names(None) == ["lab/open"]
    assert len(names(READ_TOKEN)) == 2


def test_the_page_of_a_card_holds_its_links(ask: Asker) -> None:
    ask.create(kind="dataset")
    card = CARD + b"\nSee [code](https://example.org/code) <script>alert(1)</script>\n"
    ask.commit([regular("README.md", card)], "datasets/lab/m")

    page = ask("GET", "/datasets/lab/m", token=None)

    assert 'href="https://example.org/code"' in page.text
    assert "license: mit" not in page.text
    assert "<script>" not in page.text
    assert ask("HEAD", "/datasets/lab/m", token=None).data == b""
    assert ask("GET", "/datasets/lab/m/blob/main/README.md", token=None).status == 200
    assert ask("GET", "/datasets/lab/m/tree/main", token=None).status == 200
    assert ask("GET", "/lab/m", token=None).status == 404
