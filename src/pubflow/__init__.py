"""Publish code, weights and data as one release, each citing the others."""

__version__ = "0.1.0"
