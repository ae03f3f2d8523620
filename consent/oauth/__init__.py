"""The bank's OAuth state and rules: clients, requests, codes, grants, tokens, replay.

Holds what is stored for OAuth 2.0 (FAPI 2.0 profile) and the rules that decide it;
one grant stands for one consent. `pds.web.oauth` turns HTTP into calls of this
package, and `pds.disclosure` asks it whether a token is alive. It never speaks HTTP,
never imports Authlib or Flask, never commits, and never stores a token or a code
that could be used: only their digests. The formats are in `docs/formats/oauth.md`.
"""
