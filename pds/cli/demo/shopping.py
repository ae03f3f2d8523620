"""What a person bought in two years: baskets, taxes, payments and returns.

Consumption tax is rounded down once per rate and receipt, as the qualified-invoice
rules allow. Everything is whole yen, so the sums are exact.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from pds.cli.demo.people import Persona
from pds.cli.demo.shops import Product, Shop, shops
from pds.core.clock import TOKYO

_DISCOUNT_CHANCE = 0.06
_RETURN_CHANCE = 0.015
_NOTE = 1000
_WEEK = 7


@dataclass(frozen=True)
class Line:
    """One line of a basket; a return has a negative quantity."""

    product: Product
    quantity: int
    discount: int

    @property
    def net(self) -> int:
        """Return quantity times price less the discount, in yen."""
        return self.quantity * self.product.price - self.discount


@dataclass(frozen=True)
class TaxShare:
    """What one rate contributes: the amount it is reckoned on, and the tax."""

    rate: int
    amount: int
    tax: int


@dataclass(frozen=True)
class Purchase:
    """One visit to a till."""

    shop: Shop
    number: str
    register: str
    at: datetime
    lines: tuple[Line, ...]
    method: str
    original: str | None = None

    @property
    def taxes(self) -> tuple[TaxShare, ...]:
        """Return one share per rate, the lower rate first."""
        rates = sorted({line.product.rate for line in self.lines})
        return tuple(self._share(rate) for rate in rates)

    @property
    def line_total(self) -> int:
        """Return the sum of the lines in yen, with tax where prices include it."""
        return sum(line.net for line in self.lines)

    @property
    def tax_total(self) -> int:
        """Return the tax of all rates in yen."""
        return sum(share.tax for share in self.taxes)

    @property
    def total(self) -> int:
        """Return what is due in yen, with tax; negative for a return."""
        if self.shop.price_includes_tax:
            return self.line_total
        return self.line_total + self.tax_total

    @property
    def tendered(self) -> int:
        """Return what was handed over in yen: notes for cash, else the exact sum."""
        if self.method != "cash" or self.total < 0:
            return self.total
        return -(-self.total // _NOTE) * _NOTE

    def _share(self, rate: int) -> TaxShare:
        amount = sum(x.net for x in self.lines if x.product.rate == rate)
        base = 100 + rate if self.shop.price_includes_tax else 100
        tax = abs(amount) * rate // base
        return TaxShare(rate, amount, tax if amount >= 0 else -tax)


def purchases(
    rng: random.Random, persona: Persona, first_day: date, last_day: date
) -> Iterator[Purchase]:
    """Yield the visits between two days, both included, in order of the days."""
    numbers = dict.fromkeys(persona.shops, 0)
    day = first_day
    while day <= last_day:
        if rng.random() < persona.shopping_per_week / _WEEK:
            key = rng.choices(persona.shops, _weights(persona))[0]
            numbers[key] += rng.randrange(3, 60)
            bought = _visit(rng, persona, shops()[key], day, numbers[key])
            yield bought
            if rng.random() < _RETURN_CHANCE and day < last_day:
                numbers[key] += 1
                yield _bring_back(rng, bought, numbers[key])
        day += timedelta(days=1)


def _weights(persona: Persona) -> list[float]:
    return [1 / (place + 1) for place in range(len(persona.shops))]


def _visit(
    rng: random.Random, persona: Persona, shop: Shop, day: date, number: int
) -> Purchase:
    shelf = shop.on_shelf(day.month)
    size = min(len(shelf), 1 + rng.randrange(2 + 2 * persona.household))
    lines = tuple(_line(rng, product) for product in rng.sample(shelf, size))
    hour = rng.randrange(max(shop.opens, 7), shop.closes)
    at = datetime(day.year, day.month, day.day, hour, rng.randrange(60), tzinfo=TOKYO)
    return Purchase(
        shop=shop,
        number=f"{day:%Y%m%d}-{number:05d}",
        register=f"{rng.randrange(1, 5):02d}",
        at=at,
        lines=lines,
        method=rng.choice(shop.payments),
    )


def _line(rng: random.Random, product: Product) -> Line:
    quantity = rng.randrange(1, product.most + 1)
    cut = product.price * quantity // 10 if rng.random() < _DISCOUNT_CHANCE else 0
    return Line(product, quantity, cut)


def _bring_back(rng: random.Random, bought: Purchase, number: int) -> Purchase:
    line = rng.choice(bought.lines)
    at = bought.at + timedelta(days=1)
    back = Line(line.product, -line.quantity, -line.discount)
    return replace(
        bought,
        number=f"{at:%Y%m%d}-{number:05d}",
        at=at,
        lines=(back,),
        original=bought.number,
    )
