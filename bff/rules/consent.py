"""Consent to the privacy policy: policy key `privacy`, 个人信息保护法 14 and 17."""

from __future__ import annotations

from bff.rules.policy.model import PrivacyPolicy
from bff.rules.refusal import Refusal, UserErrorCode


def consent_refusal(
    policy: PrivacyPolicy | None, given: str | None, before: str | None = None, *, asked: bool = False
) -> Refusal | None:
    """Refuse what needs consent to the version in force. `given` is the version agreed to now, `before` the latest
    one agreed to earlier; `asked` is for the operation that only gives consent."""
    if policy is None:
        return Refusal(UserErrorCode.NOT_OFFERED, "本中心目前没有需要同意的隐私政策。", "version") if asked else None
    if given is not None:
        return None if given.strip() == policy.version else _changed(policy, "version" if asked else "privacyConsent")
    if not policy.consent_required or before == policy.version:
        return None
    return _changed(policy) if before is not None else _first(policy)


def _first(policy: PrivacyPolicy) -> Refusal:
    message = f"请阅读并同意隐私政策（版本{policy.version}）后继续。"
    return Refusal(UserErrorCode.CONSENT_REQUIRED, message, "privacyConsent")


def _changed(policy: PrivacyPolicy, field: str = "privacyConsent") -> Refusal:
    message = f"隐私政策已更新为版本{policy.version}，请重新阅读并同意后继续。"
    return Refusal(UserErrorCode.CONSENT_REQUIRED, message, field)
