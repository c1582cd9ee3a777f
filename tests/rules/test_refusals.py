"""Each refusal of withdrawals and prepayments, whole: what it says, and the facts that stand behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bff.rules.account import Account, AccountStatus, ContributionTerms
from bff.rules.application import Keep
from bff.rules.application_kinds import ApplicationKind as Kind
from bff.rules.loan import Loan, LoanStatus, RepaymentMethod
from bff.rules.loans.prepayment_conditions import _names, partial_refusals
from bff.rules.loans.prepayment_offer import prepayment_offer
from bff.rules.policy.model import PrepaymentTerms
from bff.rules.policy.withdrawal_terms import (
    AccountCondition,
    AreaLimit,
    Base,
    Cap,
    Condition,
    Frequency,
    MonthlyLimit,
    Reserve,
    Window,
    WindowStart,
)
from bff.rules.refusal import Refusal
from bff.rules.refusal import UserErrorCode as Code
from bff.rules.withdrawals import caps
from bff.rules.withdrawals.candidate import Candidate
from bff.rules.withdrawals.caps import Limit
from bff.rules.withdrawals.conditions import CONDITIONS, arrears_refusal
from bff.rules.withdrawals.eligibility import (
    account_refusal,
    bank_account_refusal,
    barred_refusal,
    in_flight_refusal,
    paid_long_enough,
    sealed_long_enough,
)
from bff.rules.withdrawals.facts import HomeRegistration, WithdrawalBasis
from bff.rules.withdrawals.frequency import frequency_refusal
from bff.rules.withdrawals.monthly_rent import of_months
from bff.rules.withdrawals.time_window import window_refusal
from tests.rules.people import (
    IN_FLIGHT,
    OVERDUE,
    TODAY,
    account,
    basis,
    commercial_loan,
    drawn,
    facts,
    home,
    loan,
    practice,
)

MONTHLY = MonthlyLimit(Decimal("1000"), 12, ())
AREA = AreaLimit(Decimal("2.5"), 12)


def candidate(
    kind: Kind = Kind.RENT,
    *,
    an_account: Account | None = None,
    a_basis: WithdrawalBasis | None = None,
    loans: tuple[Loan, ...] = (),
    home: HomeRegistration | None = None,
    fund_loan: Loan | None = None,
    commercial: Any = None,
    contract_number: str | None = None,
    **changes: Any,
) -> Candidate:
    """By the practice centre's terms with these changes."""
    terms = practice().withdrawals[kind]
    assert terms is not None
    known = facts(an_account, a_basis, loans)
    return Candidate(kind, replace(terms, **changes), known, contract_number, home, fund_loan, commercial)


