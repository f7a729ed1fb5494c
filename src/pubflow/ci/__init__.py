"""pubflow in a workflow of GitHub Actions, and the workflows that it writes.

`runner` is what the runner says of itself, `report` what pubflow tells it, `guard` keeps foreign
words in the log from being taken for commands, `step` is the Action's one command, and `workflows`
writes files for `.github/workflows`.
"""
