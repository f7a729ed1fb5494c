"""Reading the package costs nothing until something is rendered."""

from __future__ import annotations

import subprocess
import sys


def test_importing_the_documents_imports_no_library() -> None:
    script = (
        "import sys\n"
        "import pubflow.documents.card, pubflow.documents.codemeta, pubflow.documents.notes\n"
        "import pubflow.documents.citation, pubflow.documents.sums\n"
        "heavy = {'ruamel', 'ruamel.yaml', 'jsonschema', 'markdown_it', 'nh3', 'jinja2'}\n"
        "print(sorted(heavy & set(sys.modules) - {'ruamel'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