@pytest.mark.parametrize(
    ("refused", "refusal"),
    [
        (
            lambda: CONDITIONS[Condition.ACTIVE_FUND_LOAN](candidate()),
            Refusal(
                Code.NO_FUND_LOAN,
                "未查询到您名下还款中的公积金贷款。如您是共同借款人或有疑问，请拨打12329或到公积金中心柜台核实。",
            ),
        ),
        (
            lambda: account_refusal(account(status=AccountStatus.FROZEN), AccountCondition.NORMAL),
            Refusal(Code.ACCOUNT_FROZEN, "您的账户已冻结，解冻后方可办理，请到公积金中心柜台咨询。"),
        ),
        (
            lambda: account_refusal(account(status=AccountStatus.CLOSED), AccountCondition.SEALED),
            Refusal(
                Code.ACCOUNT_CLOSED,
                "您的账户已销户，不能办理此业务；账户已合并或者转出的，请以现有账户办理。如有疑问，请拨打12329或到公积金中心柜台核实。",
            ),
        ),
        (
            lambda: account_refusal(account(), AccountCondition.SEALED),
            Refusal(
                Code.ACCOUNT_NOT_SEALED,
                "您的账户仍在缴存，封存（停缴）后方可申请。请联系缴存单位办理封存；灵活就业人员请到公积金中心柜台办理。",
            ),
        ),
        (
            lambda: account_refusal(account(status=AccountStatus.SEALED), AccountCondition.NORMAL),
            Refusal(
                Code.ACCOUNT_NOT_NORMAL,
                "您的账户已封存（停缴），恢复缴存后方可申请。请联系缴存单位办理启封；灵活就业人员请到公积金中心柜台办理。",
            ),
        ),
        (
            lambda: account_refusal(account(status=AccountStatus.UNKNOWN), AccountCondition.SEALED),
            Refusal(Code.ACCOUNT_NOT_SEALED, "暂未查询到您的账户状态，请到公积金中心柜台核实。"),
        ),
        (
            lambda: account_refusal(account(status=AccountStatus.UNKNOWN), AccountCondition.NORMAL_OR_SEALED),
            Refusal(Code.ACCOUNT_NOT_NORMAL, "暂未查询到您的账户状态，请到公积金中心柜台核实。"),
        ),
        (
            lambda: barred_refusal(candidate(a_basis=basis(barred_until=TODAY))),
            Refusal(
                Code.WITHDRAWALS_BARRED,
                "您的账户限制提取至2018年10月25日，自2018年10月26日起可申请。如有疑问，请拨打12329或到公积金中心柜台核实。",
                available_from=date(2018, 10, 26),
            ),
        ),
        (
            lambda: sealed_long_enough(candidate(an_account=account(status=AccountStatus.SEALED), sealed_months=6)),
            Refusal(Code.ACCOUNT_NOT_SEALED, "暂未查询到您的账户封存日期，请到公积金中心柜台核实。"),
        ),
        (
            lambda: sealed_long_enough(
                candidate(an_account=account(status=AccountStatus.SEALED, sealed_on=date(2018, 4, 26)), sealed_months=6)
            ),
            Refusal(
                Code.TOO_EARLY,
                "账户封存（2018年4月26日）须满6个月，自2018年10月26日起可申请。",
                available_from=date(2018, 10, 26),
            ),
        ),
        (
            lambda: paid_long_enough(candidate(contribution_months=3)),
            Refusal(Code.CONTRIBUTIONS_TOO_SHORT, "暂未查询到您的连续缴存月数，请到公积金中心柜台核实。"),
        ),
        (
            lambda: paid_long_enough(candidate(a_basis=basis(contribution_months=2), contribution_months=3)),
            Refusal(
                Code.CONTRIBUTIONS_TOO_SHORT,
                "租房后续提取须连续缴存满3个月，您目前连续缴存2个月，满3个月后即可申请；有漏缴的，请联系缴存单位补缴。",
                months=3,
            ),
        ),
        (
            lambda: bank_account_refusal(account(bank_account=None)),
            Refusal(Code.NO_BANK_ACCOUNT, "您尚未登记个人银行账户，请到公积金中心柜台登记后再申请。"),
        ),
        (
            lambda: in_flight_refusal(IN_FLIGHT),
            Refusal(
                Code.APPLICATION_IN_PROGRESS, "您有一笔业务（受理编号SL2018102500001）正在办理，办结后方可再次申请。"
            ),
        ),
        (
            lambda: arrears_refusal(loan(overdue=OVERDUE)),
            Refusal(
                Code.LOAN_IN_ARREARS,
                "您的公积金贷款有逾期欠款4600.00元，请先将欠款存入还款账户（尾号0014），扣款入账后即可申请。",
                limit=Decimal("4600.00"),
            ),
        ),
        (
            lambda: arrears_refusal(loan(status=LoanStatus.OVERDUE)),
            Refusal(
                Code.LOAN_IN_ARREARS,
                "您的公积金贷款有逾期欠款，请先将欠款存入还款账户（尾号0014），扣款入账后即可申请。",
            ),
        ),
        (
            lambda: CONDITIONS[Condition.NO_ARREARS](
                candidate(Kind.RETIREMENT, loans=(loan(status=LoanStatus.UNKNOWN),))
            ),
            Refusal(
                Code.FUND_LOAN_OUTSTANDING,
                "您名下有一笔公积金贷款，暂未查询到其还款状态，请拨打12329或到公积金中心柜台核实后再申请。",
            ),
        ),
        (
            lambda: CONDITIONS[Condition.NO_OPEN_FUND_LOAN](
                candidate(Kind.RETIREMENT, loans=(loan(), loan(balance=Decimal("1.00"))))
            ),
            Refusal(
                Code.FUND_LOAN_OUTSTANDING,
                "您的公积金贷款尚未结清（贷款余额187168.54元），结清后方可申请离退休提取。结清可在“贷款提前还款”中办理。",
                limit=Decimal("187168.54"),
            ),
        ),
        (
            lambda: CONDITIONS[Condition.COMMERCIAL_LOAN](candidate()),
            Refusal(
                Code.NO_COMMERCIAL_LOAN, "未查询到您登记的还款中的商业住房贷款，请先持贷款资料到公积金中心柜台登记。"
            ),
        ),
        (
            lambda: CONDITIONS[Condition.HOUSING_LOAN](candidate()),
            Refusal(Code.NO_FUND_LOAN, "未查询到您的住房贷款；商业住房贷款请先到公积金中心柜台登记。"),
        ),
        (
            lambda: CONDITIONS[Condition.REGISTERED_CONTRACT](candidate(Kind.PROPERTY_FEE)),
            Refusal(
                Code.CONTRACT_NOT_REGISTERED,
                "未查询到您登记的自住住房，请先持不动产权证或购房合同到公积金中心柜台登记。",
            ),
        ),
        (
            lambda: CONDITIONS[Condition.REGISTERED_CONTRACT](candidate(Kind.HOME_CONSTRUCTION)),
            Refusal(Code.CONTRACT_NOT_REGISTERED, "未查询到您登记的建房合同，请先持证明材料到公积金中心柜台登记。"),
        ),
        (
            lambda: CONDITIONS[Condition.REGISTERED_CONTRACT](candidate(Kind.DOWN_PAYMENT)),
            Refusal(Code.CONTRACT_NOT_REGISTERED, "未查询到您登记的购房合同，请先持证明材料到公积金中心柜台登记。"),
        ),
        (
            lambda: CONDITIONS[Condition.REGISTERED_CONTRACT](candidate(Kind.HOME_PURCHASE, contract_number="X")),
            Refusal(
                Code.CONTRACT_NOT_REGISTERED,
                "购房合同号与登记的不一致，请核对后重新输入；如登记有误，请到公积金中心柜台更正。",
                field="contractNumber",
            ),
        ),
        (
            lambda: CONDITIONS[Condition.FIRST_DRAW_AT_COUNTER](candidate(Kind.RENT)),
            Refusal(Code.FIRST_TIME_AT_COUNTER, "首次提取须持证明材料到公积金中心柜台办理，之后即可在线申请。"),
        ),
        (
            lambda: CONDITIONS[Condition.FIRST_DRAW_AT_COUNTER](
                candidate(Kind.HOME_PURCHASE, home=home(first_drawn_on=None))
            ),
            Refusal(Code.FIRST_TIME_AT_COUNTER, "首次提取须持证明材料到公积金中心柜台办理，之后即可在线申请。"),
        ),
        (
            lambda: CONDITIONS[Condition.NO_HOME_IN_CITY](candidate(Kind.RENT, a_basis=basis(homes_in_city=1))),
            Refusal(
                Code.HOME_IN_CITY,
                "您在本市登记有住房，不符合租房后续提取条件；登记有误的，请持无房证明到公积金中心柜台更正。",
            ),
        ),
        (
            lambda: CONDITIONS[Condition.NO_HOME_IN_CITY](
                candidate(Kind.RENT, a_basis=basis(homes_in_city=0, constructions=(home(),)))
            ),
            Refusal(
                Code.HOME_IN_CITY,
                "您在本市登记有住房，不符合租房后续提取条件；登记有误的，请持无房证明到公积金中心柜台更正。",
            ),
        ),
        (
            lambda: CONDITIONS[Condition.NO_HOME_IN_CITY](candidate(Kind.RENT)),
            Refusal(Code.HOME_IN_CITY, "暂未查询到您在本市的住房情况，请持无房证明到公积金中心柜台核实。"),
        ),
        (
            lambda: frequency_refusal(
                candidate(frequency=Frequency.ONCE, a_basis=basis(history={Kind.RENT: drawn(date(2018, 1, 2))}))
            ),
            Refusal(
                Code.LIMIT_REACHED,
                "此业务只能办理一次，您已于2018年1月2日办理。如有疑问，请拨打12329或到公积金中心柜台核实。",
            ),
        ),
        (
            lambda: frequency_refusal(
                candidate(
                    Kind.DOWN_PAYMENT,
                    frequency=Frequency.ONCE_A_HOME,
                    home=home(drawn_for_down_payment=Decimal("0.01")),
                )
            ),
            Refusal(
                Code.LIMIT_REACHED,
                "同一住房只能办理一次首付提取，该住房已办理过。如有疑问，请拨打12329或到公积金中心柜台核实。",
            ),
        ),
        (
            lambda: frequency_refusal(
                candidate(
                    frequency=Frequency.MONTHS, months=12, a_basis=basis(history={Kind.RENT: drawn(date(2017, 10, 26))})
                )
            ),
            Refusal(
                Code.TOO_EARLY,
                "距上次提取（2017年10月26日）须满12个月，自2018年10月26日起可申请。",
                available_from=date(2018, 10, 26),
            ),
        ),
        (
            lambda: frequency_refusal(
                candidate(
                    frequency=Frequency.CALENDAR_YEAR, a_basis=basis(history={Kind.RENT: drawn(date(2018, 1, 2), "1")})
                )
            ),
            Refusal(
                Code.TOO_EARLY,
                "每个自然年度可提取一次，您已于2018年1月2日提取，自2019年1月1日起可再次申请。",
                available_from=date(2019, 1, 1),
            ),
        ),
        (
            lambda: frequency_refusal(
                candidate(
                    Kind.PROPERTY_FEE,
                    frequency=Frequency.CALENDAR_YEAR,
                    times=2,
                    per_household=True,
                    a_basis=basis(
                        history={Kind.PROPERTY_FEE: replace(drawn(date(2018, 1, 2), "1"), times_this_year=2)}
                    ),
                )
            ),
            Refusal(
                Code.TOO_EARLY,
                "每个自然年度可提取2次，您家庭已提取2次，最近一次于2018年1月2日提取，自2019年1月1日起可再次申请。",
                available_from=date(2019, 1, 1),
            ),
        ),
        (
            lambda: frequency_refusal(
                candidate(
                    frequency=Frequency.CALENDAR_QUARTER,
                    a_basis=basis(history={Kind.RENT: drawn(date(2018, 10, 2), "1")}),
                )
            ),
            Refusal(
                Code.TOO_EARLY,
                "每个自然季度可提取一次，您已于2018年10月2日提取，自2019年1月1日起可再次申请。",
                available_from=date(2019, 1, 1),
            ),
        ),
        (
            lambda: window_refusal(
                candidate(Kind.HOME_PURCHASE, window=Window(12, WindowStart.CERTIFICATE), home=home())
            ),
            Refusal(
                Code.CONTRACT_NOT_REGISTERED,
                "登记的住房信息中没有不动产权证登记日期，请先到公积金中心柜台补登后再申请。",
            ),
        ),
        (
            lambda: window_refusal(candidate(Kind.HOME_PURCHASE, window=Window(12, WindowStart.CONTRACT), home=home())),
            Refusal(
                Code.TOO_LATE,
                "购房后续提取须在合同签订（2017年6月18日）后12个月内申请，期限已于2018年6月18日届满。如有疑问，请拨打12329或到公积金中心柜台核实。",
            ),
        ),
    ],
)
def test_why_not_at_all(refused: Callable[[], Refusal | None], refusal: Refusal) -> None:
    assert refused() == refusal


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (
            lambda: of_months(candidate(a_basis=basis(monthly_rent=Decimal("20"))), MONTHLY),
            (
                Decimal("20"),
                Refusal(
                    Code.LIMIT_REACHED,
                    "未提取的1个月按每月20.00元计算，不足100元，暂无可提取的金额。",
                    limit=Decimal("20"),
                ),
            ),
        ),
        (
            lambda: of_months(candidate(a_basis=basis(lease_on=date(2018, 11, 1))), MONTHLY),
            (
                Decimal("0"),
                Refusal(
                    Code.TOO_EARLY,
                    "您登记的租赁期自2018年11月1日起，自该日起可申请。",
                    available_from=date(2018, 11, 1),
                ),
            ),
        ),
        (
            lambda: of_months(candidate(a_basis=basis(history={Kind.RENT: drawn(date(2018, 10, 2), "1")})), MONTHLY),
            (
                Decimal("0"),
                Refusal(
                    Code.TOO_EARLY,
                    "2018年10月的租房额度已提取，自2018年11月1日起可申请。",
                    available_from=date(2018, 11, 1),
                ),
            ),
        ),
    ],
)
def test_what_the_months_of_a_rent_leave(
    of: Callable[[], tuple[Decimal, Refusal]], found: tuple[Decimal, Refusal]
) -> None:
    assert of() == found


