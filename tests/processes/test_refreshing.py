"""Two refreshes at once, at two processes over one store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.conftest import on_each_database, settings_for
from tests.support.servers import Bff, Core, running_bff
from tests.support.serving import serving

DUAN = "13800000001"
MANY = 20


@on_each_database
def test_two_refreshes_at_once_give_one_successor_and_end_nothing(core: Core, tmp_path: Path, database: str) -> None:
    folder = tmp_path / "bff"
    with (
        running_bff(settings_for(core, folder, database_url=database)) as here,
        serving(core, folder, database_url=database) as there,
        ThreadPoolExecutor(2) as pool,
    ):
        asked = {"input": {"username": DUAN, "loginPassword": "Practice-2018"}}
        session = here.data("SignIn", asked)["signIn"]["session"]
        for _ in range(MANY):
            token = session["refreshToken"]
            answers = list(pool.map(lambda bff, token=token: refreshed(bff, token), (here, there)))
            assert answers[0] == answers[1]
            session = answers[0]
        token = session["accessToken"]
        assert len(there.data("{ me { sessions { id } } }", token=token)["me"]["sessions"]) == 1
        # Unlocked here, under a token that the other process has just seen locked.
        assert code_of_error(there.execute("AccountInfo", token=token)) == "QUERY_PASSWORD_REQUIRED"
        here.data("Unlock", {"queryPassword": "201810"}, token)
        assert there.data("AccountInfo", token=token)["me"]["name"] == "段小梅"


def code_of_error(answer: Any) -> str:
    code: str = answer["errors"][0]["extensions"]["code"]
    return code


def refreshed(bff: Bff, token: str) -> Any:
    answer = bff.data("RefreshSession", {"refreshToken": token})["refreshSession"]
    assert answer["userErrors"] == []
    return answer["session"]
