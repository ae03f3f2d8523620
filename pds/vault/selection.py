"""The statements that select records, each compiled once.

A page walks one index in its order and stops when it is full. Several categories are
walked side by side and merged by the database (a compound of ordered branches), so a
page of two rare categories does not read the many records of a common one.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    GenerativeSelect,
    Integer,
    LargeBinary,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from pds.core.database import Prepared
from pds.vault.tables import IS_CURRENT, IS_CURRENT_OF_CATEGORY, vault_record

_c = vault_record.c
# The order of `pds.vault.records.Row`: first what the label binds, as it binds it.
_COLUMNS = (
    _c.record_id,
    _c.version,
    _c.payload_schema,
    _c.first_day,
    _c.last_day,
    _c.sensitivity,
    _c.source_id,
    _c.sealed,
    _c.order_in_day,
    _c.category,
    _c.generation,
)


MOST_BRANCHES = 8
"""Above this many categories the index of all of them is walked instead."""

_ORDER: tuple[ColumnElement[Any], ...] = (
    literal_column("last_day").desc(),
    literal_column("order_in_day").desc(),
    literal_column("record_id"),
)
"""Bare names, because a compound is ordered by the names of its columns."""


def _number(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=Integer)


def _window() -> tuple[ColumnElement[bool], ...]:
    return (
        _c.owner_id == bindparam("owner", type_=LargeBinary),
        _c.last_day <= _number("last"),
        # Follows from the next condition, but it is this one that ends the walk.
        _c.last_day >= _number("first"),
        _c.first_day >= _number("first"),
    )


def _after() -> tuple[ColumnElement[bool], ...]:
    day, order = _number("day"), _number("order")
    return (
        _c.last_day <= day,
        or_(
            _c.last_day < day,
            _c.order_in_day < order,
            and_(
                _c.order_in_day == order,
                _c.record_id > bindparam("record", type_=LargeBinary),
            ),
        ),
    )


def _from(sources: int) -> tuple[ColumnElement[bool], ...]:
    if not sources:
        return ()
    names = [bindparam(f"s{n}", type_=LargeBinary) for n in range(sources)]
    return (_c.source_id.in_(names),)


def _new() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of what is new to somebody (`pds.vault.records.Since`)."""
    return (
        _c.created_at <= _moment("stored_until"),
        or_(
            _c.created_at > _moment("stored_after"),
            _c.last_day > _number("last_day_after"),
        ),
    )


def _moment(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=BigInteger)


def _branch(
    name: str, sources: int, *, is_first: bool, is_new: bool
) -> Select[tuple[Any, ...]]:
    is_category = _c.category == bindparam(name)
    return select(*_COLUMNS).where(
        IS_CURRENT_OF_CATEGORY,
        is_category,
        *_window(),
        *(() if is_first else _after()),
        *_from(sources),
        *(_new() if is_new else ()),
    )


def _names(categories: int) -> list[BindParameter[str]]:
    return [bindparam(f"c{n}") for n in range(categories)]


def _selected(
    categories: int, sources: int, *, is_first: bool, is_new: bool
) -> GenerativeSelect:
    if categories > MOST_BRANCHES:
        is_one = _c.category.in_(_names(categories))
        return select(*_COLUMNS).where(
            IS_CURRENT,
            is_one,
            *_window(),
            *(() if is_first else _after()),
            *_from(sources),
            *(_new() if is_new else ()),
        )
    branches = [
        _branch(f"c{n}", sources, is_first=is_first, is_new=is_new)
        for n in range(categories)
    ]
    return branches[0] if categories == 1 else union_all(*branches)


@cache
def page_of(
    categories: int, sources: int = 0, *, is_first: bool = False, is_new: bool = False
) -> Prepared:
    """Return the statement of a page over so many categories (`c0`, `c1`, …).

    The first page begins nowhere in particular, so its statement compares less.

    With sources (`s0`, `s1`, …) records of others are stepped over; the walk stays
    in one person's range of the index. What is not new may be stepped over likewise.
    """
    # SQLAlchemy would bind an offset of its own beside a bound limit.
    selected = _selected(categories, sources, is_first=is_first, is_new=is_new)
    found = selected.order_by(*_ORDER)
    return Prepared(found.limit(_number("size")).offset(literal_column("0")))


@cache
def count_of(categories: int) -> Prepared:
    """Return the statement that counts records by category."""
    is_one = _c.category.in_(_names(categories))
    return Prepared(
        select(_c.category, func.count())
        .where(IS_CURRENT_OF_CATEGORY, is_one, *_window())
        .group_by(_c.category)
    )


ONE = Prepared(
    select(*_COLUMNS).where(
        _c.owner_id == bindparam("owner", type_=LargeBinary),
        _c.record_id == bindparam("record", type_=LargeBinary),
        IS_CURRENT,
    )
)
"""The current version of one record."""


_first = vault_record.alias("first_version")
GONE = Prepared(
    select(_c.record_id, _c.category)
    .distinct()
    .where(
        _c.owner_id == bindparam("owner", type_=LargeBinary),
        _c.created_at > _moment("stored_after"),
        _c.created_at <= _moment("stored_until"),
        _c.version > literal_column("1"),
        exists().where(
            _first.c.owner_id == _c.owner_id,
            _first.c.record_id == _c.record_id,
            _first.c.version == literal_column("1"),
            _first.c.created_at <= _moment("stored_after"),
        ),
    )
    .order_by(_c.record_id)
    .limit(_number("size"))
    .offset(literal_column("0"))
)
"""Records that were there before and of which there is a newer version, or an end."""

IS_NEW = Prepared(
    select(
        exists().where(
            _c.owner_id == bindparam("owner", type_=LargeBinary),
            _c.created_at > _moment("stored_after"),
            _c.created_at <= _moment("stored_until"),
        ),
        exists().where(
            _c.owner_id == bindparam("owner", type_=LargeBinary),
            IS_CURRENT,
            _c.last_day > _number("last_day_after"),
        ),
    )
)
"""Whether anything at all of a person can be new to somebody."""
