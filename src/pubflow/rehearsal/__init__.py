"""Stand-ins for GitHub, the Hugging Face Hub and Zenodo on real sockets, for rehearsing a release.

with loopback_only(), Rehearsal.start() as rehearsal:
    environment = clean_environment(rehearsal.env)
"""

from __future__ import annotations

from pubflow.rehearsal.loopback import NotLoopback, clean_environment, loopback_only
from pubflow.rehearsal.serve import Rehearsal

__all__ = ["NotLoopback", "Rehearsal", "clean_environment", "loopback_only"]
