"""GraphQL over HTTP for any schema: requests, limits, execution and responses. It knows no field of the schema and no
member."""

from bff.server.endpoint import graphql_routes
from bff.server.engine import Engine
from bff.server.execution import Executor
from bff.server.options import DocumentLimits, GraphQLOptions

__all__ = ["DocumentLimits", "Engine", "Executor", "GraphQLOptions", "graphql_routes"]
