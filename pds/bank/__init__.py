"""The composition root: builds every part, and is alone in committing work.

May be imported by `pds.web` and `pds.cli` only. It holds no rule of the domain: it
opens units of work, runs acts in them, and makes them durable together with their log
leaves. Nothing outside this package commits.
"""
