"""What a member hears of a mutation that ran out of time: it goes on, and must not be taken for one that failed."""

from __future__ import annotations

from collections.abc import Mapping

APPLICATION = "您的申请仍在处理，正在确认结果，请勿重复提交，稍后请在业务明细中查看。"
PASSWORD = "密码正在修改，尚未确认结果，请稍后用新密码登录；仍不能登录的，请用原密码登录后再试。"  # noqa: S105 (a text)
SIGN_IN = "系统繁忙，登录尚未完成，请稍后重新登录。"
AGAIN = "系统繁忙，尚未确认结果，请稍后再试，重试不会重复办理。"

LATE_TEXTS: Mapping[str, str] = {
    "requestSmsCode": "验证码正在发送，请留意短信；1分钟后仍未收到的，请重新获取。",
    "register": "注册正在处理，尚未确认结果，请稍后用登录密码登录；仍不能登录的，请重新获取验证码后再注册。",
    "changePassword": PASSWORD,
    "resetPassword": PASSWORD,
    "signIn": SIGN_IN,
    "unlock": AGAIN,
    "refreshSession": AGAIN,
    "signOut": AGAIN,
    "endSession": AGAIN,
    "givePrivacyConsent": AGAIN,
}
"""By root field of Mutation; all others are applications."""
