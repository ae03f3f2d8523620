"""How long things of OAuth live. Every number of the profile stands here, once."""

from datetime import timedelta

ACCESS_TOKEN = timedelta(seconds=300)
"""Short, so that a stolen key and token die soon (FAPI 2.0 section 6.1)."""

AUTHORIZATION_CODE = timedelta(seconds=60)
"""The longest that FAPI 2.0 section 5.3.2.1-11 allows."""

CODE_MEMORY = timedelta(days=1)
"""How long a used code is remembered, so that its reuse still ends the grant."""

PUSHED_REQUEST = timedelta(seconds=90)
"""From the push until the person's browser arrives (FAPI 2.0 5.3.2.2-12: < 600 s)."""

INTERACTION = timedelta(minutes=15)
"""From the browser's arrival until the person has decided: time to log in and read."""

FRESH_LOGIN = timedelta(minutes=5)
"""An older login is repeated before the person may give a consent."""

ASSERTION_AHEAD = timedelta(minutes=10)
"""A client assertion that expires later than this is refused."""

CLOCK_AHEAD = timedelta(seconds=30)
"""A moment further ahead is refused; FAPI 2.0 5.3.2.1-13 wants 10 taken, 60 not."""

PROOF_AGE = timedelta(seconds=300)
"""The oldest DPoP proof that is accepted (RFC 9449 section 11.1)."""

NONCE_EPOCH = timedelta(seconds=120)
"""How long the server's DPoP nonce stays; the one before is accepted as well."""