def limits(of: Candidate) -> list[Limit]:
    return list(caps._limits(of))


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (
            lambda: limits(candidate(Kind.PROPERTY_FEE, limit=None, caps=(), base=Base.TOTAL)),
            [
                Limit(
                    Decimal("30921.43"),
                    Refusal(Code.NOTHING_AVAILABLE, "您的账户余额不足100元，暂无可提取的金额。", limit=Decimal("100")),
                )
            ],
        ),
        (
            lambda: limits(
                candidate(
                    Kind.PROPERTY_FEE, limit=None, caps=(), base=Base.CARRIED_FORWARD, reserve=Reserve(Decimal("10"), 2)
                )
            ),
            [
                Limit(
                    Decimal("20281.43"),
                    Refusal(
                        Code.NOTHING_AVAILABLE,
                        "您的上年结转余额扣除须保留的4262.00元后，不足100元，暂无可提取的金额。",
                        limit=Decimal("100"),
                    ),
                )
            ],
        ),
        (
            lambda: limits(
                candidate(
                    Kind.PROPERTY_FEE,
                    an_account=account(contribution=ContributionTerms(None, None, None, None, None, None)),
                    limit=None,
                    caps=(),
                    reserve=Reserve(Decimal("10"), 2),
                )
            ),
            [
                Limit(
                    Decimal("0.00"),
                    Refusal(
                        Code.NOTHING_AVAILABLE, "暂未查询到您的月缴存额，无法计算须保留的余额，请到公积金中心柜台核实。"
                    ),
                )
            ],
        ),
        (
            lambda: limits(candidate(Kind.PROPERTY_FEE, limit=Decimal("1500"), caps=()))[1:],
            [Limit(Decimal("1500"), None)],
        ),
        (
            lambda: limits(
                candidate(
                    Kind.RENT,
                    limit_a_year=Decimal("12000"),
                    caps=(),
                    a_basis=basis(history={Kind.RENT: drawn(date(2018, 1, 2), "11950.00")}),
                )
            )[1:],
            [
                Limit(
                    Decimal("50.00"),
                    Refusal(
                        Code.LIMIT_REACHED,
                        "2018年可提取额度12000.00元的剩余可提取额为50.00元，不足100元，自2019年1月1日起可申请。",
                        available_from=date(2019, 1, 1),
                        limit=Decimal("12000"),
                    ),
                )
            ],
        ),
        (
            lambda: limits(
                candidate(
                    Kind.RENT,
                    limit_a_year=Decimal("12000"),
                    caps=(),
                    a_basis=basis(history={Kind.RENT: drawn(date(2018, 1, 2), "12000.00")}),
                )
            )[1:],
            [
                Limit(
                    Decimal("0.00"),
                    Refusal(
                        Code.LIMIT_REACHED,
                        "2018年可提取额度12000.00元已提满，自2019年1月1日起可申请。",
                        available_from=date(2019, 1, 1),
                        limit=Decimal("12000"),
                    ),
                )
            ],
        ),
        (
            lambda: limits(candidate(Kind.RENT, limit_a_year=Decimal("12000"), caps=()))[1:],
            [
                Limit(
                    Decimal("12000.00"),
                    Refusal(
                        Code.LIMIT_REACHED,
                        "2018年可提取额度12000.00元的剩余可提取额为12000.00元，不足100元，自2019年1月1日起可申请。",
                        available_from=date(2019, 1, 1),
                        limit=Decimal("12000"),
                    ),
                )
            ],
        ),
        (
            lambda: limits(candidate(Kind.RENT, limit_a_year=None, caps=(), monthly=MONTHLY))[1:],
            [
                Limit(
                    Decimal("1000"),
                    Refusal(
                        Code.LIMIT_REACHED,
                        "未提取的1个月按每月1000.00元计算，不足100元，暂无可提取的金额。",
                        limit=Decimal("1000"),
                    ),
                )
            ],
        ),
        (
            lambda: limits(
                candidate(Kind.PROPERTY_FEE, limit=None, caps=(), area_limit=AREA, home=home(area=Decimal("98")))
            )[1:],
            [
                Limit(
                    Decimal("2940.0"),
                    Refusal(Code.NOTHING_AVAILABLE, "按住房面积计算，没有可提取的金额。", limit=Decimal("100")),
                )
            ],
        ),
        (
            lambda: limits(candidate(Kind.PROPERTY_FEE, limit=None, caps=(), area_limit=AREA, home=home()))[1:],
            [
                Limit(
                    Decimal("0.00"),
                    Refusal(
                        Code.CONTRACT_NOT_REGISTERED, "未查询到您登记的住房面积，请先持证明材料到公积金中心柜台登记。"
                    ),
                )
            ],
        ),
        (
            lambda: limits(candidate(Kind.PROPERTY_FEE, limit=None, caps=(), area_limit=AREA))[1:],
            [
                Limit(
                    Decimal("0.00"),
                    Refusal(
                        Code.CONTRACT_NOT_REGISTERED, "未查询到您登记的住房面积，请先持证明材料到公积金中心柜台登记。"
                    ),
                )
            ],
        ),
    ],
)
def test_what_a_limit_leaves(of: Callable[[], list[Limit]], found: list[Limit]) -> None:
    assert of() == found


