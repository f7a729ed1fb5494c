"""The pages that people see."""

from __future__ import annotations

from html.parser import HTMLParser

from rehearsal.zenodo.client import BASE, Answer, ask

from pubflow.rehearsal.zenodo import Zenodo


class Hrefs(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if (tag, name) == ("a", "href")]


def visit(zenodo: Zenodo, address: str) -> Answer:
    """As a browser does it: no token, and redirects are followed."""
    for _ in range(5):
        path = address.removeprefix(BASE)
        answer = ask(zenodo, "GET", path, token=None, accept="text/html,*/*;q=0.8")
        if "location" not in answer.headers:
            return answer
        address = answer.headers["location"]
    raise AssertionError(f"{address} leads in circles")


def test_a_page_shows_title_doi_files_and_links_and_they_lead_somewhere(author):
    other = author.record(title="Digits: code")
    doi = f"10.5072/zenodo.{other}"
    relation = {"relation_type": {"id": "iscompiledby"}}
    related = [
        {"identifier": doi, "scheme": "doi", **relation},
        {"identifier": "https://huggingface.co/acme/digits", "scheme": "url", **relation},
        {"identifier": "10.1234/paper", "scheme": "doi", **relation},
    ]
    record = author.record(title="Digits & <weights>", related_identifiers=related)

    page = visit(author.zenodo, f"/records/{record}")
    links = Hrefs(page.text).found

    assert page.status == 200
    assert "Digits &amp; &lt;weights&gt;" in page.text
    assert f"10.5072/zenodo.{record}" in page.text
    assert "https://huggingface.co/acme/digits" in links
    assert "https://doi.org/10.1234/paper" in links
    assert f"{BASE}/doi/{doi}" in links
    download = next(link for link in links if "data.csv" in link)
    assert visit(author.zenodo, download).data == b"a,b\n"
    assert "Digits: code" in visit(author.zenodo, f"{BASE}/doi/{doi}").text


def test_a_concept_doi_leads_to_the_newest_version(author):
    first = author.record()
    new = author.must(201, "POST", f"/api/records/{first}/versions").json
    concept = new["parent"]["pids"]["doi"]["identifier"]
    assert f"/records/{first}/files" in visit(author.zenodo, f"/doi/{concept}").text

    author.upload(new["id"], "data.csv", b"c,d\n")
    author.publish(new["id"])

    for address in (
        f"/doi/{concept}",
        f"/records/{new['parent']['id']}",
        f"/records/{first}/latest",
    ):
        assert f"/records/{new['id']}/files" in visit(author.zenodo, address).text
    assert f"/records/{first}/files" in visit(author.zenodo, f"/doi/10.5072/zenodo.{first}").text


def test_the_owner_sees_a_preview_and_nobody_else_does(author):
    record = author.draft()

    assert "draft" in ask(author.zenodo, "GET", f"/records/{record}?preview=1").text
    assert visit(author.zenodo, f"/records/{record}?preview=1").status == 404


def test_scripts_in_a_description_do_not_reach_the_page(author):
    record = author.record(description="<p>fine</p><script>alert(1)</script>")

    page = visit(author.zenodo, f"/records/{record}").text

    assert "<p>fine</p>" in page
    assert "<script" not in page


def test_there_is_a_badge_for_every_doi(author):
    answer = visit(author.zenodo, "/badge/DOI/10.5072/zenodo.1.svg")

    assert answer.headers["content-type"] == "image/svg+xml"
    assert "10.5072/zenodo.1<" in answer.text
