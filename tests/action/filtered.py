"""jq as the runners have it, as far as the workflows use it: `jq -r FILTER FILE`.

The filter itself is run by libjq (the Python binding of that name), so a machine that has only
Python and git can run the tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jq

if __name__ == "__main__":
    flag, words, file = sys.argv[1:]
    assert flag == "-r", flag
    for value in jq.compile(words).input_text(Path(file).read_text("utf-8")):
        sys.stdout.write(value + "\n")
