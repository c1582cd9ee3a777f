"""A Starlette route that returns the bytes of the answer and does nothing else: `uvicorn bench.bare:app`, with
BENCH_ANSWERS, a folder with A.json and B.json. The request's body is read, to know which."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ANSWERS = {name: (Path(os.environ["BENCH_ANSWERS"]) / f"{name}.json").read_bytes() for name in "AB"}


async def answer(request: Request) -> Response:
    name = "A" if b"Screen" in await request.body() else "B"
    return Response(ANSWERS[name], media_type="application/json")


app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