def cap(of: Cap, **changes: Any) -> tuple[Decimal, Refusal | None]:
    return caps.CAPS[of](candidate(Kind.HOME_PURCHASE, **changes))


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (
            lambda: cap(
                Cap.REPAID_IN_12_MONTHS,
                fund_loan=loan(),
                a_basis=basis(fund_loan_repaid_in_12_months=Decimal("24500.00")),
            ),
            (
                Decimal("24500.00"),
                Refusal(
                    Code.NOTHING_AVAILABLE,
                    "您近12个月的还款额不足100元，请在后续还款入账后再申请。",
                    limit=Decimal("100"),
                ),
            ),
        ),
        (
            lambda: cap(Cap.REPAID_IN_12_MONTHS, commercial=commercial_loan()),
            (
                Decimal("23874.00"),
                Refusal(
                    Code.NOTHING_AVAILABLE,
                    "您近12个月的还款额不足100元，请在后续还款入账后再申请。",
                    limit=Decimal("100"),
                ),
            ),
        ),
        (lambda: cap(Cap.REPAID_IN_12_MONTHS), (Decimal("0.00"), None)),
        (
            lambda: cap(Cap.LOAN_BALANCE, fund_loan=loan(), commercial=commercial_loan()),
            (
                Decimal("187167.54"),
                Refusal(
                    Code.NOTHING_AVAILABLE,
                    "您的贷款余额不足100元，不再符合提取条件，请直接还清贷款。",
                    limit=Decimal("100"),
                ),
            ),
        ),
        (
            lambda: cap(Cap.LOAN_BALANCE, commercial=commercial_loan()),
            (
                Decimal("54140.55"),
                Refusal(
                    Code.NOTHING_AVAILABLE,
                    "您的贷款余额不足100元，不再符合提取条件，请直接还清贷款。",
                    limit=Decimal("100"),
                ),
            ),
        ),
        (lambda: cap(Cap.LOAN_BALANCE), (Decimal("0.00"), None)),
        (
            lambda: cap(Cap.PRICE_LESS_LOANS_AND_DRAWN, home=home()),
            (
                Decimal("90000.00"),
                Refusal(
                    Code.LIMIT_REACHED,
                    "购房款（扣除贷款）120000.00元的剩余可提取额为90000.00元，不足100元，不能再次提取。",
                    limit=Decimal("120000.00"),
                ),
            ),
        ),
        (
            lambda: cap(Cap.PRICE_LESS_LOANS_AND_DRAWN, home=home(loans=Decimal("320001.00"), drawn=Decimal("0.00"))),
            (
                Decimal("-1.00"),
                Refusal(Code.LIMIT_REACHED, "购房款（扣除贷款）0.00元已提满，不能再次提取。", limit=Decimal("0.00")),
            ),
        ),
        (lambda: cap(Cap.PRICE_LESS_LOANS_AND_DRAWN), (Decimal("0.00"), None)),
        (
            lambda: cap(Cap.COST_LESS_DRAWN, home=home(drawn=Decimal("319950.00"))),
            (
                Decimal("50.00"),
                Refusal(
                    Code.LIMIT_REACHED,
                    "核定的建房费用320000.00元的剩余可提取额为50.00元，不足100元，不能再次提取。",
                    limit=Decimal("320000.00"),
                ),
            ),
        ),
        (lambda: cap(Cap.COST_LESS_DRAWN), (Decimal("0.00"), None)),
        (
            lambda: cap(Cap.DOWN_PAYMENT_LESS_DRAWN, home=home()),
            (
                Decimal("90000.00"),
                Refusal(
                    Code.LIMIT_REACHED,
                    "首付款120000.00元的剩余可提取额为90000.00元，不足100元，不能再次提取。",
                    limit=Decimal("120000.00"),
                ),
            ),
        ),
        (
            lambda: cap(Cap.DOWN_PAYMENT_LESS_DRAWN, home=home(down_payment=None)),
            (
                Decimal("0.00"),
                Refusal(
                    Code.CONTRACT_NOT_REGISTERED, "登记的购房信息中没有首付款金额，请到公积金中心柜台补登后再申请。"
                ),
            ),
        ),
        (lambda: cap(Cap.DOWN_PAYMENT_LESS_DRAWN), (Decimal("0.00"), None)),
    ],
)
def test_what_a_cap_leaves(
    of: Callable[[], tuple[Decimal, Refusal | None]], found: tuple[Decimal, Refusal | None]
) -> None:
    assert of() == found


