"""The services that the requests of a process share, built from the settings and closed in the opposite order. The one
module that knows all classes below the resolvers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bff.applications.background_tasks import Background
from bff.applications.reconciliation import Reconciler, ReconciliationTimes
from bff.applications.recovery import Recovery
from bff.applications.submission import Applications
from bff.cache.record_cache import RecordCache, open_cache
from bff.errors import ApiErrorCode
from bff.legacy import CallLimits, Core, CoreSettings
from bff.legacy.instrumentation import CallInstrumentation
from bff.legacy.resilience.call_policy import CallPolicy
from bff.observability.data_quality import DataQuality
from bff.observability.metrics import Metrics
from bff.observability.telemetry import Telemetry
from bff.rules.dates import CENTRE_TIME
from bff.rules.policy.loader import load_policy
from bff.rules.policy.model import Policy
from bff.rules.policy.rates import RateTable, load_rates
from bff.security.attempt_limiter import AttemptLimiter
from bff.security.audit_log import AuditLog
from bff.security.consents import Consents
from bff.security.members import Members
from bff.security.operation_rate_limiter import OperationRateLimiter
from bff.security.password_hashing import PasswordHasher
from bff.security.retention import Retention
from bff.security.session_cache import SessionCache
from bff.security.sessions import SessionLifetimes, Sessions
from bff.security.sms_codes import SmsCodes, budget_of
from bff.settings import Settings
from bff.store.database import Store
from bff.store.redis_eviction import eviction_of

log = structlog.get_logger(__name__)

POLICIES = Path(__file__).parent / "rules" / "policy"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """What one process holds."""

    settings: Settings
    core: Core
    cache: RecordCache | None
    store: Store
    policy: Policy
    rates: RateTable
    now: Callable[[], datetime]  # aware, UTC
    metrics: Metrics
    data_quality: DataQuality
    background: Background
    password_hasher: PasswordHasher
    attempt_limiter: AttemptLimiter
    operation_rate_limiter: OperationRateLimiter
    audit_log: AuditLog
    members: Members
    consents: Consents
    sms_codes: SmsCodes
    sessions: Sessions
    retention: Retention
    reconciler: Reconciler
    recovery: Recovery
    applications: Applications


@asynccontextmanager
async def open_services(
    settings: Settings, now: Callable[[], datetime] = utc_now, telemetry: Telemetry | None = None
) -> AsyncIterator[Services]:
    """Build the services, and close them in the opposite order."""
    telemetry = telemetry or Telemetry(Metrics.new(ApiErrorCode))
    metrics, data_quality = telemetry.metrics, DataQuality(telemetry.metrics.oddities)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(
            Store.opened(settings.store_url, lambda place: metrics.unknown_values.labels(place).inc())
        )
        await store.migrate()
        core = await Core.connect(
            core_settings(settings),
            lambda: datetime.now(CENTRE_TIME),
            data_quality.report,
            CallInstrumentation(telemetry.core_call, telemetry.core_headers),
        )
        for service, call_policy in core.call_policies.items():
            _register_core_gauges(metrics, service, call_policy)
        stack.push_async_callback(core.close)
        cache = _cache(settings, now, metrics)
        if cache is not None:
            stack.push_async_callback(cache.close)
        limiter = AttemptLimiter.open(settings.counts_url)
        await warn_of_eviction(settings.counts_url)
        stack.push_async_callback(limiter.close)
        hasher = _password_hasher(settings, metrics)
        metrics.hashes_waiting.set_function(lambda: hasher.waiting_now)
        metrics.hashes_running.set_function(lambda: hasher.running_now)
        background = Background(settings.core_timeout.total_seconds())
        stack.push_async_callback(background.finish)
        policy = load_policy(*packaged_or(settings.policy_file, "practice-centre.toml"))
        audit_log = AuditLog(store, now, lambda event, outcome: metrics.security_events.labels(event, outcome).inc())
        members = Members(store, now)
        sms_codes = _sms_codes(settings, store, now, hasher, limiter, metrics)
        sessions = _sessions(settings, store, now)
        reconciler = Reconciler(store, core, cache, members, policy, now, _times(settings), metrics)
        recovery = Recovery(store, core, cache, reconciler, now, metrics.recovered.inc)
        yield Services(
            settings=settings,
            core=core,
            cache=cache,
            store=store,
            policy=policy,
            rates=load_rates(*packaged_or(settings.rates_file, "rates.toml")),
            now=now,
            metrics=metrics,
            data_quality=data_quality,
            background=background,
            password_hasher=hasher,
            attempt_limiter=limiter,
            operation_rate_limiter=OperationRateLimiter(
                settings.rate_limit_per_minute, settings.network_cost_a_minute, limited=limited_by(metrics)
            ),
            audit_log=audit_log,
            members=members,
            consents=Consents(store, now),
            sms_codes=sms_codes,
            sessions=sessions,
            retention=Retention(sms_codes, sessions, members, audit_log, now, settings.audit_retention),
            reconciler=reconciler,
            recovery=recovery,
            applications=Applications(store, core, reconciler, recovery, audit_log, background, now),
        )


def _register_core_gauges(metrics: Metrics, service: str, policy: CallPolicy) -> None:
    """Have a service's gauges tell the state of its call policy whenever they are read."""
    metrics.core_in_flight.labels(service).set_function(lambda: policy.bulkhead.in_flight)
    metrics.core_waiting.labels(service).set_function(lambda: policy.bulkhead.queued)
    metrics.core_breaker_open.labels(service).set_function(lambda: policy.breaker.is_open)
    metrics.core_closed.labels(service).set_function(lambda: policy.closed_breaker.is_open)


