"""Purchases written as Receipt JSON (schema `receipt/1`)."""

from typing import Any

from pds.cli.demo.shopping import Line, Purchase, TaxShare


def receipt(purchase: Purchase) -> dict[str, Any]:
    """Return one receipt as a shop's till would send it; amounts are text."""
    shop = purchase.shop
    made: dict[str, Any] = {
        "schema": "receipt/1",
        "receipt_type": "return" if purchase.original else "sale",
        "detail_level": "itemized",
        "issued_at": purchase.at.isoformat(),
        "business_date": purchase.at.date().isoformat(),
        "receipt_number": purchase.number,
        "register_id": purchase.register,
        "seller": {
            "name": shop.name,
            "store_name": shop.store_name,
            "store_code": shop.store_code,
            "invoice_reg_no": shop.invoice_reg_no,
            "postal_code": shop.postal_code,
            "prefecture": shop.prefecture,
            "industry": shop.industry,
        },
        "currency": "JPY",
        "lines": [
            _line(purchase, number, line)
            for number, line in enumerate(purchase.lines, start=1)
        ],
        "tax_breakdown": [_tax(purchase, share) for share in purchase.taxes],
        "totals": _totals(purchase),
        "payments": [{"method": purchase.method, "amount": str(purchase.tendered)}],
    }
    if purchase.original:
        made["original_receipt"] = {"receipt_number": purchase.original}
    return made


def _line(purchase: Purchase, number: int, line: Line) -> dict[str, Any]:
    product = line.product
    return {
        "line_no": number,
        "kind": "item",
        "description": product.name,
        "gtin": product.gtin,
        "category": [
            {
                "scheme": "merchant",
                "code": product.category_code,
                "name": product.category_name,
            }
        ],
        "quantity": str(line.quantity),
        "unit": "H87",
        "unit_price": str(product.price),
        "discount": str(line.discount),
        "net": str(line.net),
        "price_includes_tax": purchase.shop.price_includes_tax,
        "tax_category": _category(product.rate),
        "tax_rate": str(product.rate),
    }


def _tax(purchase: Purchase, share: TaxShare) -> dict[str, Any]:
    return {
        "tax_category": _category(share.rate),
        "tax_rate": str(share.rate),
        "taxable_amount": str(share.amount),
        "tax_amount": str(share.tax),
        "includes_tax": purchase.shop.price_includes_tax,
        "rounding": "floor",
    }


def _totals(purchase: Purchase) -> dict[str, str]:
    return {
        "line_total": str(purchase.line_total),
        "discount_total": str(sum(line.discount for line in purchase.lines)),
        "tax_total": str(purchase.tax_total),
        "total": str(purchase.total),
        "paid": str(purchase.tendered),
        "change": str(purchase.tendered - purchase.total),
    }


def _category(rate: int) -> str:
    return "AA" if rate == 8 else "S"  # noqa: PLR2004 - Japan's lower rate in percent
