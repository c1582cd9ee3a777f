"""GraphQL over HTTP: requests in, answers out, limits between. Knows no field of the schema."""

from bff.server.endpoint import graphql_routes
from bff.server.engine import Engine
from bff.server.execution import finish
from bff.server.options import GraphQLOptions, Limits

__all__ = ["Engine", "GraphQLOptions", "Limits", "finish", "graphql_routes"]
