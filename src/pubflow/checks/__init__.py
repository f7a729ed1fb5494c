"""Readiness rules: pure judgements over names, bytes and a manifest.

`shapes` knows what secrets look like, `names` which files are never published, `tokens_in` and
`notebooks` look into bytes; `leaving` reads what a release would send and puts it before them.
"""
