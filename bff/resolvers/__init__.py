"""Resolvers of fields that need a call: gather, decide, act. They know no GraphQL library, no web framework, no
SOAP."""
