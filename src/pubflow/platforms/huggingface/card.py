"""The card before all of it is known, and the one key that a predecessor's card gets."""

from __future__ import annotations

from pubflow.documents import card, yamltext
from pubflow.links import Links
from pubflow.manifest import Target

SUCCESSOR = "new_version"
"""hub-docs model-cards.md, 2026-08: of models only; their page then points to the newer one."""


def provisional(target: Target) -> str:
    """The card as far as publish.toml and the author's text tell it: without any address.

    Its head has all that the Hub examines. Raises PubflowError where it cannot be made at all.
    """
    return card.render(target, Links({target.name: None})).text


def names_successor(text: str, name: str, *, what: str) -> bool:
    """Whether the head already points to `name`."""
    head, _ = card.split(text)
    return head is not None and yamltext.parse(head, what=what).get(SUCCESSOR) == name


def succeeded(text: str, name: str, *, what: str) -> str:
    """The card with its head pointing to `name`; every other byte as it was."""
    head, rest = card.split(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    top = yamltext.update(head or "", {SUCCESSOR: name}, what=what)
    top = top.replace("\r\n", "\n").rstrip("\n").replace("\n", newline)
    return f"---{newline}{top}{newline}---{newline}{rest if head is not None else text}"
