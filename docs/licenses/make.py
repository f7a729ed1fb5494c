"""Write src/pubflow/documents/data/licenses.json from the lists that the platforms publish.

    python docs/licenses/make.py SPDX_SRC HUB_MD ZENODO_CSV CFF_SCHEMA

SPDX_SRC    the folder `src` of github.com/spdx/license-list-XML at the tag SPDX_VERSION
HUB_MD      docs/hub/repositories-licenses.md of github.com/huggingface/hub-docs
ZENODO_CSV  app_data/vocabularies/licenses.csv of github.com/zenodo/zenodo-rdm
CFF_SCHEMA  schema.json of github.com/citation-file-format/citation-file-format

Get the four at the versions in SOURCES, or newer ones and change SOURCES. Same input, same bytes.
Kaggle publishes no list: its words stand below, as its upload forms offer them.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

SPDX_VERSION = "3.28.0"
SOURCES = {
    "spdx": f"github.com/spdx/license-list-XML v{SPDX_VERSION} (2026-02-20)",
    "hub": "github.com/huggingface/hub-docs 242f4a1e, repositories-licenses.md (2026-08-22)",
    "zenodo": "github.com/zenodo/zenodo-rdm 63864033, licenses.csv (2026-08-20)",
    "cff": "github.com/citation-file-format/citation-file-format 0c5b4aa0, schema 1.2.0",
    "kaggle": "words of the upload forms (2026-11)",
}

HUB_ALIAS = {
    "ODbL-1.0": "odbl",
    "ODC-By-1.0": "odc-by",
    "PDDL-1.0": "pddl",
    "C-UDA-1.0": "c-uda",
    "LGPLLR": "lgpl-lr",
}
"""SPDX ids whose name on the Hub is not simply in lower case, and means the same."""

HUB_FAMILY = re.compile(r"(A?GPL|LGPL|GFDL)-(\d\.\d)(-only|-or-later|\+)?(-(no-)?invariants.*)?")
"""The Hub does not tell `only` from `or later`."""

KAGGLE_DATA = {
    "Apache-2.0": "apache-2.0",
    "CC0-1.0": "CC0-1.0",
    "CC-BY-4.0": "CC-BY-4.0",
    "CC-BY-SA-3.0": "CC-BY-SA-3.0",
    "CC-BY-SA-4.0": "CC-BY-SA-4.0",
    "CC-BY-NC-4.0": "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0": "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0": "CC-BY-ND-4.0",
    "CC-BY-NC-ND-4.0": "CC-BY-NC-ND-4.0",
    "ODbL-1.0": "ODbL-1.0",
    "ODC-By-1.0": "ODC-BY-1.0",
    "PDDL-1.0": "PDDL",
    "CDLA-Permissive-1.0": "CDLA-Permissive-1.0",
    "CDLA-Sharing-1.0": "CDLA-Sharing-1.0",
    "GPL-2.0-only": "GPL-2.0",
    "GPL-3.0-only": "GPL-3.0",
    "GPL-3.0-or-later": "GPL-3.0",
    "LGPL-3.0-only": "LGPL-3.0",
    "LGPL-3.0-or-later": "LGPL-3.0",
    "AGPL-3.0-only": "AGPL-3.0",
    "AGPL-3.0-or-later": "AGPL-3.0",
}
KAGGLE_MODEL = {
    "MIT": "MIT",
    "Apache-2.0": "Apache 2.0",
    "BSD-3-Clause": "BSD-3-Clause",
    "GPL-2.0-only": "GPL 2",
    "GPL-3.0-only": "GPL 3",
    "GPL-3.0-or-later": "GPL 3",
    "LGPL-3.0-only": "GNU Lesser General Public License 3.0",
    "LGPL-3.0-or-later": "GNU Lesser General Public License 3.0",
    "AGPL-3.0-only": "GNU Affero General Public License 3.0",
    "AGPL-3.0-or-later": "GNU Affero General Public License 3.0",
    "CC0-1.0": "CC0: Public Domain",
    "CC-BY-4.0": "Attribution 4.0 International (CC BY 4.0)",
    "ODC-By-1.0": "ODC Attribution License (ODC-By)",
    "PDDL-1.0": "ODC Public Domain Dedication and Licence (PDDL)",
}


def spdx_list(folder: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for path in folder.glob("*.xml"):
        node = ET.parse(path).getroot().find("{http://www.spdx.org/license}license")
        if node is not None:
            found[node.attrib["licenseId"]] = {
                "name": " ".join(node.attrib["name"].split()),
                "osi": node.get("isOsiApproved") == "true",
                "deprecated": "deprecatedVersion" in node.attrib,
            }
    return found


def hub_list(path: Path) -> dict[str, dict[str, str]]:
    rows = re.findall(r"^\| (.+?) +\| `(.+?)` +\|(.*)$", path.read_text("utf-8"), re.MULTILINE)
    found = {}
    for name, hub, rest in rows:
        link = re.search(r"license: (\S+)", rest) or re.search(r"info: (\S+)", rest)
        found[hub] = {"name": name.replace("\\", ""), "url": link[1] if link else ""}
    return found


def zenodo_list(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row["title__en"] for row in csv.DictReader(lines) if row["id"]}


def hub_of(spdx: str, hub: dict[str, dict[str, str]]) -> tuple[str, bool]:
    """The Hub's id and whether something is lost; two empty answers if the Hub has none."""
    exact = HUB_ALIAS.get(spdx, spdx.lower())
    if exact in hub:
        return exact, False
    if family := HUB_FAMILY.fullmatch(spdx):
        for name in (f"{family[1]}-{family[2]}".lower(), family[1].lower()):
            if name in hub:
                return name, True
    return "", False


def zenodo_of(spdx: str, zenodo: dict[str, str]) -> str:
    low = spdx.lower()
    for name in (low, low + "-only", low.removesuffix("+") + "-or-later"):
        if name in zenodo:
            return name
    return ""


def main(spdx_src: str, hub_md: str, zenodo_csv: str, cff_schema: str) -> None:
    hub, zenodo = hub_list(Path(hub_md)), zenodo_list(Path(zenodo_csv))
    cff = json.loads(Path(cff_schema).read_text("utf-8"))
    cff_ids = set(cff["definitions"]["license-enum"]["enum"])
    spdx = spdx_list(Path(spdx_src))
    rows, taken = {}, set()
    for key in sorted(spdx, key=lambda name: (name.lower(), name)):
        row = dict(spdx[key])
        hub_id, lossy = hub_of(key, hub)
        taken.add(hub_id)
        row["hub"], row["hub_lossy"] = hub_id, lossy
        row["zenodo"], row["cff"] = zenodo_of(key, zenodo), key in cff_ids
        row["kaggle_data"] = KAGGLE_DATA.get(key, "")
        row["kaggle_model"] = KAGGLE_MODEL.get(key, "")
        rows[key] = {name: value for name, value in row.items() if value}
    only = {key: hub[key] for key in sorted(hub) if key not in taken}
    head = json.dumps({"sources": SOURCES}, indent=1)[:-2]
    parts = [head]
    for name, table in (("spdx", rows), ("hub_only", only)):
        lines = (
            f"  {json.dumps(key)}: {json.dumps(row, ensure_ascii=False)}"
            for key, row in table.items()
        )
        parts.append(f',\n "{name}": {{\n' + ",\n".join(lines) + "\n }")
    out = Path(__file__).parents[2] / "src/pubflow/documents/data/licenses.json"
    out.write_text("".join(parts) + "\n}\n", "utf-8")
    print(f"{len(rows)} SPDX ids, {len(only)} that only the Hub knows -> {out.name}")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
