"""The app's operations as examples in GraphiQL, each with variables that work for one of the practice people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphql import OperationDefinitionNode, OperationType, parse, print_ast, separate_operations

from bff.server.graphiql import GraphiQLExample

OPERATIONS = Path(__file__).parents[2] / "app"
GROUPS: Mapping[str, str] = {
    "account": "账户",
    "details": "明细",
    "applications": "业务办理",
    "information": "公共信息与计算器",
    "session": "注册与登录",
}
"""The app's files in the order of the menu, and their names there. New files come after them."""
OPEN = ("AccountInfo", "ContributionDetails", "WithdrawalDetails", "LoanDetails")
"""Examples that are open for a new visitor."""
NEW_KEY, LATEST_APPLICATION, OFFERED = "{new key}", "{latest application}", "{offered %s}"
"""Placeholders that the page fills in when an example is opened, for the person who is signed in then."""

DUAN_PHONE, ZHAO_PHONE, CHEN_PHONE = "13800000001", "13800000006", "13800000011"


def _drawn(kind: str, **form: str) -> dict[str, Any]:
    return {"input": {"idempotencyKey": NEW_KEY, "expectedAmount": OFFERED % kind, **form}}


VARIABLES: Mapping[str, Mapping[str, Any]] = {
    "ContributionDetails": {"first": 20},
    "WithdrawalDetails": {"first": 20},
    "LoanDetails": {"first": 20},
    "WithdrawalForm": {"kind": "FUND_LOAN_REPAYMENT"},
    "LoanPrepaymentForm": {"amount": "50000.00", "keep": "TERM"},
    "ApplyLoanPrepayment": {"input": {"idempotencyKey": NEW_KEY, "amount": "50000.00", "keep": "TERM"}},
    "ApplyFundLoanRepaymentWithdrawal": _drawn("FUND_LOAN_REPAYMENT"),
    "ApplyCommercialLoanRepaymentWithdrawal": _drawn("COMMERCIAL_LOAN_REPAYMENT"),
    "ApplyHomePurchaseWithdrawal": _drawn("HOME_PURCHASE", contractNumber="GF20170618-0032"),
    "ApplyHomeConstructionWithdrawal": _drawn("HOME_CONSTRUCTION", contractNumber="JF20160905-0011"),
    "ApplyRentWithdrawal": _drawn("RENT"),
    "ApplyPropertyFeeWithdrawal": _drawn("PROPERTY_FEE"),
    "ApplyRetirementWithdrawal": _drawn(
        "RETIREMENT", formerEmployer="练习市实验中学", certificateNumber="TX2018-0431", approvedOn="2018-04-30"
    ),
    "ApplyUnemploymentWithdrawal": _drawn("UNEMPLOYMENT", certificateNumber="SY2018-0117"),
    "ApplyDownPaymentWithdrawal": _drawn("DOWN_PAYMENT"),
    "ApplicationRecords": {"first": 20},
    "ApplicationRecord": {"id": LATEST_APPLICATION},
    "ApplicationProgress": {"id": LATEST_APPLICATION},
    "Bulletins": {"search": "提取", "first": 10},
    "Bulletin": {"id": "TZ2018101800"},
    "InterestRates": {"on": "2018-10-25"},
    "Outlets": {"near": {"latitude": 25.05, "longitude": 102.62}, "first": 5},
    "Developments": {"district": "湖滨区", "first": 10},
    "Faqs": {"search": "提取"},
    "RepaymentPlan": {
        "input": {"principal": "290000.00", "periods": 120, "method": "EQUAL_PRINCIPAL", "homeOrder": "FIRST"}
    },
    "PrepaymentPlan": {
        "input": {
            "balance": "187167.54",
            "remainingPeriods": 98,
            "method": "EQUAL_PRINCIPAL",
            "annualRate": "3.575",
            "lastDueOn": "2018-10-14",
            "paidOn": "2018-10-25",
            "amount": "50000.00",
            "keep": "TERM",
        }
    },
    "RequestSmsCode": {"input": {"phone": ZHAO_PHONE, "purpose": "REGISTER"}},
    "Register": {
        "input": {
            "name": "赵晓雪",
            "phone": ZHAO_PHONE,
            "idNumber": "990000199808124082",
            "loginPassword": "Summer-Rain-8",
            "queryPassword": "739104",
            "smsCode": "",
        }
    },
    "SignIn": {"input": {"username": DUAN_PHONE, "loginPassword": "Practice-2018", "queryPassword": "201810"}},
    "Unlock": {"queryPassword": "201810"},
    "RefreshSession": {"refreshToken": ""},
    "ChangePassword": {"input": {"which": "QUERY", "currentPassword": "201810", "newPassword": "739104"}},
    "ResetPassword": {
        "input": {
            "phone": CHEN_PHONE,
            "idNumber": "990000197701151241",
            "smsCode": "",
            "which": "LOGIN",
            "newPassword": "Summer-Rain-8",
        }
    },
}

