"""OAuth over HTTP: Authlib's server with this bank's one profile, FAPI 2.0.

May be imported by `pds.web.app` and, for checking a presented token, by `pds.web.api`.
This is the only package that imports Authlib. It turns HTTP into calls of
`consent.oauth` and never decides, stores or commits anything by itself. What Authlib
does too loosely is overridden here; `tests/oauth/test_pitfalls.py` names each case.
"""
