"""The world's fixtures for this folder."""

from tests.disclosure.fixtures import lone, world

__all__ = ["lone", "world"]
