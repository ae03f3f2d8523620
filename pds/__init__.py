"""The application: vault, disclosure, delivery; empty so that a layer imports alone."""
