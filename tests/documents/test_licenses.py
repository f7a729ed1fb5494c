"""Licences: each platform's own word, and a sentence for whatever gets lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pubflow.documents import licenses
from pubflow.manifest import License

TABLE = licenses.table()
CUSTOM = License(name="Utopia Research 1.0", url="https://utopia.example/licence")


def test_the_table_names_its_sources_with_their_versions() -> None:
    assert set(TABLE["sources"]) == {"spdx", "hub", "zenodo", "cff", "kaggle"}
    assert all(re.search(r"\d", source) for source in TABLE["sources"].values())


@pytest.mark.parametrize("id", sorted(TABLE["spdx"]))
def test_every_spdx_id_has_an_answer_everywhere(id: str) -> None:
    found = License(id)
    hub = licenses.hub(found)
    assert hub.id
    assert (hub.id == "other") == bool(hub.name)
    zenodo = licenses.zenodo(found)
    [right] = zenodo.rights
    assert ("id" in right) == (not zenodo.lossy)
    assert ("id" in right) != ("title" in right)
    cff = licenses.cff(found)
    assert ("license" in cff.fields) == (not cff.lossy)


@pytest.mark.parametrize(
    ("spdx", "id", "lost"),
    [
        ("MIT", "mit", False),
        ("Apache-2.0", "apache-2.0", False),
        ("GPL-3.0-only", "gpl-3.0", True),
        ("GPL-3.0-or-later", "gpl-3.0", True),
        ("LGPL-2.1-or-later", "lgpl-2.1", True),
        ("AGPL-3.0-only", "agpl-3.0", True),
        ("ODbL-1.0", "odbl", False),
        ("ODC-By-1.0", "odc-by", False),
        ("PDDL-1.0", "pddl", False),
        ("C-UDA-1.0", "c-uda", False),
        ("CDLA-Permissive-2.0", "cdla-permissive-2.0", False),
        ("OpenMDW-1.0", "openmdw-1.0", False),
        ("BSL-1.0", "bsl-1.0", False),
    ],
)
def test_the_hub_has_its_own_ids(spdx: str, id: str, lost: bool) -> None:
    found = licenses.hub(License(spdx))
    assert (found.id, bool(found.lossy), found.name) == (id, lost, "")


def test_what_the_hub_does_not_know_is_other_with_name_and_link() -> None:
    found = licenses.hub(License("MIT-0"))
    assert (found.id, found.name, found.link) == (
        "other",
        "mit-0",
        "https://spdx.org/licenses/MIT-0",
    )
    found = licenses.hub(CUSTOM)
    assert (found.name, found.link) == ("utopia-research-1.0", "https://utopia.example/licence")
    found = licenses.hub(License(name="Own", file=Path("terms.txt")), file="LICENSE.md")
    assert (found.id, found.link) == ("other", "LICENSE.md")
    for text in ("MIT OR Apache-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"):
        found = licenses.hub(License(text))
        assert found.id == "other"
        assert text in found.lossy


def test_the_hubs_own_licences_stay_themselves_there() -> None:
    assert licenses.hub(License(hub="llama3.1")) == licenses.HubLicense("llama3.1")
    [right] = licenses.zenodo(License(hub="llama3.1")).rights
    assert right["title"] == {"en": "Llama 3.1 Community License Agreement"}
    assert right["link"].startswith("https://huggingface.co/meta-llama/")


@pytest.mark.parametrize(
    ("license", "rights", "lost"),
    [
        (License("Apache-2.0"), ({"id": "apache-2.0"},), False),
        (License("GPL-3.0-or-later"), ({"id": "gpl-3.0-or-later"},), False),
        (License("GPL-3.0"), ({"id": "gpl-3.0-only"},), False),
        (License("MIT OR Apache-2.0"), ({"id": "mit"}, {"id": "apache-2.0"}), True),
        (License("(MIT or Apache-2.0)"), ({"id": "mit"}, {"id": "apache-2.0"}), True),
        (License("MIT AND CC0-1.0"), ({"title": {"en": "MIT AND CC0-1.0"}},), True),
        (
            License("CDLA-Permissive-2.0"),
            (
                {
                    "title": {"en": "Community Data License Agreement Permissive 2.0"},
                    "link": "https://spdx.org/licenses/CDLA-Permissive-2.0",
                },
            ),
            True,
        ),
        (
            CUSTOM,
            ({"title": {"en": "Utopia Research 1.0"}, "link": "https://utopia.example/licence"},),
            True,
        ),
        (License(), (), True),
    ],
)
def test_a_zenodo_right_has_an_id_or_a_title(license: License, rights: tuple, lost: bool) -> None:
    found = licenses.zenodo(license)
    assert (found.rights, bool(found.lossy)) == (rights, lost)


def test_kaggle_knows_few() -> None:
    assert licenses.kaggle(License("CC-BY-4.0"), model=False).lossy == ""
    assert licenses.kaggle(License("MIT"), model=False).name == "other"
    assert licenses.kaggle(License("MIT"), model=True).name == "MIT"
    assert "only" in licenses.kaggle(License("GPL-3.0-only"), model=True).lossy


def test_names_and_addresses() -> None:
    assert licenses.spdx_url(License("apache-2.0")) == "https://spdx.org/licenses/Apache-2.0"
    assert licenses.spdx_url(CUSTOM) == "https://utopia.example/licence"
    assert licenses.spdx_url(License("MIT AND CC0-1.0")) == ""
    assert licenses.name(License("MIT")) == "MIT License"
    assert licenses.known("nonsense") == ""
