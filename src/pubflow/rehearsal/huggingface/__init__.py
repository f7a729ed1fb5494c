"""A stand-in for the Hugging Face Hub: repositories, commits, LFS, refs, cards, collections, pages.

What it knows of the Hub comes from recordings of its clients, from their source (huggingface_hub
2.4.0, hf-xet 1.8.0) and from hub-docs (2026-08-22); nothing was learned from the Hub itself. Each
module names its own sources and guesses. It shares no code with the platform adapter.
"""

from pubflow.rehearsal.huggingface.hub import Hub

__all__ = ["Hub"]
