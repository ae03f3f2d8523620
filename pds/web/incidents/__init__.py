"""Pages of incidents: staff act, auditors and board read, persons see their own part.

Lives here: one module for each who looks. No page shows who is concerned; staff see
counts, and each person what was told to them (docs/adr/0045-incidents.md).
"""

# The views about telling register themselves on the blueprint of the staff.
from pds.web.incidents import operator, telling

__all__ = ["operator", "telling"]
