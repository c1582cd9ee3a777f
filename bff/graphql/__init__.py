"""GraphQL over HTTP: requests in, answers out, limits between. Knows no field of the schema."""

from bff.graphql.engine import Engine
from bff.graphql.options import GraphQLOptions, Limits
from bff.graphql.running import finish
from bff.graphql.view import graphql_routes

__all__ = ["Engine", "GraphQLOptions", "Limits", "finish", "graphql_routes"]
