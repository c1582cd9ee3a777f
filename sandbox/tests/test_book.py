"""The book's file: what a start says of one that an earlier release wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import server
from sandbox.book import database


def test_a_book_of_this_release_is_opened_without_a_word(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server.open_book(book)
    assert capsys.readouterr() == ("", "")


def test_a_book_of_an_older_release_is_noticed_in_one_sentence(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with database.connected(book) as db:
        db.execute(f"PRAGMA user_version = {database.VERSION - 1}")
    server.open_book(book)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"{book} was written by an older release" in said
    assert "start with `bff dev --reset`, or delete the file" in said
