"""What people enter on the forms of withdrawals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bff.rules.application_kinds import ApplicationKind as Kind
from bff.rules.refusal import Refusal
from bff.rules.refusal import UserErrorCode as Code
from bff.rules.typed_values import WRONG_DAY
from bff.rules.withdrawals.form import Form, checked
from tests.rules.people import TODAY

RETIREMENT = Form(former_employer=" 练习市第一中学 ", certificate_number="TX-0001", approved_on=date(2018, 4, 30))


def errors(kind: Kind, form: Form) -> list[tuple[Code, str | None]]:
    return [(refusal.code, refusal.field) for refusal in checked(kind, form, TODAY)[1]]


def test_a_complete_form_is_tidied() -> None:
    form, refusals = checked(Kind.RETIREMENT, RETIREMENT, TODAY)
    assert (form.former_employer, form.certificate_number, refusals) == ("练习市第一中学", "TX-0001", ())


def test_only_what_the_kind_asks_for_goes_on() -> None:
    assert checked(Kind.RENT, RETIREMENT, TODAY) == (Form(), ())
    assert checked(Kind.UNEMPLOYMENT, RETIREMENT, TODAY) == (Form(certificate_number="TX-0001"), ())


FILLED = Form("GF20170618-0032", "练习市第一中学", "TX-0001", date(2018, 4, 30))


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (Kind.FUND_LOAN_REPAYMENT, set()),
        (Kind.COMMERCIAL_LOAN_REPAYMENT, set()),
        (Kind.HOME_PURCHASE, {"contract_number"}),
        (Kind.HOME_CONSTRUCTION, {"contract_number"}),
        (Kind.RENT, set()),
        (Kind.PROPERTY_FEE, set()),
        (Kind.RETIREMENT, {"former_employer", "certificate_number", "approved_on"}),
        (Kind.UNEMPLOYMENT, {"certificate_number"}),
        (Kind.DOWN_PAYMENT, set()),
    ],
)
def test_each_kind_takes_its_own_fields_and_no_other(kind: Kind, asked: set[str]) -> None:
    form, refusals = checked(kind, FILLED, TODAY)
    taken = {name: value for name in Form.__slots__ if (value := getattr(form, name)) is not None}
    assert taken == {name: getattr(FILLED, name) for name in asked}
    assert refusals == ()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Kind.HOME_PURCHASE, ["contractNumber"]),
        (Kind.HOME_CONSTRUCTION, ["contractNumber"]),
        (Kind.RETIREMENT, ["formerEmployer", "certificateNumber", "approvedOn"]),
        (Kind.UNEMPLOYMENT, ["certificateNumber"]),
    ],
)
@pytest.mark.parametrize("empty", [Form(), Form("  ", " ", "\u3000")])
def test_every_missing_field_is_named_at_once(kind: Kind, fields: list[str], empty: Form) -> None:
    assert errors(kind, empty) == [(Code.REQUIRED, field) for field in fields]


def test_the_message_calls_the_field_as_the_form_does() -> None:
    assert checked(Kind.HOME_CONSTRUCTION, Form(), TODAY)[1][0].message == "请输入建房合同号。"


@pytest.mark.parametrize(
    ("approved_on", "expected"),
    [
        (TODAY, []),
        (date(2018, 10, 26), [(Code.INVALID_DATE, "approvedOn")]),
        (date(1949, 1, 1), []),
        (date(1948, 12, 31), [(Code.INVALID_DATE, "approvedOn")]),
        (date(1900, 1, 1), [(Code.INVALID_DATE, "approvedOn")]),
    ],
)
def test_an_approval_is_not_in_the_future(approved_on: date, expected: list[tuple[Code, str]]) -> None:
    form = Form(former_employer="练习市第一中学", certificate_number="TX-0001", approved_on=approved_on)
    assert errors(Kind.RETIREMENT, form) == expected


@pytest.mark.parametrize(
    ("kind", "form", "expected"),
    [
        (Kind.HOME_PURCHASE, Form(contract_number="A" * 31), (Code.INVALID_CONTRACT_NUMBER, "contractNumber")),
        (Kind.HOME_PURCHASE, Form(contract_number="A;1"), (Code.INVALID_CONTRACT_NUMBER, "contractNumber")),
        (Kind.UNEMPLOYMENT, Form(certificate_number="1" * 31), (Code.INVALID_INPUT, "certificateNumber")),
        (Kind.UNEMPLOYMENT, Form(certificate_number="1\u202e2"), (Code.INVALID_INPUT, "certificateNumber")),
        (Kind.RETIREMENT, Form(former_employer="厂" * 121), (Code.INVALID_INPUT, "formerEmployer")),
    ],
)
def test_what_the_core_could_not_store_is_refused(kind: Kind, form: Form, expected: tuple[Code, str]) -> None:
    assert expected in errors(kind, form)


CONTRACT = "购房合同号只能包含汉字、字母、数字、连字符、斜杠和括号，最多30个字符。"
EMPLOYER = "离退休单位最多120个字符，且不能包含换行等特殊字符。"
CERTIFICATE = "失业证号最多30个字符，且不能包含换行等特殊字符。"


@pytest.mark.parametrize(
    ("kind", "form", "refusal"),
    [
        (
            Kind.HOME_PURCHASE,
            Form(contract_number="A;1"),
            Refusal(Code.INVALID_CONTRACT_NUMBER, CONTRACT, "contractNumber"),
        ),
        (Kind.HOME_PURCHASE, Form(), Refusal(Code.REQUIRED, "请输入购房合同号。", "contractNumber")),
        (
            Kind.RETIREMENT,
            replace(RETIREMENT, former_employer="厂" * 121),
            Refusal(Code.INVALID_INPUT, EMPLOYER, "formerEmployer"),
        ),
        (
            Kind.RETIREMENT,
            replace(RETIREMENT, former_employer=None),
            Refusal(Code.REQUIRED, "请输入离退休单位。", "formerEmployer"),
        ),
        (
            Kind.UNEMPLOYMENT,
            Form(certificate_number="1" * 31),
            Refusal(Code.INVALID_INPUT, CERTIFICATE, "certificateNumber"),
        ),
        (Kind.UNEMPLOYMENT, Form(), Refusal(Code.REQUIRED, "请输入失业证号。", "certificateNumber")),
        (
            Kind.RETIREMENT,
            replace(RETIREMENT, approved_on=None),
            Refusal(Code.REQUIRED, "请输入批准日期。", "approvedOn"),
        ),
        (
            Kind.RETIREMENT,
            replace(RETIREMENT, approved_on=date(2018, 10, 26)),
            Refusal(Code.INVALID_DATE, "批准日期不能晚于今天。", "approvedOn"),
        ),
        (
            Kind.RETIREMENT,
            replace(RETIREMENT, approved_on=date(1948, 12, 31)),
            Refusal(Code.INVALID_DATE, "批准日期不能早于1949年，请核对后重新输入。", "approvedOn"),
        ),
        (Kind.RETIREMENT, replace(RETIREMENT, approved_on=WRONG_DAY), WRONG_DAY.of("approvedOn")),  # type: ignore[arg-type] # as it comes from the schema
    ],
)
def test_a_form_is_refused_with_the_reason(kind: Kind, form: Form, refusal: Refusal) -> None:
    assert checked(kind, form, TODAY)[1] == (refusal,)


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        (Kind.HOME_PURCHASE, Form(contract_number="A" * 30)),
        (Kind.RETIREMENT, replace(RETIREMENT, former_employer="厂" * 120)),
        (Kind.UNEMPLOYMENT, Form(certificate_number="1" * 30)),
    ],
)
def test_the_longest_text_is_taken(kind: Kind, form: Form) -> None:
    assert checked(kind, form, TODAY) == (form, ())


def test_what_is_missing_goes_on_as_nothing() -> None:
    assert checked(Kind.RETIREMENT, Form(), TODAY)[0] == Form()
    assert checked(Kind.HOME_PURCHASE, Form(), TODAY)[0] == Form()
