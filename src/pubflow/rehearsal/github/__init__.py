"""The stand-in for GitHub: REST API, asset uploads, git over HTTP and pages, on one origin.

Shapes follow GitHub's own OpenAPI description (npm @octokit/openapi 23.0.2); what a description
cannot say is named with its source where it is decided. Read `world.py` for what exists, then
`standin.py` for how a request finds its answer.
"""

from __future__ import annotations

from .standin import GitHub

__all__ = ["GitHub"]
