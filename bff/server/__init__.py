"""GraphQL over HTTP for any schema: requests, limits, execution and responses. It knows no field of the schema and no
member."""

from bff.server.endpoint import graphql_routes
from bff.server.engine import Engine
from bff.server.execution import Executor
from bff.server.options import GraphQLOptions, Limits

__all__ = ["Engine", "Executor", "GraphQLOptions", "Limits", "graphql_routes"]
