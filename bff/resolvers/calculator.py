"""The public calculators. They ask the core for nothing but its business date, and for that only where it decides."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from bff.context import Context
from bff.errors import bad_inputs
from bff.resolvers.core_reads import today
from bff.resolvers.information import business_date
from bff.rules.loans import borrowing_capacity as capacity
from bff.rules.loans import calculators, prepayment_calculator
from bff.rules.loans.borrowing_capacity import Borrowing, BorrowingRequest
from bff.rules.loans.calculators import CombinedPlan, PlanRequest, RepaymentPlan
from bff.rules.loans.prepayment_calculator import PrepaymentRequest
from bff.rules.loans.prepayment_schedule import Prepayment
from bff.rules.policy.model import PolicyOnDay
from bff.rules.refusal import Refusals

Result = TypeVar("Result")


async def repayment_plan(context: Context, request: PlanRequest) -> RepaymentPlan:
    policy = _limits(context)
    return _result(calculators.repayment_plan(request, policy, context.services.rates, await _day(context, request)))


async def combined_plan(context: Context, fund: PlanRequest, commercial: PlanRequest) -> CombinedPlan:
    policy, day = _limits(context), await _day(context, fund)
    return _result(calculators.combined_plan(fund, commercial, policy, context.services.rates, day))


async def prepayment_plan(context: Context, request: PrepaymentRequest) -> Prepayment:
    return _result(prepayment_calculator.prepayment_plan(request, _limits(context), context.services.rates))


async def borrowing(context: Context, request: BorrowingRequest) -> Borrowing:
    """Calculate what may be borrowed. The centre's multiple, share and cap are those of the core's business date."""
    day = await business_date(context)
    policy = context.services.policy.on(day)
    return _result(capacity.borrowing(request, policy, context.services.rates, day))


async def _day(context: Context, request: PlanRequest) -> date:
    """Return the day whose rate a home order means when no start is given; otherwise any day will do."""
    if request.home_order is None or request.start_on is not None:
        return today(context)
    return await business_date(context)


def _limits(context: Context) -> PolicyOnDay:
    """Return the policy by this machine's day: a calculator works while the core is closed."""
    return context.services.policy.on(today(context))


def _result(outcome: Result | Refusals) -> Result:
    """Return the result, or raise BAD_USER_INPUT with all that is wrong."""
    if isinstance(outcome, tuple):
        raise bad_inputs(outcome)
    return outcome
