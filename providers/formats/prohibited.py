"""My Numbers and card numbers are refused at every door (C-11 and PCI DSS 3).

Which fields are looked at, and which cannot hold such a number, is fixed in
`docs/formats/intake.md`, section 2; the names below are that list.
"""

from collections.abc import Iterator

from pds.core import check_digits
from providers.issues import Issue
from providers.payload import JSON, Number, write

_CANNOT_HOLD = frozenset(
    {
        *("system", "code", "version", "url", "profile", "fullUrl", "instantiates"),
        *("lastUpdated", "versionId", "data", "hash", "contentType", "language"),
        *("gtin", "sku", "gln", "corporate_number", "invoice_reg_no", "phone"),
        *("receipt_number", "register_id", "sequence_no", "store_code", "issued_at"),
        *("telecom", "schema"),
    }
)
_ID_HOLDERS = frozenset({"Patient", "RelatedPerson", "Person", "Coverage"})


def find(item: JSON) -> list[Issue]:
    """Return an issue for each field that holds a My Number or a card number.

    `INT-N01` is a My Number (12 digits, valid check digit), `INT-N02` a card number
    (14 to 19 digits, issuer prefix, Luhn). The number itself is never repeated.
    """
    if not check_digits.may_hold_number(write(item).decode()):
        return []
    return list(_walk(item, ""))


def find_in_text(text: str, path: str) -> Iterator[Issue]:
    """Yield an issue for each prohibited number in one text."""
    for run in check_digits.digit_runs(text):
        if check_digits.is_my_number(run):
            yield Issue(
                "INT-N01", path, "This field holds a My Number, which is refused."
            )
        elif check_digits.is_card_number(run):
            yield Issue(
                "INT-N02", path, "This field holds a card number, which is refused."
            )


def _walk(node: JSON, path: str) -> Iterator[Issue]:
    if isinstance(node, str):
        yield from find_in_text(node, path)
    elif isinstance(node, Number):
        yield from find_in_text(node.text, path)
    elif isinstance(node, int) and not isinstance(node, bool):
        yield from find_in_text(str(node), path)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _walk(child, f"{path}[{index}]")
    elif isinstance(node, dict):
        yield from _walk_object(node, path)


def _walk_object(node: dict[str, JSON], path: str) -> Iterator[Issue]:
    skips_id = node.get("resourceType") not in _ID_HOLDERS
    for name, child in node.items():
        if name in _CANNOT_HOLD or (name == "id" and skips_id):
            continue
        in_name = list(find_in_text(name, path))
        yield from in_name
        # A name that is itself such a number must not be repeated in a path.
        step = "*" if in_name else name
        yield from _walk(child, f"{path}.{step}" if path else step)
