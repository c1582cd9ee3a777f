"""What a person typed wrong has one shape: a code, the field and a sentence that says what to do, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
)

from tests.support.servers import ROOT, Bff, Core

DUAN = "13800000001"
TYPED = {"Money": "INVALID_AMOUNT", "Rate": "INVALID_INPUT", "Date": "INVALID_DATE"}
"""Scalars that a person types, and the codes of what cannot be read."""
NO_UNITS = "金额格式不正确，请只输入数字，不带符号和单位，最多两位小数，如 2126.00。"
NO_SUCH_DAY = "日期不正确，请按“年-月-日”输入实际存在的日期，如 2018-10-25。"
PLAN = {"principal": "290000.00", "periods": 120, "method": "EQUAL_PRINCIPAL", "annualRate": "3.25"}


@pytest.fixture(scope="module")
def token(bff: Bff) -> str:
    return bff.sign_in(DUAN)


def applied(bff: Bff, token: str, operation: str, **asked: Any) -> Any:
    payload = bff.data(operation, {"input": {"idempotencyKey": str(uuid4()), **asked}}, token)
    (found,) = payload.values()
    assert found["application"] is None
    return found["userErrors"]


@pytest.mark.parametrize("typed", ["10000元", "-1", "1e3", "1.234", "NaN", "一万"])
def test_an_amount_that_cannot_be_read_is_refused_at_its_field(bff: Bff, token: str, typed: str) -> None:
    errors = applied(bff, token, "ApplyLoanPrepayment", amount=typed)
    assert errors == [{"code": "INVALID_AMOUNT", "field": "amount", "message": NO_UNITS}]


def test_an_amount_that_is_missing_is_asked_for(bff: Bff, token: str) -> None:
    errors = applied(bff, token, "ApplyLoanPrepayment", amount=" ")
    assert errors == [{"code": "INVALID_AMOUNT", "field": "amount", "message": "请输入金额，如 2126.00。"}]


def test_all_that_is_wrong_with_a_form_is_told_at_once_and_costs_the_core_nothing(
    bff: Bff, core: Core, token: str
) -> None:
    core.calls()
    asked = {"formerEmployer": "", "certificateNumber": "1", "expectedAmount": "x", "approvedOn": "2018-02-30"}
    errors = applied(bff, token, "ApplyRetirementWithdrawal", **asked, idempotencyKey="")
    assert {(each["field"], each["code"]) for each in errors} == {
        ("idempotencyKey", "REQUIRED"),
        ("formerEmployer", "REQUIRED"),
        ("expectedAmount", "INVALID_AMOUNT"),
        ("approvedOn", "INVALID_DATE"),
    }
    assert {each["message"] for each in errors} >= {NO_UNITS, NO_SUCH_DAY}
    assert core.calls() == {}


def test_an_amount_that_cannot_be_read_leaves_the_form_as_it_is(bff: Bff, token: str) -> None:
    form = bff.data("LoanPrepaymentForm", {"amount": "10000元"}, token)["me"]["prepaymentQuote"]
    assert form["refusals"] == [{"code": "INVALID_AMOUNT", "message": NO_UNITS}]
    assert (form["eligible"], form["effect"]) == (False, None)
    assert form["payoffAmount"] is not None


@pytest.mark.parametrize("typed", ["10,000", "１０，０００．００", " 10000.0 "])
def test_an_amount_is_taken_as_people_type_it(bff: Bff, token: str, typed: str) -> None:
    plain = bff.data("LoanPrepaymentForm", {"amount": "10000"}, token)["me"]["prepaymentQuote"]
    assert plain["effect"] is not None
    assert bff.data("LoanPrepaymentForm", {"amount": typed}, token)["me"]["prepaymentQuote"] == plain


def test_rates_and_days_are_taken_in_full_width(bff: Bff) -> None:
    asked = {**PLAN, "startOn": "2018-10-25"}
    plain = bff.data("RepaymentPlan", {"input": asked})
    wide = {**asked, "annualRate": " ３．２５ ", "startOn": "２０１８－１０－２５"}
    assert bff.data("RepaymentPlan", {"input": wide}) == plain


def test_a_calculator_tells_what_cannot_be_read_with_what_is_out_of_range(bff: Bff) -> None:
    asked = {**PLAN, "principal": "", "periods": 0, "annualRate": "3%", "startOn": "2018-13-01"}
    (error,) = bff.execute("RepaymentPlan", {"input": asked})["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("BAD_USER_INPUT", "principal")
    assert [(each["field"], each["code"]) for each in error["extensions"]["problems"]] == [
        ("principal", "INVALID_AMOUNT"),
        ("periods", "BELOW_MINIMUM"),
        ("annualRate", "INVALID_INPUT"),
        ("startOn", "INVALID_DATE"),
    ]


@pytest.mark.parametrize(
    ("document", "field", "code"),
    [
        ("{ outlets(first: 0) { totalCount } }", "first", "INVALID_INPUT"),
        ('{ bulletins(after: "?") { totalCount } }', "after", "INVALID_INPUT"),
        ('{ interestRates(on: "1980-01-01") { effectiveFrom } }', "on", "INVALID_DATE"),
    ],
)
def test_other_input_that_does_not_fit_has_the_same_shape(bff: Bff, document: str, field: str, code: str) -> None:
    (error,) = bff.execute(document)["errors"]
    problem = {"code": code, "field": field, "message": error["message"]}
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "field": field, "problems": [problem]}


def asking_fields() -> Iterator[tuple[str, str, GraphQLField]]:
    """Each field with an argument that a person types: its place, a document that asks for it, and its definition."""
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    places = {
        "Query": "{}",
        "Me": "me {{ {} }}",
        "Account": "me {{ account {{ {} }} }}",
        "Loan": "me {{ loans {{ {} }} }}",
    }
    for kind in schema.type_map.values():
        for name, field in kind.fields.items() if isinstance(kind, GraphQLObjectType) else ():
            typed = [path for argument, each in field.args.items() for path, _ in typed_in(argument, each.type)]
            if typed:
                head = ", ".join(f"${argument}: {each.type}" for argument, each in field.args.items())
                passed = ", ".join(f"{argument}: ${argument}" for argument in field.args)
                if kind is schema.mutation_type:
                    asked, operation = f"{name}({passed}) {{ userErrors {{ code field message }} }}", "mutation"
                else:
                    refusals = "refusals { code field message }" if "refusals" in fields_of(field) else "__typename"
                    asked, operation = places[kind.name].format(f"{name}({passed}) {{ {refusals} }}"), "query"
                yield f"{kind.name}.{name}", f"{operation}({head}) {{ {asked} }}", field


def fields_of(field: GraphQLField) -> Any:
    named = get_named_type(field.type)
    return named.fields if isinstance(named, GraphQLObjectType) else {}


def typed_in(name: str, kind: Any, root: bool = True) -> Iterator[tuple[str, str]]:
    """Paths and codes; an input's own name is no part of them."""
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        for each, field in named.fields.items():
            yield from typed_in(each if root else f"{name}.{each}", field.type, root=False)
    elif named.name in TYPED:
        yield name, TYPED[named.name]


def mistyped(kind: Any) -> Any:
    if isinstance(kind, GraphQLNonNull):
        return mistyped(kind.of_type)
    if isinstance(kind, GraphQLList):
        return [mistyped(kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {name: mistyped(each.type) for name, each in kind.fields.items()}
    return {"Int": 1, "Boolean": True, "String": "1"}.get(kind.name, "3月")


ASKING = {place: (document, field) for place, document, field in asking_fields()}


@pytest.mark.parametrize("place", ASKING)
def test_each_field_refuses_what_cannot_be_read_in_this_shape(bff: Bff, token: str, place: str) -> None:
    document, field = ASKING[place]
    variables = {name: None if name in ("after", "first") else mistyped(each.type) for name, each in field.args.items()}
    answer = bff.execute(document, variables, token)
    expected = {found for name, each in field.args.items() for found in typed_in(name, each.type)}
    told = problems(answer)
    assert {(each["field"], each["code"]) for each in told} >= expected
    assert all(each["message"] for each in told)


def problems(answer: Any) -> Any:
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        return answer["errors"][0]["extensions"]["problems"]
    (found,) = answer["data"].values()
    return found["userErrors"] if "userErrors" in found else found["prepaymentQuote"]["refusals"]
