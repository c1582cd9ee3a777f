"""Consent to the privacy policy: asked for at registration and sign-in, or given by itself."""

from __future__ import annotations

from bff.context import Context
from bff.resolvers.authorization import signed_in
from bff.resolvers.core_reads import today
from bff.rules.consent import consent_refusal
from bff.rules.policy.model import PrivacyPolicy
from bff.rules.refusal import Refusal
from bff.security.consents import Consent


def privacy_policy(context: Context) -> PrivacyPolicy | None:
    """Return the policy in force today; null where the centre's policy names none."""
    return context.services.policy.on(today(context)).privacy


async def member_refusal(context: Context, member_id: str, given: str | None) -> Refusal | None:
    """Return why a member who signs in has to agree first."""
    policy = privacy_policy(context)
    if policy is None:
        return None
    before = await context.services.consents.latest(member_id)
    refusal = consent_refusal(policy, given, before.version if before else None)
    if refusal is not None:
        await context.audit("privacy consent", "asked for", member_id=member_id, detail=policy.version)
    return refusal


async def keep(context: Context, member_id: str, given: str | None) -> None:
    """Store a consent to the version in force; do nothing where none was given."""
    policy = privacy_policy(context)
    if given is not None and policy is not None:
        await context.services.consents.give(member_id, policy.version)
        await context.audit("privacy consent", "given", member_id=member_id, detail=policy.version)


async def give(context: Context, version: str) -> tuple[Refusal, ...]:
    """Agree on behalf of the member who is signed in."""
    member = signed_in(context).member
    refusal = consent_refusal(privacy_policy(context), version, asked=True)
    if refusal is not None:
        return (refusal,)
    await keep(context, member.id, version)
    return ()


async def own_consent(context: Context) -> Consent | None:
    """Return the version that the member who is signed in agreed to last."""
    return await context.services.consents.latest(signed_in(context).member.id)
