"""The public schema: the whole surface is assembled here."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from bff.schema.me import MeQuery
from bff.schema.scalars import SCALARS
from bff.schema.session import SessionMutations


def build_schema() -> strawberry.Schema:
    """Built once a process; `str` of it is `schema.graphql`."""
    query = merge_types("Query", (MeQuery,))
    mutation = merge_types("Mutation", (SessionMutations,))
    return strawberry.Schema(
        query=query,
        mutation=mutation,
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=False),
    )
