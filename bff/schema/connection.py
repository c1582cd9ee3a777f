"""Relay connections: types, cursors and arguments that every growing list shares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Generic, TypeVar, cast

import msgspec
import strawberry

from bff.context import Context
from bff.resolvers.cursors import encode_cursor
from bff.resolvers.paging import Found, Slice
from bff.schema.record_types import stands_for

Info = strawberry.Info[Context, None]
Node = TypeVar("Node")

DEFAULT_PAGE = 20

First = Annotated[int | None, strawberry.argument(description="Rows on the page, 1 to 100, else 20 (每页行数).")]
After = Annotated[str | None, strawberry.argument(description="`endCursor` of the page before (上一页的游标).")]
From = Annotated[date | None, strawberry.argument(name="from", description="First day, inclusive (开始日期).")]
To = Annotated[date | None, strawberry.argument(name="to", description="Last day, inclusive (结束日期).")]


@strawberry.type(description="Where a page stands in its list (分页信息).")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether older rows follow (是否还有下一页).")
    end_cursor: str | None = strawberry.field(description="Cursor of the page's last row (末行游标).")


@strawberry.type(description="A row and its place in the list (行及其游标).")
class Edge(Generic[Node]):
    cursor: str = strawberry.field(description="Pass as `after` to get the rows that follow this one (游标).")
    node: Node = strawberry.field(description="The row (明细行).")


@strawberry.type(
    description="A page of rows, newest first; a row added meanwhile is neither repeated nor skipped (分页列表)."
)
class Connection(Generic[Node]):
    edges: list[Edge[Node]] = strawberry.field(description="The page's rows (本页各行).")
    page_info: PageInfo = strawberry.field(description="Where the page stands (分页信息).")
    total_count: int = strawberry.field(description="Rows in the whole selection (总行数).")


class Placed(msgspec.Struct, frozen=True):
    """Stands for an Edge; the cursor is made for those only who ask for it."""

    node: Any
    row: Any
    cursor_of: Callable[[Any], str]

    @property
    def cursor(self) -> str:
        return self.cursor_of(self.row)


edge = stands_for(Edge, Placed)


def connection(found: Found[Any], node_of: Any, cursor_of: Callable[[Any], str] = encode_cursor) -> Any:
    """A `Connection` of what `node_of` makes of each row."""
    edges = [edge(Placed(node_of(row), row, cursor_of)) for row in found.rows]
    end = edges[-1].cursor if edges else None
    page_info = PageInfo(has_next_page=found.has_next, end_cursor=end)
    # Null only where nobody selected it; read all the same, it would be an error rather than a wrong figure.
    return Connection(edges=edges, page_info=page_info, total_count=cast(int, found.total))


def slice_of(first: int | None, after: str | None, since: date | None = None, until: date | None = None) -> Slice:
    """An explicit null counts as not given."""
    return Slice(DEFAULT_PAGE if first is None else first, after, since, until)
