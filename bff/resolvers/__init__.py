"""What each field with a call of its own does: gather, decide, act. No GraphQL library, no web framework, no SOAP."""
