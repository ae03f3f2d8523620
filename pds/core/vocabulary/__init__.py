"""The words that data and purposes are named by, as versioned data.

`categories`, `purposes` and `recipient_classes` read the JSON files beside them once,
strictly, and give typed, frozen values. May be imported by everything; imports nothing
of ours but the errors. It must never depend on a person, a recipient or the moment.
"""

from pds.core.vocabulary.words import DetailLevel, Sensitivity, Wording, Words

__all__ = ["DetailLevel", "Sensitivity", "Wording", "Words"]
