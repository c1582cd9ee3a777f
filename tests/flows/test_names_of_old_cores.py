"""Names of cores that keep GBK: registration and screens by the characters that phones have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import settings_for
from tests.flows.test_members import ZHAO, codes_of, register, send_code
from tests.support.rewriting import Written, rewriting
from tests.support.servers import Core, running_bff

RARE = {"龴": "\ue81e", "䶮": "\ue863", "𤇾": "\ue855"}
XML = '<?xml version="1.0" encoding="{}"?>'


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
@pytest.mark.parametrize("character", RARE)
def test_a_member_with_a_rare_name_registers_and_sees_it(
    encoding: str, character: str, fresh_core: Core, tmp_path: Path
) -> None:
    def write(reply: Written) -> Written:
        text = reply.body.decode().partition("?>")[2].replace("赵晓雪", f"赵{RARE[character]}")
        text = re.sub(r"(DWMC>)(?=[^<])", rf"\g<1>{RARE[character]}", text)
        body = (XML.format(encoding) + text).encode("gb18030" if encoding == "GBK" else "utf-8")
        return Written(body, f"text/xml; charset={encoding}")

    typed = {**ZHAO, "name": f"赵{character}"}
    with rewriting(fresh_core, write) as core, running_bff(settings_for(core, tmp_path)) as bff:
        payload = register(bff, typed, send_code(bff, fresh_core, ZHAO["phone"]))
        assert codes_of(payload) == []
        me = bff.data("AccountInfo", token=payload["session"]["accessToken"])["me"]
    assert me["name"] == typed["name"]
    assert me["account"]["employer"]["name"].startswith(character)
