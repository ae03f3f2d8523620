"""Words for what intake remarks on an item, and for the fields of a log detail.

Every code of the closed lists has words here; a test compares the lists. What a
reader says in its own words is more exact and is English, so it stands beside the
translation and replaces it where the page is English.
"""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from pds.web.languages import language

ISSUES: Final[Mapping[str, Any]] = {
    "PHR-F01": _l("The format of the file is not known."),
    "PHR-F02": _l("It cannot be read as text or JSON."),
    "PHR-F03": _l("This form of JSON is not accepted."),
    "PHR-F04": _l("The file or one of its parts is too large."),
    "PHR-F05": _l("The XML refers to something outside of the file."),
    "PHR-F06": _l("The archive is damaged or was changed."),
    "PHR-S10": _l("Something required is missing."),
    "PHR-S11": _l("An element is empty or has the wrong type."),
    "PHR-S12": _l("Only one of several elements may be given."),
    "PHR-S13": _l("A text does not have the required form."),
    "PHR-S14": _l("The observation has no value."),
    "PHR-S20": _l("An element is not known here."),
    "PHR-S21": _l("Records of this type are not stored here."),
    "PHR-S22": _l("A member that is known of this source was dropped."),
    "PHR-S23": _l("The medication was taken into the record."),
    "PHR-S30": _l("The code is not allowed here."),
    "PHR-S31": _l("Something that it refers to is missing or of the wrong type."),
    "PHR-S32": _l("Parts of the record do not go together."),
    "PHR-V10": _l("The end lies before the start."),
    "PHR-V11": _l("The time is not possible."),
    "PHR-V12": _l("The time has no zone and was read as Japan's."),
    "PHR-V13": _l("The record has no time of its own."),
    "PHR-V20": _l("The unit has no standard code."),
    "PHR-V21": _l("The unit does not fit the measurement."),
    "PHR-V22": _l("The unit is not a standard one."),
    "PHR-V30": _l("The value is not possible."),
    "PHR-V31": _l("The value is unusual."),
    "PHR-V32": _l("The upper blood pressure is not above the lower one."),
    "PHR-V40": _l("The code is not in the catalogue."),
    "PHR-V41": _l("A JLAC10 code has 17 letters and digits."),
    "PHR-V42": _l("The name differs from the catalogue's."),
    "PHR-D01": _l("It was there already."),
    "RCP-S10": _l("Something required is missing from the receipt."),
    "RCP-S11": _l("A value of the receipt has the wrong form."),
    "RCP-S12": _l("The receipt has a code that is not known."),
    "RCP-S20": _l("The receipt has a member that is not known."),
    "RCP-A01": _l("A line does not come out."),
    "RCP-A02": _l("The sum of the lines does not come out."),
    "RCP-A03": _l("The total does not come out."),
    "RCP-A04": _l("The tax does not come out."),
    "RCP-A05": _l("The payments do not come out."),
    "RCP-A06": _l("The breakdown does not come out."),
    "RCP-T01": _l("The tax rate was not lawful on that day."),
    "RCP-T02": _l("Alcohol has no reduced rate."),
    "RCP-T04": _l("Only some of the lines have a tax rate."),
    "RCP-N01": _l("The registration number has the wrong form."),
    "RCP-N02": _l("The check digit of the registration number is wrong."),
    "RCP-N03": _l("There was no registration number yet on that day."),
    "RCP-G01": _l("The product code is no valid GTIN."),
    "RCP-G02": _l("The product code is the shop's own."),
    "RCP-R01": _l("The total of a return is not below zero."),
    "RCP-P01": _l("Details of staff or card were dropped."),
    "RCP-L01": _l("Sensitive items are kept apart."),
    "RCP-D01": _l("The receipt was there already."),
    "INT-N01": _l("It holds a My Number, which is never stored."),
    "INT-N02": _l("It holds a card number, which is never stored."),
}
"""What each code of `providers.issues` means to the person."""

DETAILS: Final[Mapping[str, Any]] = {
    "owner": _l("Your account"),
    "pseudonym": _l("Pseudonym in audits"),
    "pairwise_sub": _l("Your id at the recipient"),
    "consent_id": _l("Consent"),
    "consent_version": _l("Version of the consent"),
    "request_id": _l("Request"),
    "record_list_root": _l("Digest of the list of records"),
    "n": _l("Records"),
    "body_sha256": _l("Digest of what was sent"),
    "jkt": _l("Key of the client"),
    "actor": _l("Acted"),
    "addr": _l("Network address"),
    "reasons": _l("Reason codes"),
    "decided_at": _l("Decided at"),
    "gen": _l("Period of your audit key"),
    "i": _l("Number in this period"),
    "object": _l("Concerns"),
    "prev_gen": _l("Period before"),
    "prev_n": _l("Entries in the period before"),
}
"""What each field of a log entry's detail holds."""


def general(code: str) -> str:
    """Return the translated words for an issue's code, where the page needs them.

    Args:
        code: a code of `providers.issues`.

    Returns:
        Nothing on an English page: there the reader's own message says more.
    """
    if language() == "en" or code not in ISSUES:
        return ""
    return str(ISSUES[code])
