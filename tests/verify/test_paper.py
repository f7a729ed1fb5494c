"""The compiled paper: what is missing, broken or wrong in it is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from documents.releases import links, release

from pubflow.documents import latex
from pubflow.errors import PubflowError
from pubflow.lockfile import Locked
from pubflow.verify import paper

RELEASE = release()
LINKS = links(RELEASE)
CODE = "https://github.com/utopia-lab/seagrass"
ALL = (CODE, "https://doi.org/10.5281/zenodo.201", "https://doi.org/10.5281/zenodo.202")


def pdf(path: Path, lines: list[str], targets: tuple[str, ...] = ()) -> Path:
    """A PDF of one page with those lines of text, and links that lead to `targets`."""
    content = "BT /F1 9 Tf 40 800 Td 12 TL\n"
    for line in lines:
        plain = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        content += f"({plain}) Tj T*\n"
    content += "ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> /Annots ["
        + " ".join(f"{6 + n} 0 R" for n in range(len(targets)))
        + "] >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *(
            f"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI ({one}) >> >>"
            for one in targets
        ),
    ]
    out, places = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    out += "".join(f"{place:010} 00000 n \n" for place in places)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    path.write_bytes(out.encode("latin-1"))
    return path


def found(path: Path, locked: Locked | None = None) -> list[str]:
    read = paper.read(path)
    said = paper.check(read, RELEASE, LINKS, locked or Locked(), path.name)
    return [problem.what for problem in said]


def test_a_paper_with_all_addresses_is_right(tmp_path: Path) -> None:
    assert found(pdf(tmp_path / "a.pdf", ["See the links."], ALL)) == []
    assert found(pdf(tmp_path / "b.pdf", [f"Code: {ALL[0]}.", *ALL[1:]])) == []


def test_bare_dois_are_as_good_as_addresses(tmp_path: Path) -> None:
    lines = ["doi:10.5281/zenodo.200, 10.5281/zenodo.201;", "(10.5281/zenodo.202)"]
    assert found(pdf(tmp_path / "a.pdf", lines)) == []


def test_a_missing_address_is_told(tmp_path: Path) -> None:
    assert found(pdf(tmp_path / "a.pdf", ["No data here."], ALL[:2])) == [
        "nothing in it leads to data.meadows"
    ]


def test_an_address_broken_over_two_lines_is_told(tmp_path: Path) -> None:
    [what, *_] = found(pdf(tmp_path / "a.pdf", ["https://doi.org/10.5281/zen", "odo.202"], ALL[:2]))
    assert "address of data.meadows is broken by a line end" in what


def test_a_link_that_was_cut_off_is_told(tmp_path: Path) -> None:
    told = found(pdf(tmp_path / "a.pdf", ["x"], (*ALL, "https://doi.org/10.5281/zenodo.20")))
    assert len(told) == 1
    assert "cut off" in told[0]


def test_a_wrong_address_near_ours_is_told(tmp_path: Path) -> None:
    wrong = "https://github.com/utopia-lab/seagras"
    told = found(pdf(tmp_path / "a.pdf", ["x"], (*ALL[1:], wrong)))
    assert "nothing in it leads to code" in told[0]
    assert wrong in told[1]


def test_the_doi_of_another_version_is_told(tmp_path: Path) -> None:
    old = {"data.meadows@zenodo": {"doi": "10.5281/zenodo.150"}}
    locked = Locked("x", {"0.9.0": {"targets": old}})
    told = found(pdf(tmp_path / "a.pdf", ["See 10.5281/zenodo.150."], ALL), locked)
    assert told == ["page 1 names 10.5281/zenodo.150, which is version 0.9.0"]


def test_what_others_wrote_is_none_of_our_business(tmp_path: Path) -> None:
    others = ["https://arxiv.org/abs/2605.01234", "https://doi.org/10.1145/3065386"]
    others += [f"{CODE}/issues", "https://example.org/other", "10.5281/zenodo.7654321"]
    assert found(pdf(tmp_path / "a.pdf", others, ALL)) == []


def test_a_scan_says_nothing(tmp_path: Path) -> None:
    assert found(pdf(tmp_path / "a.pdf", [])) == ["no text and no link can be read in it"]


def test_what_is_no_pdf_is_told_plainly(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"not a PDF")
    with pytest.raises(PubflowError, match="cannot be read"):
        paper.read(path)


def test_the_availability_paragraph_has_all_that_is_looked_for(tmp_path: Path) -> None:
    import re

    addresses = tuple(re.findall(r"\\url\{([^}]*)\}", latex.paragraph(RELEASE, LINKS)))
    assert found(pdf(tmp_path / "a.pdf", ["x"], addresses)) == []


def test_macros_have_names_that_tex_takes() -> None:
    import re

    text = latex.macros(RELEASE, LINKS)
    names: list[Any] = re.findall(r"\\renewcommand\{\\([^}]*)\}", text)
    assert {"codeurl", "codedoi", "modelurl", "modeldoi", "dataurl", "datadoi"} <= set(names)
    assert all(re.fullmatch(r"[A-Za-z]+", name) for name in names)
    assert latex.letters("seagrass-net_v2") == "SeagrassNetVTwo"
