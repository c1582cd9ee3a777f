"""Operation names that may be labels of metrics, logs and traces: clients choose names, which could be new each
time, or a phone number."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import OperationDefinitionNode, parse

APP = frozenset(
    (
        "AccountInfo",
        "ApplicationProgress",
        "ApplicationRecord",
        "ApplicationRecords",
        "ApplyCommercialLoanRepaymentWithdrawal",
        "ApplyDownPaymentWithdrawal",
        "ApplyFundLoanRepaymentWithdrawal",
        "ApplyHomeConstructionWithdrawal",
        "ApplyHomePurchaseWithdrawal",
        "ApplyLoanPrepayment",
        "ApplyPropertyFeeWithdrawal",
        "ApplyRentWithdrawal",
        "ApplyRetirementWithdrawal",
        "ApplyUnemploymentWithdrawal",
        "Bulletin",
        "Bulletins",
        "ChangePassword",
        "ContributionDetails",
        "Developments",
        "Faqs",
        "InterestRates",
        "LoanDetails",
        "LoanPrepaymentForm",
        "Outlets",
        "PrepaymentPlan",
        "RefreshSession",
        "Register",
        "RepaymentPlan",
        "RequestSmsCode",
        "ResetPassword",
        "ServiceChannels",
        "SignIn",
        "SignOut",
        "Unlock",
        "Unmasked",
        "WithdrawalDetails",
        "WithdrawalForm",
    )
)
"""Operations of the app, as in `app/`."""


def names_in(documents: Iterable[str]) -> frozenset[str]:
    """Return the names of operations in valid documents."""
    return frozenset(
        node.name.value
        for text in documents
        for node in parse(text).definitions
        if isinstance(node, OperationDefinitionNode) and node.name is not None
    )
