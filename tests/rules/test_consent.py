"""Who has to agree to the privacy policy first, and with what field and text that is said."""

from __future__ import annotations

import pytest

from bff.rules.consent import consent_refusal
from bff.rules.policy.model import PrivacyPolicy
from bff.rules.refusal import Refusal, UserErrorCode

DEMANDED = PrivacyPolicy("2026-01", consent_required=True)
OFFERED = PrivacyPolicy("2026-01", consent_required=False)
NONE = Refusal(UserErrorCode.NOT_OFFERED, "本中心目前没有需要同意的隐私政策。", "version")
FIRST = Refusal(UserErrorCode.CONSENT_REQUIRED, "请阅读并同意隐私政策（版本2026-01）后继续。", "privacyConsent")
TEXT = "隐私政策已更新为版本2026-01，请重新阅读并同意后继续。"
CHANGED = Refusal(UserErrorCode.CONSENT_REQUIRED, TEXT, "privacyConsent")
CHANGED_VERSION = Refusal(UserErrorCode.CONSENT_REQUIRED, TEXT, "version")


@pytest.mark.parametrize(
    ("policy", "given", "before", "asked", "refusal"),
    [
        (None, None, None, False, None),
        (None, "2026-01", None, False, None),
        (None, "2026-01", None, True, NONE),
        (DEMANDED, None, None, False, FIRST),
        (DEMANDED, None, "2025-01", False, CHANGED),
        (DEMANDED, None, "2026-01", False, None),
        (DEMANDED, "2026-01", None, False, None),
        (DEMANDED, " 2026-01 ", "2025-01", False, None),
        (DEMANDED, "2025-01", "2026-01", False, CHANGED),
        (DEMANDED, "", None, False, CHANGED),
        (DEMANDED, "2025-01", None, True, CHANGED_VERSION),
        (DEMANDED, "2026-01", None, True, None),
        (OFFERED, None, None, False, None),
        (OFFERED, None, "2025-01", False, None),
        (OFFERED, "2025-01", None, False, CHANGED),
    ],
)
def test_only_the_version_in_force_can_be_agreed_to(
    policy: PrivacyPolicy | None, given: str | None, before: str | None, asked: bool, refusal: Refusal | None
) -> None:
    assert consent_refusal(policy, given, before, asked=asked) == refusal


def test_nothing_was_asked_for_or_agreed_to_before_unless_it_is_said() -> None:
    assert (consent_refusal(None, None), consent_refusal(DEMANDED, None)) == (None, FIRST)
