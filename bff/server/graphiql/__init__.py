"""GraphiQL, served with no request to any other host. It knows nothing of the schema: the members to sign in as and the
operations that are open come from the caller."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

STATIC = Path(__file__).parent / "static"
NOT_BUILT = "GraphiQL is not built yet: run `make graphiql`. / GraphiQL 尚未构建，请运行 `make graphiql`。"

SECURITY = {
    # Monaco writes style elements and starts its workers; nothing else is let in.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; worker-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
FRESH = SECURITY | {"Cache-Control": "no-store"}
IMMUTABLE = SECURITY | {"Cache-Control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True)
class GraphiQLPerson:
    """A member of the practice core to sign in as with one click; `note` says what for. The passwords are sent to
    every visitor of the page."""

    name: str
    username: str
    login_password: str
    query_password: str
    note: str = ""


@dataclass(frozen=True)
class GraphiQLExample:
    """An operation in the menu of examples, under its group. `variables` is JSON text, or empty; `opened` ones are open
    for a new visitor."""

    group: str
    title: str
    query: str
    variables: str = ""
    writes: bool = False
    opened: bool = False


@dataclass(frozen=True)
class Link:
    """A link to another page, at the top of this one."""

    text: str
    href: str


@dataclass(frozen=True)
class GraphiQLConfig:
    """`endpoint` is a path of the same origin: the page may connect to no other."""

    endpoint: str = "/graphql"
    people: tuple[GraphiQLPerson, ...] = ()
    examples: tuple[GraphiQLExample, ...] = ()
    links: tuple[Link, ...] = ()


def routes(config: GraphiQLConfig, static: Path = STATIC) -> list[BaseRoute]:
    """Return the routes of the page, its assets and its configuration. Without a build the page answers 503 with how
    to make one; the build is looked up at each request."""
    assets = static / "assets"
    return [
        Route("/graphiql", _page(static / "index.html")),
        Route("/graphiql/config.json", _config(config)),
        Route("/graphiql/assets/{name}", lambda request: _asset(assets, request.path_params["name"])),
    ]


def _page(index: Path) -> Callable[[Request], Response]:
    def page(_: Request) -> Response:
        if not index.is_file():
            return PlainTextResponse(NOT_BUILT, status_code=503, headers=FRESH)
        return FileResponse(index, headers=FRESH)

    return page


def _config(config: GraphiQLConfig) -> Callable[[Request], Response]:
    body = json.dumps(_camel(asdict(config)), ensure_ascii=False)

    def configuration(_: Request) -> Response:
        return Response(body, media_type="application/json", headers=FRESH)

    return configuration


def _asset(assets: Path, name: str) -> Response:
    # Compared with what is there instead of joined to a path, so no name can lead out of the folder.
    for file in assets.iterdir() if assets.is_dir() else ():
        if file.name == name:
            return FileResponse(file, headers=IMMUTABLE)
    return PlainTextResponse("Not Found", status_code=404, headers=FRESH)


def _camel(value: object) -> object:
    match value:
        case Mapping():
            return {_camel_key(key): _camel(each) for key, each in value.items()}
        case list() | tuple():
            return [_camel(each) for each in value]
    return value


def _camel_key(key: str) -> str:
    head, *tail = key.split("_")
    return head + "".join(map(str.capitalize, tail))
