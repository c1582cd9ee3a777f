"""The schema's own scalars. Money and rates travel as decimal strings: a float never carries either."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from bff.rules.dates import Month, at_centre
from bff.rules.typed_values import Mistyped, typed_day, typed_money, typed_rate

Money = NewType("Money", Decimal)
Rate = NewType("Rate", Decimal)


class WrongInput(GraphQLError):
    """The client sent a value of another kind than a text. It names nothing of the schema. A text that cannot be read
    was typed by a person, and is refused with the other input (`bff/rules/typed_values.py`)."""

    for_people = True


_MONTH = re.compile(r"(\d{4})-(\d{2})")


def _money_out(value: Decimal) -> str:
    text = str(value)
    return text if text[-3:-2] == "." else f"{value:.2f}"  # which takes three times as long


def _money_in(value: object) -> Decimal | Mistyped:
    if not isinstance(value, str):
        raise WrongInput('金额须为不带符号、最多两位小数的数字字符串，如 "2126.00"。')
    return typed_money(value)


def _rate_out(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _rate_in(value: object) -> Decimal | Mistyped:
    if not isinstance(value, str):
        raise WrongInput('利率须为数字字符串，单位为百分比每年，如 "3.575"。')
    return typed_rate(value)


def _date_in(value: object) -> date | Mistyped:
    if not isinstance(value, str):
        raise WrongInput('日期须为字符串 YYYY-MM-DD，如 "2018-10-25"。')
    return typed_day(value)


def _month_in(value: object) -> Month:
    if isinstance(value, str) and (found := _MONTH.fullmatch(value)):
        try:
            return Month(int(found[1]), int(found[2]))
        except ValueError:
            pass
    raise WrongInput('月份须为 YYYY-MM，如 "2018-09"。')


def _moment_in(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise WrongInput('时间须为带时区的 ISO 8601，如 "2018-10-25T09:30:00+08:00"。')
    return moment


SCALARS: Mapping[object, ScalarDefinition] = {
    Money: strawberry.scalar(
        name="Money",
        description='An amount in yuan as a decimal string with two places, "2126.00" (金额，元). '
        "As input also full-width digits and commas between thousands; no sign, no exponent, at most two decimals.",
        serialize=_money_out,
        parse_value=_money_in,
    ),
    Rate: strawberry.scalar(
        name="Rate",
        description='Per cent, as a decimal string: "3.575" is 3.575 % (利率或比例，百分比). '
        "As input also full-width digits.",
        serialize=_rate_out,
        parse_value=_rate_in,
    ),
    date: strawberry.scalar(
        name="Date",
        description='A day, YYYY-MM-DD: "2018-10-25" (日期).',
        serialize=date.isoformat,
        parse_value=_date_in,
    ),
    Month: strawberry.scalar(
        name="Month",
        description='A calendar month, YYYY-MM: "2018-09" (年月).',
        serialize=str,
        parse_value=_month_in,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description='A moment, ISO 8601 in the centre\'s time, +08:00: "2018-10-25T09:30:00+08:00" (时间).',
        serialize=lambda moment: at_centre(moment).isoformat(),
        parse_value=_moment_in,
    ),
}
