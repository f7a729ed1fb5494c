"""Releases of many shapes, by hand and by hypothesis, with links to all their places."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from pubflow.links import Link, Links
from pubflow.manifest import (
    Affiliation,
    Artifact,
    File,
    Grant,
    Kind,
    License,
    Paper,
    Person,
    Release,
    Target,
)

CERN = Affiliation("European Organization for Nuclear Research", "https://ror.org/01ggx4157")
UTOPIA = Affiliation("University of Utopia")
ADA = Person("Ada", "Lovelace", orcid="0000-0002-1825-0097", affiliations=(UTOPIA,))
WEI = Person("Chen", "Wei", affiliations=(UTOPIA, CERN))
GRANT = Grant("https://ror.org/00k4n6c32", "101093374", "SeaWatch")
NASTY = 'A --- `b` <script>x</script> @everyone\n| 50 % {c} #12 \\ "q" & [d](e) <!-- --> ${{f}}'


def paper(**given: Any) -> Paper:
    return Paper(
        **{
            "title": "SeaGrassNet: Self-supervised mapping of seagrass meadows",
            "authors": (ADA, WEI),
            "abstract": "We map *seagrass*.\n\nIt works: see $x_1$.",
            "venue": "NeurIPS 2026",
            "type": "conference-paper",
            "arxiv": "2605.01234",
            "keywords": ("Remote Sensing", "seagrass"),
            "grants": (GRANT,),
        }
        | given
    )


def code(**given: Any) -> Artifact:
    return Artifact(
        **{
            "key": "code",
            "kind": Kind.CODE,
            "path": Path(),
            "license": License("Apache-2.0"),
            "authors": (ADA, WEI),
        }
        | given
    )


def weights(**given: Any) -> Artifact:
    return Artifact(
        **{
            "key": "weights.seagrassnet",
            "kind": Kind.WEIGHTS,
            "path": Path("w"),
            "title": "SeaGrassNet Base",
            "license": License("Apache-2.0"),
            "authors": (ADA, WEI),
            "task": ("image-segmentation",),
            "library": "transformers",
            "language": (),
            "base_model": ("facebook/dinov2-large",),
            "relation": "finetune",
            "trained_on": ("@data.meadows", "hf:datasets/torchgeo/ssl4eo_l"),
            "evaluation": {
                "task": "image-segmentation",
                "dataset": "@data.meadows",
                "split": "test",
                "metrics": [{"type": "mean_iou", "name": "Mean IoU", "value": 0.87}],
            },
        }
        | given
    )


def data(**given: Any) -> Artifact:
    return Artifact(
        **{
            "key": "data.meadows",
            "kind": Kind.DATA,
            "path": Path("d"),
            "title": "Meadows-12k",
            "license": License("CC-BY-4.0"),
            "authors": (ADA, WEI),
            "files": (File("test.csv", 3, "0" * 64), File("train.csv", 4, "1" * 64)),
            "task": ("image-segmentation",),
            "splits": {"train": "train-*.parquet", "test": "test-*.parquet"},
            "responsible": {"uses": "Training.", "synthetic": False, "limitations": "Coasts."},
        }
        | given
    )


def release(**given: Any) -> Release:
    return Release(
        **{
            "identity": "utopia-lab/seagrass",
            "version": "1.0.0",
            "tag": "v1.0.0",
            "paper": paper(),
            "artifacts": (code(), weights(), data()),
            "date": date(2026, 11, 20),
        }
        | given
    )


def with_code(**given: Any) -> Release:
    return release(artifacts=(code(**given), weights(), data()))


def links(of: Release | None = None) -> Links:
    """Every artifact on its usual two places."""
    known: dict[str, Link | None] = {}
    for number, artifact in enumerate((of or release()).artifacts):
        doi = f"10.5281/zenodo.{200 + number}"
        concept = f"10.5281/zenodo.{100 + number}"
        record = f"https://zenodo.org/records/{200 + number}"
        known[f"{artifact.key}@zenodo"] = Link(record, record, doi, concept)
        if artifact.kind is Kind.CODE:
            url = "https://github.com/utopia-lab/seagrass"
            known[f"{artifact.key}@github"] = Link(url, f"{url}/tree/v1.0.0")
        else:
            below = "datasets/" if artifact.kind is Kind.DATA else ""
            url = f"https://huggingface.co/{below}utopia-lab/{artifact.id}"
            known[f"{artifact.key}@huggingface"] = Link(url, f"{url}/tree/v1.0.0")
    return Links(known)


def target(artifact: Artifact, of: Release | None = None, platform: str = "huggingface") -> Target:
    others = [a for a in (of or release()).artifacts if a.key != artifact.key]
    whole = replace(of or release(), artifacts=(*others, artifact))
    return Target(artifact, platform, whole, files=artifact.files)


VARIED = {
    "plain": release(),
    "organisation as author": release(
        paper=paper(authors=(Person(name="Utopia {Lab} and Friends"), ADA)),
        artifacts=(code(authors=(Person(name="Utopia Lab"),)), weights(), data()),
    ),
    "one name only": release(
        paper=paper(authors=(Person(family="Plato"), Person(given="Madonna")))
    ),
    "non-Latin names": release(
        paper=paper(title="海草草甸制图", authors=(Person("小明", "王"), Person("Лев", "Толстой")))
    ),
    "particles": release(
        paper=paper(authors=(Person("Ludwig", "van Beethoven"), Person("Ana", "de la Cruz y Paz")))
    ),
    "no ORCID": release(paper=paper(authors=(WEI,))),
    "five affiliations": release(
        paper=paper(
            authors=(
                Person("A", "B", affiliations=tuple(Affiliation(f"Place {n}") for n in range(5))),
            )
        )
    ),
    "same person twice": release(paper=paper(authors=(ADA, ADA))),
    "custom licence": with_code(
        license=License(name="utopia-research-1.0", url="https://utopia.example/licence")
    ),
    "custom licence without address": with_code(license=License(name="Utopia: #1 \n licence")),
    "licence by choice": with_code(license=License("MIT OR Apache-2.0")),
    "licence with exception": with_code(
        license=License("GPL-2.0-only WITH Classpath-exception-2.0")
    ),
    "licence of the Hub only": with_code(license=License(hub="llama3.1")),
    "licence unknown to CFF": with_code(license=License("CDLA-Permissive-2.0")),
    "three grants": release(
        paper=paper(grants=(GRANT, Grant("NSF", "1"), Grant("https://ror.org/021nxhr62", "2")))
    ),
    "no paper yet": release(
        paper=paper(arxiv="", doi="", url="", venue="", status="under-review", keywords=())
    ),
    "journal article with an old DOI": release(
        paper=paper(type="journal-article", doi="10.1002/(SICI)1097-4571<1::AID-ASI1>3.0.CO;2-1")
    ),
    "thesis": release(paper=paper(type="thesis", venue="University of Utopia")),
    "report": release(paper=paper(type="report", venue="")),
    "preprint": release(paper=paper(type="preprint", venue="", doi="")),
    "other": release(paper=paper(type="other", url="https://utopia.example/paper?a=1&b=%20")),
    "odd version": release(version="1.10", tag="v1.10"),
    "sexagesimal version": release(version="12:30", tag="v1"),
    "dated version": release(version="2026-11-20", tag="v1"),
    "code only": release(artifacts=(code(),)),
    "no code": release(artifacts=(weights(), data())),
    "nasty text": release(
        paper=paper(
            title=NASTY,
            abstract=f"```\n{NASTY}\n<!-- pubflow:end -->",
            venue=NASTY,
            keywords=(NASTY, "no", "1e3"),
            authors=(Person(NASTY, "Smith, Jr and Sons"), Person(name=NASTY)),
            grants=(Grant(NASTY, NASTY, NASTY),),
        ),
        artifacts=(
            code(title=NASTY, description=NASTY, keywords=(NASTY,), authors=()),
            weights(title=NASTY, description=NASTY, library=NASTY, task=(NASTY,), authors=()),
            data(title=NASTY, description=NASTY, splits={"no": NASTY}, authors=()),
        ),
    ),
    "embargo": with_code(embargo_until=date(2027, 1, 1), embargo_reason="review"),
    "no abstract, no keywords": release(paper=paper(abstract="", keywords=())),
}

_TEXT = st.text(
    alphabet=st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=40
)
_NAME = _TEXT.filter(lambda text: bool(text.strip()))
_LICENSES = st.sampled_from(
    [
        License("MIT"),
        License("GPL-3.0-or-later"),
        License("ODbL-1.0"),
        License("OpenMDW-1.0"),
        License("MIT OR GPL-2.0-only"),
        License("MIT AND BSD-3-Clause"),
        License(hub="gemma"),
        License(name="Own terms", url="https://utopia.example/terms"),
        License(name="Own terms"),
    ]
)
_PEOPLE = st.one_of(
    st.builds(
        Person,
        given=_NAME,
        family=_NAME,
        orcid=st.sampled_from(["", "0000-0002-1825-0097"]),
        affiliations=st.lists(st.builds(Affiliation, name=_NAME), max_size=3).map(tuple),
    ),
    st.builds(Person, family=_NAME),
    st.builds(Person, name=_NAME),
)
_AUTHORS = st.lists(_PEOPLE, min_size=1, max_size=3).map(tuple)


@st.composite
def releases(draw: st.DrawFn) -> Release:
    """Any release that publish.toml could describe."""
    shown = {"title": draw(_TEXT), "description": draw(_TEXT), "license": draw(_LICENSES)}
    keywords = draw(st.lists(_NAME, max_size=3).map(tuple))
    made = paper(
        title=draw(_NAME),
        authors=draw(_AUTHORS),
        abstract=draw(_TEXT),
        venue=draw(_TEXT),
        type=draw(
            st.sampled_from(["conference-paper", "journal-article", "preprint", "thesis", "report"])
        ),
        status=draw(st.sampled_from(["accepted", "under-review", "published"])),
        arxiv=draw(st.sampled_from(["", "2605.01234"])),
        doi=draw(st.sampled_from(["", "10.5555/12345678", "10.1000/a<b>{c}"])),
        keywords=keywords,
    )
    version = draw(st.sampled_from(["1.0.0", "1.10", "2026.11", "0.1.0-rc.1", "1e3", "1_0"]))
    artifacts = (
        code(**shown, keywords=keywords),
        weights(**shown, language=("no", "en"), keywords=keywords),
        data(**shown, keywords=keywords),
    )
    day = draw(st.sampled_from([None, date(2026, 1, 2)]))
    return release(paper=made, version=version, tag=f"v{version}", artifacts=artifacts, date=day)
