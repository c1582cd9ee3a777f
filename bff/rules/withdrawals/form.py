"""The form of a withdrawal, validated field by field and all at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

from bff.rules.application_kinds import WITHDRAWALS, ApplicationKind, Field
from bff.rules.parsing import parse_contract_number, parse_text
from bff.rules.refusal import Refusal, UserErrorCode, required
from bff.rules.typed_values import Mistyped

LONGEST_EMPLOYER = 120
LONGEST_CERTIFICATE = 30
EARLIEST_YEAR = 1949
"""No living person has papers from before; a mistyped date often has."""


@dataclass(frozen=True, slots=True)
class Form:
    contract_number: str | None = None
    former_employer: str | None = None
    certificate_number: str | None = None
    approved_on: date | None = None

    @property
    def entered(self) -> dict[str, str]:
        """The filled fields by the names of the API."""
        filled = {Field[name.upper()].value: getattr(self, name) for name in self.__slots__}
        return {name: str(value) for name, value in filled.items() if value is not None}


def checked(kind: ApplicationKind, form: Form, today: date) -> tuple[Form, tuple[Refusal, ...]]:
    """Return the form as it goes to the core, normalized, with only the fields that the kind asks for; and the
    refusals of its fields.

    Whether a contract number is a registered one is the offer's to say.
    """
    labels = WITHDRAWALS[kind].labels
    checks = (_CHECKS[field](form, label, today) for field, label in labels.items())
    return _tidy(form, labels), tuple(refusal for refusal in checks if refusal)


def _tidy(form: Form, asked: Collection[Field]) -> Form:
    return Form(
        contract_number=parse_contract_number(form.contract_number or "") if Field.CONTRACT_NUMBER in asked else None,
        former_employer=_employer(form) if Field.FORMER_EMPLOYER in asked else None,
        certificate_number=_certificate(form) if Field.CERTIFICATE_NUMBER in asked else None,
        approved_on=form.approved_on if Field.APPROVED_ON in asked else None,
    )


def _employer(form: Form) -> str | None:
    return parse_text(form.former_employer or "", LONGEST_EMPLOYER)


def _certificate(form: Form) -> str | None:
    return parse_text(form.certificate_number or "", LONGEST_CERTIFICATE)


def _check_contract_number(form: Form, label: str, _: date) -> Refusal | None:
    typed = form.contract_number or ""
    if not typed.strip():
        return required(Field.CONTRACT_NUMBER.value, label)
    if parse_contract_number(typed):
        return None
    message = f"{label}只能包含汉字、字母、数字、连字符、斜杠和括号，最多30个字符。"
    return Refusal(UserErrorCode.INVALID_CONTRACT_NUMBER, message, Field.CONTRACT_NUMBER.value)


def _check_former_employer(form: Form, label: str, _: date) -> Refusal | None:
    return _line(form.former_employer, _employer(form), Field.FORMER_EMPLOYER, label, LONGEST_EMPLOYER)


def _check_certificate_number(form: Form, label: str, _: date) -> Refusal | None:
    return _line(form.certificate_number, _certificate(form), Field.CERTIFICATE_NUMBER, label, LONGEST_CERTIFICATE)


def _check_approved_on(form: Form, label: str, today: date) -> Refusal | None:
    if isinstance(form.approved_on, Mistyped):
        return form.approved_on.of(Field.APPROVED_ON.value)
    if form.approved_on is None:
        return required(Field.APPROVED_ON.value, label)
    if form.approved_on > today:
        return Refusal(UserErrorCode.INVALID_DATE, f"{label}不能晚于今天。", Field.APPROVED_ON.value)
    if form.approved_on.year < EARLIEST_YEAR:
        return Refusal(
            UserErrorCode.INVALID_DATE, f"{label}不能早于{EARLIEST_YEAR}年，请核对后重新输入。", Field.APPROVED_ON.value
        )
    return None


def _line(typed: str | None, tidy: str | None, field: Field, label: str, longest: int) -> Refusal | None:
    if not (typed or "").strip():
        return required(field.value, label)
    message = f"{label}最多{longest}个字符，且不能包含换行等特殊字符。"
    return None if tidy else Refusal(UserErrorCode.INVALID_INPUT, message, field.value)


_CHECKS: Mapping[Field, Callable[[Form, str, date], Refusal | None]] = {
    Field.CONTRACT_NUMBER: _check_contract_number,
    Field.FORMER_EMPLOYER: _check_former_employer,
    Field.CERTIFICATE_NUMBER: _check_certificate_number,
    Field.APPROVED_ON: _check_approved_on,
}