def prepayment_terms() -> PrepaymentTerms:
    terms = practice().prepayment
    assert terms is not None
    return replace(
        terms, multiple=Decimal("1000"), times_a_year=1, times_in_all=5, months_before_payoff=24, days_around_due=3
    )


PART = prepayment_terms()
OLD = loan(last_prepaid_on=None, disbursed_on=date(2014, 1, 1))


def part(amount: str, keep: Keep = Keep.TERM, of: Loan = OLD, terms: PrepaymentTerms = PART) -> list[Refusal]:
    return list(partial_refusals(of, terms, TODAY, Decimal(amount), keep))


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (
            lambda: part("9999.99"),
            [
                Refusal(
                    Code.BELOW_MINIMUM, "部分提前还款每次不少于10000.00元。", field="amount", limit=Decimal("10000.00")
                )
            ],
        ),
        (
            lambda: part("10500.00"),
            [
                Refusal(
                    Code.INVALID_AMOUNT, "部分提前还款金额须为1000元的整数倍。", field="amount", limit=Decimal("1000")
                )
            ],
        ),
        (
            lambda: part("188000.00"),
            [
                Refusal(
                    Code.ABOVE_MAXIMUM,
                    "部分提前还款须少于贷款余额187167.54元。",
                    field="amount",
                    limit=Decimal("187167.54"),
                )
            ],
        ),
        (
            lambda: part("10000.00", of=loan(prepaid_in_all=5, last_prepaid_on=None)),
            [Refusal(Code.LIMIT_REACHED, "贷款期间可部分提前还款5次，您已办理5次，不能再次办理。", limit=Decimal("5"))],
        ),
        (
            lambda: part("10000.00", of=loan(disbursed_on=date(2017, 10, 26), last_prepaid_on=None)),
            [
                Refusal(
                    Code.TOO_EARLY,
                    "贷款发放（2017年10月26日）须满12个月，自2018年10月26日起可申请部分提前还款。",
                    available_from=date(2018, 10, 26),
                )
            ],
        ),
        (
            lambda: part("10000.00", of=loan(last_prepaid_on=date(2018, 7, 26)), terms=replace(PART, times_a_year=0)),
            [
                Refusal(
                    Code.TOO_EARLY,
                    "距上次提前还款（2018年7月26日）须满3个月，自2018年10月26日起可申请部分提前还款。",
                    available_from=date(2018, 10, 26),
                )
            ],
        ),
        (
            lambda: part("10000.00", of=loan(last_prepaid_on=date(2018, 1, 2), prepaid_this_year=1)),
            [
                Refusal(
                    Code.TOO_EARLY,
                    "每个自然年度可部分提前还款1次，您2018年已办理1次，自2019年1月1日起可申请部分提前还款。",
                    available_from=date(2019, 1, 1),
                )
            ],
        ),
        (
            lambda: part("10000.00", keep=Keep.INSTALLMENT, terms=replace(PART, keep=(Keep.TERM,))),
            [Refusal(Code.NOT_OFFERED, "本中心部分提前还款只能选择“减少月还款额”。", field="keep")],
        ),
        (
            lambda: part("10000.00", of=loan(method=RepaymentMethod.BULLET, last_prepaid_on=None)),
            [Refusal(Code.NOT_OFFERED, "您的贷款所用的还款方式不能在线部分提前还款，请到公积金中心柜台办理。")],
        ),
    ],
)
def test_why_no_part_and_no_payoff(of: Callable[[], object], found: object) -> None:
    assert of() == found