def _password_hasher(settings: Settings, metrics: Metrics) -> PasswordHasher:
    return PasswordHasher(
        memory_kib=settings.password_memory_kib,
        iterations=settings.password_iterations,
        at_once=settings.password_hashes_at_once,
        count=metrics.hashes.inc,
    )


def _sms_codes(
    settings: Settings,
    store: Store,
    now: Callable[[], datetime],
    hasher: PasswordHasher,
    limiter: AttemptLimiter,
    metrics: Metrics,
) -> SmsCodes:
    budget = budget_of(settings.sms_codes_an_hour, settings.sms_codes_a_day)
    return SmsCodes(store, now, hasher, limiter, budget, metrics.sms_over_budget.inc)


def _sessions(settings: Settings, store: Store, now: Callable[[], datetime]) -> Sessions:
    lifetimes = SessionLifetimes(
        access_token=settings.access_token_lifetime,
        idle=settings.session_idle_lifetime,
        session=settings.session_lifetime,
        unlocked=settings.unlock_lifetime,
    )
    return Sessions(store, now, lifetimes, SessionCache(), cache_locked=not settings.query_password_demanded)


def _times(settings: Settings) -> ReconciliationTimes:
    return ReconciliationTimes(
        request=settings.request_timeout,
        call=settings.core_timeout,
        confirm_within=settings.confirm_within,
        confirm_every=settings.confirm_every,
        follow_every=settings.follow_every,
    )


async def warn_of_eviction(url: str) -> None:
    """Log a warning where Redis may evict the counts of limits; `bff check` says what to do about it."""
    with suppress(Exception):  # one that is away is met again, and said, by whoever counts
        if url and (found := await eviction_of(url)) is not None and found.threatens:
            log.warning("limits_can_be_evicted", policy=found.policy, maxmemory=found.limit)


def caches(settings: Settings) -> bool:
    """Return whether records are cached. In a memory of its own a process would not see what another one changed."""
    return settings.cache and (settings.workers == 1 or bool(settings.cache_url))


def _cache(settings: Settings, now: Callable[[], datetime], metrics: Metrics) -> RecordCache | None:
    if not caches(settings):
        return None
    cap = settings.cache_fresh_at_most
    return open_cache(
        settings.cache_url,
        entries=settings.cache_entries,
        clock=lambda: now().timestamp(),
        fresh_at_most=None if cap is None else cap.total_seconds(),
        lease=settings.request_timeout.total_seconds(),
        count=lambda read, result: metrics.cache_reads.labels(read, result).inc(),
    )


def packaged_or(path: Path | None, packaged: str) -> tuple[str, str]:
    """Return a data file's text, and what errors call the file."""
    file = path or POLICIES / packaged
    return file.read_text(encoding="utf-8"), str(file)


def core_settings(settings: Settings) -> CoreSettings:
    return CoreSettings(
        wsdl=settings.core_wsdl or None,
        base_url=settings.core_url or None,
        username=settings.core_username,
        password=settings.core_password.get_secret_value(),
        channel=settings.core_channel,
        connect_timeout=settings.core_connect_timeout.total_seconds(),
        timeout=settings.core_timeout.total_seconds(),
        max_bytes=settings.core_max_bytes,
        limits=CallLimits(
            max_concurrency=settings.core_max_concurrency,
            max_queue=settings.core_max_queue,
            breaker_failures=settings.core_breaker_failures,
            breaker_seconds=settings.core_breaker_seconds.total_seconds(),
            closed_seconds=settings.core_closed_pause.total_seconds(),
            retry_share=settings.core_retry_share,
        ),
        ca_file=settings.core_ca_file,
        client_cert=settings.core_client_cert,
        client_key=settings.core_client_key,
        names_file=settings.core_names_file,
    )


def limited_by(metrics: Metrics) -> Callable[[str], None]:
    return lambda limit: metrics.limited.labels(limit).inc()
