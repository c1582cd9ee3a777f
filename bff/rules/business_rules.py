"""A centre's policy as a sheet in Chinese for its business department to check and sign: basis, conditions, amount,
frequency and worked examples of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import TypeVar

from bff.rules.application_kinds import WITHDRAWALS, ApplicationKind
from bff.rules.business_rules_examples import PrepaymentExample, examples, prepayment_examples
from bff.rules.business_rules_texts import PREPAYMENT, WITHDRAWAL
from bff.rules.loans.prepayment_offer import PrepaymentOffer, prepayment_offer
from bff.rules.policy.effective import Effective
from bff.rules.policy.model import Policy
from bff.rules.refusal import day_in_words
from bff.rules.withdrawals.offer import Offer, withdrawal_offer

Terms = TypeVar("Terms")

NOTHING = "—"


def sheet(policy: Policy, source: str) -> str:
    """Return the sheet as Markdown. `source` names the policy file."""
    lines = [
        f"# 业务规则：{policy.centre}",
        "",
        f"本表由政策文件 `{source}` 生成（`bff business-rules`），供业务部门核对、签字。",
        "示例由系统所用的规则计算，金额单位为元。",
        "所有提取共同的条件：账户未冻结、未销户，已登记收款银行账户，没有在办业务，未被限制提取；冻结的金额不能提取。",
        "提取的款项一律付至职工本人登记的收款银行账户，不付给售房人、监管账户或者他人。",
        "",
        "## 贷款提前还款",
        "",
        *_table(policy.prepayment, PREPAYMENT),
    ]
    if policy.prepayment and policy.prepayment[-1].value is not None:
        lines += ["", *_prepayment_examples(policy, policy.prepayment[-1].since)]
    for kind, entries in policy.withdrawals.items():
        lines += ["", f"## {WITHDRAWALS[kind].name}", "", *_table(entries, WITHDRAWAL)]
        if entries and entries[-1].value is not None:
            lines += ["", *_examples(policy, kind, entries[-1].since)]
    lines += [
        "",
        "## 签字",
        "",
        "| 部门 | 签字 | 日期 |",
        "|---|---|---|",
        "| 归集提取 | | |",
        "| 信贷 | | |",
        "| 法规 | | |",
    ]
    return "\n".join(lines) + "\n"


def _table(entries: tuple[Effective[Terms | None], ...], rows: Mapping[str, Callable[[Terms], str]]) -> Iterator[str]:
    """Yield a Markdown table with a column for each period of validity."""
    yield f"| | {' | '.join(map(_period, entries))} |"
    yield "|---" * (len(entries) + 1) + "|"
    for name, text in rows.items():
        yield f"| {name} | {' | '.join(_cell(each.value, text) for each in entries)} |"


def _cell(terms: Terms | None, text: Callable[[Terms], str]) -> str:
    return "未开办" if terms is None else text(terms) or NOTHING


def _period(entry: Effective[Terms | None]) -> str:
    until = f"至{day_in_words(entry.until)}" if entry.until else "起"
    return f"{day_in_words(entry.since)}{until}"


def _example_day(since: date) -> date:
    """Return the first day of the last period, at the earliest the day of the manual."""
    return max(since, date(2018, 10, 25))


def _prepayment_examples(policy: Policy, since: date) -> Iterator[str]:
    on = _example_day(since)
    last_due = day_in_words(on - timedelta(days=11))
    yield (
        f"示例（{day_in_words(on)}；等额本金，年利率3.575%，贷款余额187167.54元，剩余98期，"
        f"上期还款日为{last_due}，无逾期，未提前还过款）："
    )
    yield ""
    yield "| 情形 | 归还本金 | 计至当日的利息 | 手续费 | 应还总额 | 结果 |"
    yield "|---|---:|---:|---:|---:|---|"
    for each in prepayment_examples(on):
        offer = _offer_of(each, policy, on)
        if offer.effect is not None:
            paid = offer.effect
            amounts = (paid.principal, paid.interest, paid.fee, paid.amount_due)
            yield f"| {each.situation} | {' | '.join(f'{yuan:.2f}' for yuan in amounts)} | {_after(offer)} |"


def _offer_of(example: PrepaymentExample, policy: Policy, on: date) -> PrepaymentOffer:
    terms, loan = policy.on(on), example.loan
    amount = example.amount or prepayment_offer(terms, None, loan, on).payoff_amount
    return prepayment_offer(terms, None, loan, on, amount, example.keep)


def _after(offer: PrepaymentOffer) -> str:
    if offer.refusals or offer.effect is None:
        return " ".join(refusal.message for refusal in offer.refusals)
    rows = offer.effect.after
    if not rows:
        return "可以办理，贷款当日结清"
    first, last = rows[0], rows[-1]
    days = [day_in_words(each.due_on) for each in (first, last) if each.due_on]
    return f"可以办理，下期（{days[0]}）还款{first.amount:.2f}元，末期（{days[-1]}）还款{last.amount:.2f}元"


def _examples(policy: Policy, kind: ApplicationKind, since: date) -> Iterator[str]:
    on = _example_day(since)
    yield f"示例（{day_in_words(on)}；上年结转26043.43，当年归集6378.00，月缴存2126.00，另有说明的除外）："
    yield ""
    yield "| 情形 | 可提取金额 | 结果 |"
    yield "|---|---:|---|"
    for each in examples(kind, on):
        offer = withdrawal_offer(kind, policy.on(on), each.facts)
        yield f"| {each.situation} | {offer.amount:.2f} | {_outcome(offer)} |"


def _outcome(offer: Offer) -> str:
    if not offer.eligible:
        return " ".join(refusal.message for refusal in offer.refusals)
    return "可以办理" if offer.interest is None else f"可以办理，另付利息{offer.interest:.2f}"
