"""Names of operations that may stand in logs, metrics and traces: clients choose names, and could choose a new one
each time, or somebody's phone number."""

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
"""The app's own, as in `app/`."""


def names_in(documents: Iterable[str]) -> frozenset[str]:
    """Of the operations in texts that are valid GraphQL."""
    return frozenset(
        node.name.value
        for text in documents
        for node in parse(text).definitions
        if isinstance(node, OperationDefinitionNode) and node.name is not None
    )
