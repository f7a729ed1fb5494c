"""The documents against the libraries of the field, which are too heavy for every test run.

`outside.py render DIR` writes the documents of all varied releases with this environment;
`outside.py check DIR` reads them in one that has `mlcroissant`, `rocrate` and `bibtexparser` (230
MB together). What they were found to need is held by the ordinary tests. Run 2026-11 with
mlcroissant 1.1.1, rocrate 0.16.0 and bibtexparser 2.1.0 without an error.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path


def render(into: Path) -> None:
    """A folder for each release: croissant.json, ro-crate-metadata.json, citation.bib."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from documents.releases import VARIED, links, target

    from pubflow.documents import bibtex, croissant, rocrate
    from pubflow.manifest import Kind

    for number, (shape, of) in enumerate(VARIED.items()):
        folder = into / f"{number:02} {shape}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        known = links(of)
        for artifact in of.artifacts:
            if artifact.kind is Kind.DATA:
                text = croissant.render(target(artifact, of), known)
                (folder / "croissant.json").write_text(text, "utf-8")
        (folder / rocrate.METADATA).write_text(rocrate.render(of, known), "utf-8")
        (folder / "citation.bib").write_text(bibtex.entries(of, known), "utf-8")
    print(f"{len(VARIED)} releases rendered")


def check(below: Path) -> int:
    """How many releases have a document that a library refuses; its warnings are printed."""
    import bibtexparser
    import mlcroissant
    from rocrate.rocrate import ROCrate

    wrong = 0
    for folder in sorted(path for path in below.iterdir() if path.is_dir()):
        found: list[str] = []
        if (folder / "croissant.json").exists():
            try:
                dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
                issues = dataset.metadata.ctx.issues
                found += [f"croissant: {one}" for one in issues.errors]
                print(*(f"  croissant warns: {one}" for one in issues.warnings), sep="\n", end="")
            except mlcroissant.ValidationError as refused:
                found.append(f"croissant: {refused}")
        graph = json.loads((folder / "ro-crate-metadata.json").read_text("utf-8"))["@graph"]
        crate = ROCrate(folder)
        # The library ends the id of every data set with a slash.
        held = {entity.id.rstrip("/") for entity in crate.get_entities()}
        missing = {node["@id"].rstrip("/") for node in graph} - held
        found += [f"ro-crate: {one} was not read" for one in sorted(missing)]
        library = bibtexparser.parse_file(str(folder / "citation.bib"))
        found += [f"bibtex: {block.error}" for block in library.failed_blocks]
        print(folder.name, "ok" if not found else "\n  " + "\n  ".join(found))
        wrong += bool(found)
    return wrong


if __name__ == "__main__":
    command, where = sys.argv[1:]
    sys.exit(render(Path(where)) if command == "render" else check(Path(where)))