CODE = "先运行 RequestSmsCode{purpose}，再把短信收件箱（链接在页首）中的验证码填入 smsCode。"
NOTES: Mapping[str, str] = {
    "ApplyLoanPrepayment": "段小梅可办。",
    "ApplyFundLoanRepaymentWithdrawal": "段小梅可办。",
    "ApplyCommercialLoanRepaymentWithdrawal": "高小华可办。",
    "ApplyHomePurchaseWithdrawal": "卢小鹏可办。",
    "ApplyHomeConstructionWithdrawal": "孙丽华可办，须先注册。",
    "ApplyRentWithdrawal": "何志强可办，须先注册。",
    "ApplyPropertyFeeWithdrawal": "段小梅可办。",
    "ApplyRetirementWithdrawal": "杨秀英可办，账户随之销户。",
    "ApplyUnemploymentWithdrawal": "李建国可办，账户随之销户。",
    "ApplyDownPaymentWithdrawal": "陈静可办。",
    "ApplicationRecord": "编号自动填入最近一笔申请；没有申请时请先办理一笔。",
    "ApplicationProgress": "编号自动填入最近一笔申请；没有申请时请先办理一笔。",
    "RequestSmsCode": "验证码在短信收件箱，链接在页首。",
    "Register": CODE.format(purpose=""),
    "ResetPassword": CODE.format(purpose="（purpose 为 RESET_PASSWORD，手机号相同）")
    + "此后请用新密码登录，bff dev --reset 恢复原状。",
    "RefreshSession": "refreshToken 取自 SignIn 的结果。",
    "SignOut": "本页随之退出登录，可按“重新登录”。",
    "ChangePassword": "此后请用新密码登录，bff dev --reset 恢复原状。",
}


def examples() -> Iterator[GraphiQLExample]:
    """Yield one example for each operation of the app, in the order of the menu."""
    files = sorted(OPERATIONS.glob("*.graphql"), key=lambda file: (_place(file.stem), file.stem))
    for file in files:
        for name, document in operations_of(file.read_text(encoding="utf-8")).items():
            yield _example(GROUPS.get(file.stem, file.stem), name, document)


def operations_of(text: str) -> dict[str, str]:
    """Return each operation of a file by its name, with the fragments that it needs behind it."""
    return {name: print_ast(document) for name, document in separate_operations(parse(text)).items()}


def _place(stem: str) -> int:
    return list(GROUPS).index(stem) if stem in GROUPS else len(GROUPS)


def _example(group: str, name: str, document: str) -> GraphiQLExample:
    writes = _writes(document)
    remarks = [*(["写操作。"] if writes else []), *([NOTES[name]] if name in NOTES else [])]
    variables = json.dumps(VARIABLES[name], ensure_ascii=False, indent=2) if name in VARIABLES else ""
    query = f"# {''.join(remarks)}\n{document}" if remarks else document
    return GraphiQLExample(group, name, query, variables, writes=writes, opened=name in OPEN)


def _writes(document: str) -> bool:
    first = parse(document).definitions[0]
    return isinstance(first, OperationDefinitionNode) and first.operation is OperationType.MUTATION
