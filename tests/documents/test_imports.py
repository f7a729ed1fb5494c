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


def test_threads_that_meet_yaml_first_in_different_places_all_get_it() -> None:
    script = (
        "import threading\n"
        "from pubflow.documents import yamltext\n"
        "gate, wrong = threading.Barrier(8), []\n"
        "works = [lambda: yamltext.parse('a: 1', what='x'), lambda: yamltext.emit({'a': '1'}),\n"
        "         lambda: yamltext.safe('1'), lambda: yamltext.parse('b: [1]', what='x')]\n"
        "def run(work):\n"
        "    gate.wait()\n"
        "    try:\n"
        "        work()\n"
        "    except BaseException as error:\n"
        "        wrong.append(repr(error))\n"
        "threads = [threading.Thread(target=run, args=(work,)) for work in works * 2]\n"
        "[one.start() for one in threads], [one.join() for one in threads]\n"
        "print(wrong)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
