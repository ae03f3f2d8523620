"""The check digit of Japan's corporate numbers (法人番号); pure.

Thirteen digits: the first checks the other twelve. Weights 1 and 2 alternate from the
right; the check digit is nine less the weighted sum modulo nine (Ordinance of the
Ministry of Finance on corporate numbers, article 2).
"""

import re

_FORM = re.compile(r"[1-9][0-9]{12}\Z", re.ASCII)


def is_corporate_number(text: str) -> bool:
    """Say whether a text is thirteen digits with the right check digit."""
    if _FORM.match(text) is None:
        return False
    weighted = sum(
        int(digit) * (1 + position % 2)
        for position, digit in enumerate(reversed(text[1:]))
    )
    return int(text[0]) == 9 - weighted % 9
