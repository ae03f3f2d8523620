"""Published JSON schemas of the consent formats. Files only; imports nothing."""
