"""What a person can act on, as it stands in payloads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import cast

import strawberry

from bff.rules.refusal import Refusal, UserErrorCode
from bff.schema.enums import register
from bff.schema.scalars import Money

register(
    UserErrorCode,
    "Why something was refused, for apps to decide by (用户错误代码).",
    {
        "INVALID_NAME": "Not a valid name (姓名有误).",
        "INVALID_PHONE": "Not a valid mobile number (手机号码有误).",
        "INVALID_ID_NUMBER": "No identity card number (身份证号有误).",
        "INVALID_AMOUNT": "Not a valid amount (金额有误).",
        "INVALID_DATE": "Not a valid date (日期有误).",
        "INVALID_CONTRACT_NUMBER": "No contract number (合同号有误).",
        "INVALID_INPUT": "Some other input does not fit; the message says how (输入有误).",
        "REQUIRED": "This has to be filled in (必填).",
        "WEAK_PASSWORD": "Too short, too common or too close to the person (密码过于简单).",
        "WRONG_CREDENTIALS": "Phone or ID number, or the password, is wrong (手机号码、身份证号或密码不正确).",
        "WRONG_SMS_CODE": "The code is wrong, was used or has expired (验证码不正确).",
        "TOO_MANY_ATTEMPTS": "Too many tries; wait (尝试次数过多).",
        "NOT_ON_RECORD": "Name, phone and ID number do not agree with the records: go to the counter (与登记信息不符).",
        "ALREADY_REGISTERED": "This person is registered already (已注册).",
        "SESSION_EXPIRED": "Sign in again (登录已失效).",
        "CONSENT_REQUIRED": "Agree to the present version of the privacy policy first (须同意隐私政策).",
        "ACCOUNT_FROZEN": "The account is frozen (账户已冻结).",
        "ACCOUNT_CLOSED": "The account is closed (账户已销户).",
        "ACCOUNT_NOT_NORMAL": "Not for accounts in this state (账户状态不符合办理条件).",
        "ACCOUNT_NOT_SEALED": "Only for sealed accounts (账户未封存).",
        "NO_FUND_LOAN": "There is no active fund loan (无公积金贷款).",
        "NO_COMMERCIAL_LOAN": "No commercial loan is registered (无商业贷款).",
        "LOAN_IN_ARREARS": "The loan is in arrears (贷款逾期).",
        "FUND_LOAN_OUTSTANDING": "A loan out of the fund is not settled (公积金贷款未结清).",
        "HOME_IN_CITY": "A home in the city is on record, or it is not known that there is none (本市有住房).",
        "CONTRIBUTIONS_TOO_SHORT": "Not enough months of contributions in a row (连续缴存月数不足).",
        "INSTALLMENT_NOT_POSTED": "An installment waits for posting (有还款待入账).",
        "TOO_EARLY": "Not yet; `availableFrom` says from when (未到可办理时间).",
        "TOO_LATE": "The time in which it had to be applied for is over (已过可办理期限).",
        "WITHDRAWALS_BARRED": "No withdrawals after a false one, until a day (限制提取期内).",
        "PARTLY_FROZEN": "Part of the balance is frozen, and this is not done until it is released (账户有冻结金额).",
        "LIMIT_REACHED": "All that is allowed was drawn already (已达限额).",
        "NOTHING_AVAILABLE": "There is nothing to draw (无可提取金额).",
        "BELOW_MINIMUM": "Less than the minimum (低于最低金额).",
        "ABOVE_MAXIMUM": "More than the maximum (高于最高金额).",
        "CONTRACT_NOT_REGISTERED": "The centre has no such contract of this member (合同未登记).",
        "FIRST_TIME_AT_COUNTER": "The first draw is made at the counter (首次须到柜台办理).",
        "APPLICATION_IN_PROGRESS": "Another application is being processed (有在办业务).",
        "NO_BANK_ACCOUNT": "No account to pay to, or to collect a repayment from (未登记收款账户或还款账户).",
        "NOT_OFFERED": "This centre does not offer it (本中心未开办).",
        "QUOTE_CHANGED": "The amount has changed; `limit` is the new one (可提取金额已变化).",
        "IDEMPOTENCY_KEY_REUSED": "The key was used with other input (幂等键已用于其他申请).",
        "REFUSED_BY_CORE": "The core refused for another reason (业务系统未受理).",
    },
)


@strawberry.type(description="Something that the person can act on (用户错误).")
class UserError:
    code: UserErrorCode = strawberry.field(description="For the app to decide by (代码).")
    field: str | None = strawberry.field(description="Input field that it is about, in camelCase (相关字段).")
    message: str = strawberry.field(description="For the person, in Chinese (提示).")
    available_from: date | None = strawberry.field(
        description="First day on which it no longer holds, where that is known (可办理日期)."
    )
    limit: Money | None = strawberry.field(
        description="Amount that it is about, where there is one: the least, the most, what is owed, what is payable "
        "now (相关金额)."
    )
    months: int | None = strawberry.field(
        description="Months that are asked for, where it is about their number (须满月数)."
    )
    retry_after_seconds: int | None = strawberry.field(
        description="Seconds until it may be tried again, after too many tries (剩余等待秒数)."
    )


def user_errors(refusals: Iterable[Refusal]) -> list[UserError]:
    return [
        UserError(
            code=each.code,
            field=each.field,
            message=each.message,
            available_from=each.available_from,
            limit=cast(Money | None, each.limit),
            months=each.months,
            retry_after_seconds=each.retry_after,
        )
        for each in refusals
    ]
