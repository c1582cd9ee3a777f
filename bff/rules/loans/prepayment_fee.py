"""Fee of a prepayment: policy key `prepayment.fee`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bff.rules.dates import add_months
from bff.rules.money import ZERO, cents
from bff.rules.policy.model import PrepaymentTerms


def prepayment_fee(principal: Decimal, disbursed_on: date, terms: PrepaymentTerms, today: date) -> Decimal:
    """Compute the fee, half a cent up, of a partial prepayment or a payoff; zero from the day on which the loan is
    old enough."""
    fee = terms.fee
    if fee is None or (fee.within_months and today >= add_months(disbursed_on, fee.within_months)):
        return ZERO
    return cents(principal * fee.per_cent / 100 + fee.yuan)
