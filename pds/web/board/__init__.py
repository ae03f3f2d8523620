"""The ethics board's pages: what waits for a decision, and what was decided."""
