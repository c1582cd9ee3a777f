"""Authorization: the two questions that every resolver of a member's data asks first."""

from __future__ import annotations

from bff.context import Context
from bff.errors import query_password_required, unauthenticated
from bff.security.current_session import CurrentSession


def signed_in(context: Context) -> CurrentSession:
    """Return the client's session. Raises UNAUTHENTICATED without one."""
    if context.session is None:
        raise unauthenticated()
    return context.session


def unlocked(context: Context) -> CurrentSession:
    """Return the client's session, opened with the query password. Raises QUERY_PASSWORD_REQUIRED otherwise."""
    session = signed_in(context)
    services = context.services
    if services.settings.query_password_demanded and not session.is_unlocked(services.now()):
        raise query_password_required()
    return session
