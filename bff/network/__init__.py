"""The network side of a server process: sockets, bounds on connections, HTTP and WebSocket protocols, worker
processes. Knows uvicorn and nothing of GraphQL."""
