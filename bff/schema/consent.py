"""The privacy policy and the consent to it (隐私政策)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from bff.resolvers import consent as resolvers
from bff.schema.connection import Info
from bff.schema.errors import user_errors
from bff.schema.session import DonePayload


@strawberry.type(description="The privacy policy in force; its text is among the bulletins (隐私政策).")
class PrivacyPolicy:
    version: str = strawberry.field(description="For `privacyConsent` (版本).")
    consent_required: bool = strawberry.field(
        description="Whether registration and sign-in require agreement to this version (是否须同意)."
    )


@strawberry.type(description="The member's last agreement to a privacy policy (隐私政策同意记录).")
class PrivacyConsent:
    version: str = strawberry.field(description="Version of the privacy policy (版本).")
    given_at: datetime = strawberry.field(description="Moment of agreement (同意时间).")
    current: bool = strawberry.field(description="Whether it is the version in force (是否现行版本).")


@strawberry.type
class ConsentQuery:
    @strawberry.field(description="The privacy policy in force; null where the centre names none (隐私政策).")
    def privacy_policy(self, info: Info) -> PrivacyPolicy | None:
        found = resolvers.privacy_policy(info.context)
        return PrivacyPolicy(version=found.version, consent_required=found.consent_required) if found else None


@strawberry.type
class ConsentMutations:
    @strawberry.mutation(
        description="Agrees to the privacy policy in force, for a member who is signed in (同意隐私政策)."
    )
    async def give_privacy_consent(
        self,
        info: Info,
        version: Annotated[str, strawberry.argument(description="From `privacyPolicy` (版本).")],
    ) -> DonePayload:
        return DonePayload(user_errors=user_errors(await resolvers.give(info.context, version)))


async def load_consent(info: Info) -> PrivacyConsent | None:
    found, policy = await resolvers.own_consent(info.context), resolvers.privacy_policy(info.context)
    if found is None:
        return None
    current = policy is not None and policy.version == found.version
    return PrivacyConsent(version=found.version, given_at=found.given_at, current=current)
