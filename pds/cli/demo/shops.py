"""The invented shops of the demo world and what they sell.

Prices are in yen, rates in percent. Article numbers begin with 952, which GS1 keeps
for demonstrations; registration numbers carry a right check digit and belong to
nobody that the demo knows of.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_ALL_YEAR = tuple(range(1, 13))


@dataclass(frozen=True)
class Product:
    """One article on the shelf; `most` is the largest number bought at once."""

    name: str
    gtin: str
    price: int
    rate: int
    category_code: str
    category_name: str
    most: int
    months: tuple[int, ...]


@dataclass(frozen=True)
class Shop:
    """One shop; prices include tax where `price_includes_tax` says so."""

    key: str
    name: str
    store_name: str
    store_code: str
    industry: str
    prefecture: str
    postal_code: str
    invoice_reg_no: str
    price_includes_tax: bool
    opens: int
    closes: int
    payments: tuple[str, ...]
    products: tuple[Product, ...]

    def on_shelf(self, month: int) -> list[Product]:
        """Return what the shop sells in that month of the year."""
        return [each for each in self.products if month in each.months]


@cache
def shops() -> dict[str, Shop]:
    """Return every shop by its key."""
    text = files(__package__).joinpath("shops.json").read_text(encoding="utf-8")
    return {each["key"]: _shop(each) for each in json.loads(text)}


def _shop(row: dict[str, Any]) -> Shop:
    plain = {key: row[key] for key in row if key not in {"payments", "products"}}
    return Shop(
        **plain,
        payments=tuple(row["payments"]),
        products=tuple(_product(each) for each in row["products"]),
    )


def _product(row: dict[str, Any]) -> Product:
    return Product(
        name=row["name"],
        gtin=row["gtin"],
        price=row["price"],
        rate=row["rate"],
        category_code=row["category"]["code"],
        category_name=row["category"]["name"],
        most=row.get("most", 1),
        months=tuple(row.get("months", _ALL_YEAR)),
    )
