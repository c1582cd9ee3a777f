"""Members who are on record by another document than an identity card."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bff.rules.identity import check_digit
from tests.conftest import settings_for
from tests.flows.test_members import PASSWORDS, ZHAO, ZHAO_ACCOUNT, codes_of, register, send_code, sign_in
from tests.support.servers import Core, running_bff

ELSEWHERE = "203.0.113.9"
"""Another network, which may ask for a code at once."""
HONG_KONG = "81000019900101001" + check_digit("81000019900101001")


@pytest.mark.parametrize(
    ("code", "number", "typed", "document", "masked"),
    [
        ("03", "E12345678", " e1234 5678", "PASSPORT", "E*******8"),
        ("99", "H12345678", "H12345678", "TRAVEL_PERMIT", "H*******8"),
        ("99", HONG_KONG, HONG_KONG, "RESIDENCE_PERMIT", f"8{'*' * 16}{HONG_KONG[-1]}"),
        ("99", HONG_KONG, HONG_KONG, None, f"8{'*' * 16}{HONG_KONG[-1]}"),
        ("02", "军字第2001988号", "军字第2001988号", "OFFICER_CARD", "军*********号"),
    ],
)
def test_a_member_registers_signs_in_and_resets_by_another_document(
    code: str, number: str, typed: str, document: str | None, masked: str, fresh_core: Core, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(fresh_core.book)) as db, db:
        db.execute("UPDATE person SET ZJLX = ?, ZJHM = ? WHERE GRZH = ?", (code, number, ZHAO_ACCOUNT))
    who = {**ZHAO, "idNumber": typed} | ({"document": document} if document else {})
    with running_bff(settings_for(fresh_core, tmp_path, trusted_proxies="127.0.0.1")) as bff:
        payload = register(bff, who, send_code(bff, fresh_core, ZHAO["phone"]))
        assert codes_of(payload) == []
        me = bff.data("AccountInfo", token=payload["session"]["accessToken"])["me"]
        assert (me["idNumber"], me["account"]["status"]) == (masked, "NORMAL")
        assert codes_of(sign_in(bff, typed, PASSWORDS["loginPassword"])) == []
        asked = {
            "phone": ZHAO["phone"],
            "idNumber": typed,
            "smsCode": send_code(bff, fresh_core, ZHAO["phone"], "RESET_PASSWORD", ELSEWHERE),
            "which": "LOGIN",
            "newPassword": "Autumn-Wind-9",
        }
        assert bff.data("ResetPassword", {"input": asked}, address=ELSEWHERE)["resetPassword"]["userErrors"] == []
        assert codes_of(sign_in(bff, number, "Autumn-Wind-9")) == []


def test_a_number_that_is_not_of_the_document_is_refused_with_its_name(core: Core, tmp_path: Path) -> None:
    with running_bff(settings_for(core, tmp_path)) as bff:
        (error,) = register(bff, {**ZHAO, "document": "PASSPORT"}, "123456")["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_ID_NUMBER", "idNumber")
    assert error["message"] == "护照号码有误，请核对证件类型和号码后重新输入。"
