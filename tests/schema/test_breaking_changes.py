"""What a released app sends goes on working: the schema against that of the last release."""

from __future__ import annotations

from graphql import GraphQLSchema, build_schema, find_breaking_changes

from tests.support.servers import ROOT

RELEASED = (ROOT / "releases" / "schema.graphql").read_text("utf-8")


def test_nothing_that_a_released_app_uses_is_gone() -> None:
    found = _broken(build_schema((ROOT / "schema.graphql").read_text("utf-8")))
    assert not found, "deprecate it first, and see docs/how-to/release.md for when it may go"


def test_a_field_that_is_gone_would_be_found() -> None:
    without = RELEASED.replace("  accessToken: String!\n", "  renamed: String!\n")
    assert _broken(build_schema(without)) == ["Field Session.accessToken was removed."]


def test_an_input_field_that_becomes_required_would_be_found() -> None:
    demanding = RELEASED.replace("input SignInInput {\n", 'input SignInInput {\n  """New."""\n  device: String!\n\n')
    assert _broken(build_schema(demanding)) == ["A required field SignInInput.device was added."]


def _broken(schema: GraphQLSchema) -> list[str]:
    return [each.description for each in find_breaking_changes(build_schema(RELEASED), schema)]