def test_both_ways_to_keep_something_are_named() -> None:
    (found,) = part("10000.00", Keep.TERM, terms=replace(PART, keep=()))
    assert found.message == "本中心部分提前还款只能选择。"
    assert _names(tuple(Keep)) == "“减少月还款额”或“缩短还款期限”"


ARTICLE = "《练习市个人住房公积金贷款管理办法》：提前还款"


def test_a_centre_that_does_not_offer_it_says_so() -> None:
    found = prepayment_offer(replace(practice(), prepayment=None), None, loan(), TODAY)
    assert found.refusals == (Refusal(Code.NOT_OFFERED, "本中心暂未开办网上提前还款业务。"),)
    assert (found.loan, found.minimum_amount, found.payoff_amount, found.basis) == (loan(), None, None, None)


def test_without_a_loan_what_is_in_flight_is_said_first() -> None:
    found = prepayment_offer(practice(), IN_FLIGHT, None, TODAY)
    assert [each.code for each in found.refusals] == [Code.APPLICATION_IN_PROGRESS, Code.NO_FUND_LOAN]
    assert found.basis == ARTICLE


@pytest.mark.parametrize(
    ("of", "refusal"),
    [
        (
            replace(loan(), repayment_account=None),
            Refusal(Code.NO_BANK_ACCOUNT, "您的贷款尚未登记还款账户，请到贷款经办银行或公积金中心柜台登记后再申请。"),
        ),
        (
            replace(loan(), repayment_account=" "),
            Refusal(Code.NO_BANK_ACCOUNT, "您的贷款尚未登记还款账户，请到贷款经办银行或公积金中心柜台登记后再申请。"),
        ),
        (
            loan(unposted_installments=1),
            Refusal(Code.INSTALLMENT_NOT_POSTED, "您有一期还款正在入账，请在入账后（通常为下一个工作日）再申请。"),
        ),
    ],
)
def test_what_keeps_a_loan_from_being_prepaid(of: Loan, refusal: Refusal) -> None:
    found = prepayment_offer(practice(), None, of, TODAY)
    assert found.refusals == (refusal,)
    assert (found.minimum_amount, found.payoff_amount) == (Decimal("10000.00"), Decimal("187371.99"))
    assert (found.payoff, found.basis) == (False, ARTICLE)


def test_the_first_refusal_of_a_part_says_what_settles_the_loan() -> None:
    found = prepayment_offer(practice(), None, loan(), TODAY, Decimal("5.00"))
    message = "部分提前还款每次不少于10000.00元。如需结清，请输入结清金额187371.99元。"
    limit = Decimal("10000.00")
    assert found.refusals == (Refusal(Code.BELOW_MINIMUM, message, "amount", limit=limit),)
