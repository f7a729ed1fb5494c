"""What a stranger sees in a browser."""

from __future__ import annotations

import re

import pytest
from rehearsal.github.place import OWNER, Place

from pubflow.rehearsal.github.prose import linked, markdown

HOME = f"/{OWNER}/paper"
REPO = f"/repos{HOME}"
CITATION = "cff-version: 1.2.0\ntitle: Digits\ndoi: 10.5281/zenodo.7\n"


def links(text: str) -> set[str]:
    return set(re.findall(r'href="([^"]+)"', text))


def test_the_page_of_a_repository_shows_what_a_reader_looks_for(place: Place) -> None:
    readme = "# Digits\n\n[Data](https://example.org/data) and <https://doi.org/10.1/x>\n"
    place.pushed(**{"README.md": readme, "CITATION.cff": CITATION})
    place.call("PATCH", REPO, json={"description": "Code of a paper", "homepage": "https://a.org"})
    place.call("PUT", f"{REPO}/topics", json={"names": ["digits"]})

    page = place.call("GET", HOME, token=None)

    assert page.headers["content-type"].startswith("text/html")
    for text in ("Code of a paper", "#digits", "Cite this repository", "<h1>Digits</h1>"):
        assert text in page.text
    wanted = {
        "https://a.org",
        "https://example.org/data",
        "https://doi.org/10.1/x",
        "https://doi.org/10.5281/zenodo.7",
    }
    assert wanted <= links(page.text)


def test_a_page_without_a_citation_file_offers_no_citation(place: Place) -> None:
    place.pushed()

    assert "Cite this repository" not in place.call("GET", HOME, token=None).text


def test_every_link_of_a_repositorys_pages_leads_somewhere(place: Place) -> None:
    readme = "[Licence](LICENSE) and [code](src/a.py)\n"
    files = {"README.md": readme, "LICENSE": "MIT License", "src/a.py": "print(1)\n"}
    work = place.pushed(**files)
    place.git("push", "-q", "origin", "v1", cwd=work)
    draft = place.draft(body="See [the code](src/a.py). <!-- hidden -->")
    place.upload(draft, "weights.bin", b"\0\1")
    place.call("PATCH", draft["url"], json={"draft": False})

    seen: set[str] = set()
    todo = {HOME}
    while todo:
        path = todo.pop()
        seen.add(path)
        page = place.call("GET", path, token=None)
        assert page.status_code == 200, path
        assert place.call("HEAD", path, token=None, allow_redirects=True).status_code == 200, path
        if page.headers["content-type"].startswith("text/html"):
            todo |= {it for it in links(page.text) if it.startswith(HOME)} - seen

    assert f"{HOME}/blob/v1/src/a.py" in seen
    assert f"{HOME}/releases/download/v1/weights.bin" in seen
    assert f"{HOME}/archive/refs/tags/v1.zip" in seen
    release = place.call("GET", f"{HOME}/releases/tag/v1", token=None)
    assert "hidden" not in release.text
    assert place.call("GET", f"{HOME}/raw/main/src/a.py", token=None).text == "print(1)\n"


@pytest.mark.parametrize(
    "path",
    [
        "/blob/main/none.txt",
        "/tree/none",
        "/raw/main",
        "/releases/tag/v1",
        "/releases/latest",
        "/releases/download/v1/a.txt",
        "/settings",
        "/commit/0000",
    ],
)
def test_what_is_not_there_is_a_404_page(place: Place, path: str) -> None:
    place.pushed()
    place.draft()

    assert place.call("GET", HOME + path, token=None).status_code == 404


def test_a_private_repository_has_no_page_even_with_the_token(place: Place) -> None:
    place.pushed(private=True)

    for path in ("", "/tree/main", "/blob/main/README.md", "/raw/main/README.md", "/releases"):
        assert place.call("GET", HOME + path).status_code == 404
    assert HOME not in place.call("GET", f"/{OWNER}", token=None).text


def test_text_of_others_is_shown_and_not_run() -> None:
    assert "<script" not in markdown("<script>alert(1)</script>", "/o/r/blob/main/")
    assert linked("<b> https://a.org/x?y=1.") == (
        '&lt;b&gt; <a href="https://a.org/x?y=1">https://a.org/x?y=1</a>.'
    )


def test_pictures_come_from_their_bytes_and_marks_stay_on_the_page() -> None:
    told = markdown("![a](docs/a.png) [top](#top)", "/o/r/blob/main/")

    assert 'src="/o/r/raw/main/docs/a.png"' in told
    assert links(told) == {"#top"}


def test_a_readme_in_a_folder_links_from_that_folder(place: Place) -> None:
    place.pushed(**{"docs/README.md": "[a](a.txt)", "docs/a.txt": "a"})

    page = place.call("GET", f"{HOME}/tree/main/docs", token=None)

    assert f"{HOME}/blob/main/docs/a.txt" in links(page.text)


def test_generated_notes_and_topics_lead_somewhere(place: Place) -> None:
    work = place.pushed()
    place.git("push", "-q", "origin", "v1", "v1:refs/tags/v2", cwd=work)
    place.call("PUT", f"{REPO}/topics", json={"names": ["digits"]})

    for path in (f"{HOME}/commits/v1", f"{HOME}/compare/v1...v2", "/topics/digits", "/"):
        headers = {"accept": "text/html"}
        assert place.call("GET", path, token=None, headers=headers).status_code == 200
    assert HOME in place.call("GET", "/topics/digits", token=None).text


def test_addresses_in_markdown_are_links_and_relative_ones_start_at_the_files_folder() -> None:
    told = markdown("Go to https://a.org, or [see](docs/x.md).", "/o/r/blob/main/")

    assert links(told) == {"https://a.org", "/o/r/blob/main/docs/x.md"}
