"""What is compiled answers as graphql-core does: random documents over all types of the schema, and over types with all
that is odd, through both; every byte of data and errors is compared."""

from __future__ import annotations

import asyncio
import inspect
import json
import random
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import orjson
import pytest
import strawberry
from graphql import (
    ExecutionResult,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    NonNullTypeNode,
    NoUnusedVariablesRule,
    execute,
    get_named_type,
    get_nullable_type,
    get_operation_ast,
    is_abstract_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_object_type,
    is_required_argument,
    is_required_input_field,
    parse,
    print_ast,
    specified_rules,
    type_from_ast,
    validate,
)
from strawberry.permission import BasePermission
from structlog.testing import capture_logs

from bff.rules.dates import Month
from bff.schema import build_schema
from bff.server import Engine, GraphQLOptions, compiled_selections
from bff.server.compiled_selections import CompilingExecutor, Plans, plain_attribute
from bff.server.engine import GraphQLRequest
from tests.graphql.small import Caller
from tests.support.servers import OPERATIONS


@strawberry.enum
class Colour(Enum):
    RED = "r"
    BLUE = 2


class Never(BasePermission):
    message = "not you"

    def has_permission(self, source: Any, info: Any, **_: Any) -> bool:
        return False


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Leaf(Named):
    flag: bool
    count: int | None
    size: float
    colour: Colour
    tint: Colour | None


@strawberry.type
class Twig:
    id: strawberry.ID
    leaf: Leaf | None
    need: Leaf


@strawberry.type
class Branch:
    grid: list[list[int | None]]
    words: list[str] | None
    twigs: list[Twig | None]
    strict: list[Twig]
    either: Annotated[Leaf | Twig, strawberry.union("Either")] | None
    named: Named | None
    guarded: str | None = strawberry.field(permission_classes=[Never])
    below: Branch | None

    @strawberry.field
    async def later(self) -> Twig | None:
        await asyncio.sleep(0)
        return self.twigs[0] if self.twigs else None

    @strawberry.field
    def shout(self, word: str = "hey") -> str:
        return word.upper()


@strawberry.type
class OddQuery:
    branch: Branch


def _every_type() -> list[GraphQLObjectType]:
    schemas = (build_schema()._schema, strawberry.Schema(OddQuery)._schema)
    found: list[GraphQLNamedType] = [type_ for schema in schemas for type_ in schema.type_map.values()]
    roots = {"Query", "Mutation", "Subscription", "OddQuery"}
    return [each for each in found if is_object_type(each) and each.name not in roots and each.name[:2] != "__"]


TYPES = _every_type()


def _asked(type_: Any) -> GraphQLField:
    return GraphQLField(type_, resolve=lambda source, _: source.value(type_, 0))


ROOT = GraphQLObjectType(
    "Root",
    {f"one{each.name}": _asked(each) for each in TYPES}
    | {f"many{each.name}": _asked(GraphQLList(GraphQLNonNull(each))) for each in TYPES},
)
SCHEMA = GraphQLSchema(ROOT)
LEAVES: dict[str, list[Any]] = {
    "String": ["公积金", "", "2126.00", 'quote " \\'],
    "Boolean": [True, False, 1, "yes"],
    "Int": [0, 7, True, 2**40, 3.0, 3.5, "12"],
    "Float": [0.5, 3, float("nan"), "1.5", "x"],
    "ID": ["a1", 12, 1.5, None],
    "Money": [Decimal("2126"), Decimal("0.005"), Decimal("-3.10"), "text", 12],
    "Rate": [Decimal("3.575"), Decimal("3.10"), "3.1"],
    "Date": [date(2018, 10, 25), datetime(2018, 10, 25, tzinfo=UTC), "2018-10-25"],
    "Month": [Month(2018, 9), 201809],
    "DateTime": [datetime(2018, 10, 25, 9, 30, tzinfo=UTC), date(2018, 10, 25)],
}


class Soon:
    """To be awaited."""

    def __await__(self) -> Generator[Any, None, str]:
        yield from asyncio.sleep(0).__await__()
        return "late"


class Once:
    """Can be read a single time, and shows no address."""

    def __init__(self, rows: Sequence[Any] = ()) -> None:
        self.rows = iter(rows)

    def __iter__(self) -> Iterator[Any]:
        return self.rows

    def __repr__(self) -> str:
        return "Once"


MISSING = object()
KINDS: tuple[Callable[[Sequence[Any]], Any], ...] = (list, list, tuple, Once)
ODD: tuple[Callable[[], Any], ...] = (
    lambda: None,
    lambda: MISSING,
    lambda: ValueError("of the core"),
    lambda: "odd",
    lambda: 3,
    list,
    Once,
    Soon,
)


class Data:
    """Values for any type, the same for the same seed, so many of them odd as `oddity` says."""

    def __init__(self, seed: int | str, oddity: float) -> None:
        self.random, self.oddity = random.Random(seed), oddity  # noqa: S311 (no secret)

    def object(self, type_: GraphQLObjectType, depth: int = 0) -> Any:
        """As a resolver would give it; what is missing raises when it is read."""
        made = object.__new__(type_.extensions["strawberry-definition"].origin)
        for field in type_.fields.values():
            own = field.extensions["strawberry-definition"]
            value = self.value(field.type, depth + 1)
            if not own.base_resolver and value is not MISSING:
                setattr(made, own.python_name, value)
        return made

    def value(self, type_: Any, depth: int) -> Any:
        if self.random.random() < self.oddity:
            return self.random.choice(ODD)()
        if isinstance(type_, GraphQLNonNull):
            return self.value(type_.of_type, depth)
        if isinstance(type_, GraphQLList):
            rows = [self.value(type_.of_type, depth + 1) for _ in range(self.random.randint(0, 3) if depth < 5 else 0)]
            rows = [None if row is MISSING else row for row in rows]
            return self.random.choice(KINDS)(rows)
        if isinstance(type_, GraphQLObjectType):
            return self.object(type_, depth) if depth < 6 else None
        if isinstance(type_, GraphQLEnumType):
            return self.random.choice([*type_.wrapped_cls])  # type: ignore[attr-defined] # Strawberry's
        if is_abstract_type(type_):
            return self.object(self.random.choice(SCHEMA.get_possible_types(type_)), depth)
        good = LEAVES[type_.name][:2]
        return self.random.choice(LEAVES[type_.name] if self.random.random() < self.oddity else good)


class Writer:
    """A random document, valid by its making: an alias always stands for the same field."""

    def __init__(self, seed: int) -> None:
        self.random, self.fragments = random.Random(seed), list[str]()  # noqa: S311 (no secret)

    def document(self) -> str:
        roots = [self.field(ROOT, name, 0) for name in self.random.sample([*ROOT.fields], self.random.randint(1, 3))]
        operation = f"query ($yes: Boolean!, $no: Boolean = false) {{ {' '.join([*roots, *roots[:1]])} }}"
        return "\n".join([operation, *self.fragments])

    def field(self, parent: Any, name: str, depth: int) -> str:
        alias = f"{name}{self.random.randint(1, 2)}: " if self.random.random() < 0.2 else ""
        type_ = get_named_type(parent.fields[name].type) if name != "__typename" else None
        below = self.selection(type_, depth + 1) if type_ is not None and is_composite_type(type_) else ""
        return f"{alias}{name}{self.switch()} {below}"

    def selection(self, type_: Any, depth: int) -> str:
        fields = getattr(type_, "fields", {})
        names = [
            name
            for name, field in fields.items()
            if not any(map(is_required_argument, field.args.values()))
            and (depth < 6 or not is_composite_type(get_named_type(field.type)))
        ]
        chosen = self.random.choices([*names, "__typename"], k=self.random.randint(1, 7))
        parts = [self.wrapped(type_, self.field(type_, name, depth)) for name in chosen]
        if is_abstract_type(type_):
            parts += [
                f"... on {each.name} {self.selection(each, depth + 1)}" for each in SCHEMA.get_possible_types(type_)
            ]
        return f"{{ {' '.join(parts)} }}"

    def wrapped(self, type_: Any, text: str) -> str:
        match self.random.randint(0, 9):
            case 0:
                return f"... {self.switch()} {{ {text} }}"
            case 1:
                return f"... on {type_.name} {self.switch()} {{ {text} {text} }}"
            case 2:
                self.fragments.append(f"fragment F{len(self.fragments)} on {type_.name} {{ {text} }}")
                return f"...F{len(self.fragments) - 1} {self.switch()}"
        return text

    def switch(self) -> str:
        if self.random.random() < 0.85:
            return ""
        value = self.random.choice(["$yes", "$no", "true", "false"])
        return f"@{self.random.choice(['skip', 'include'])}(if: {value})"


async def answered(document: Any, variables: Any, data: Data, **how: Any) -> bytes:
    result = execute(SCHEMA, document, data, variable_values=variables, **how)
    if inspect.isawaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult)
    return json.dumps([result.data, [each.formatted for each in result.errors or ()]], default=repr).encode()


async def compare(seed: int, oddity: float) -> tuple[int, int]:
    """How many answers had errors, and how many fields were compiled."""
    document = parse(Writer(seed).document())
    plans, errors = Plans.of(document), 0
    for number, yes in enumerate((True, False, True)):
        variables = {"yes": yes} if number else {"yes": yes, "no": None if seed % 7 == 0 else True}
        usual = await answered(document, variables, Data(seed + number, oddity))
        compiled = await answered(
            document, variables, Data(seed + number, oddity), executor_class=CompilingExecutor, plans=plans
        )
        assert compiled == usual, print_ast(document)
        errors += not usual.endswith(b"[]]")
    return errors, sum(plan is not None for plan in plans._known.values())


@pytest.mark.parametrize("oddity", [0.0, 0.01, 0.15], ids=["as it should be", "seldom odd", "often odd"])
def test_random_documents_are_answered_as_graphql_core_answers_them(oddity: float) -> None:
    errors = plans = 0
    with asyncio.Runner() as runner:
        for seed in range(800):
            found = runner.run(compare(seed, oddity))
            errors, plans = errors + found[0], plans + found[1]
    assert plans > 700
    assert errors > 100


INPUTS = {
    "Boolean": True, "Date": "2018-10-25", "Float": 30.5, "ID": "1", "Int": 1, "Money": "1500.00", "Month": "2018-09",
    "Rate": "3.25", "String": "x",
}  # fmt: skip


@dataclass
class MadeUp(Caller):
    """A context whose resolvers give values for their type, the same ones at the same path."""

    seed: int = 0
    oddity: float = 0.0


@pytest.fixture(scope="module")
def resolved() -> strawberry.Schema:
    """The schema with resolvers that need no core, each still awaited."""
    schema = build_schema.__wrapped__()
    objects = [each for each in schema._schema.type_map.values() if is_object_type(each) and each.name[:2] != "__"]
    for field in [field for each in objects for field in each.fields.values() if plain_attribute(field) is None]:
        field.resolve = partial(_resolve, field.type)
    return schema


async def _resolve(type_: Any, _: Any, info: GraphQLResolveInfo[Any], **__: Any) -> Any:
    context = info.context
    return Data(f"{context.seed} {info.path.as_list()}", context.oddity).value(type_, 3)


def value_of(type_: Any) -> Any:
    """The simplest input of a type."""
    type_ = get_nullable_type(type_)
    if is_list_type(type_):
        return [value_of(type_.of_type)]
    if is_input_object_type(type_):
        return {name: value_of(each.type) for name, each in type_.fields.items() if is_required_input_field(each)}
    return next(iter(type_.values)) if is_enum_type(type_) else INPUTS[type_.name]


def _variables(text: str, schema: GraphQLSchema) -> dict[str, Any]:
    """The simplest ones that an operation demands."""
    operation = get_operation_ast(parse(text))
    assert operation is not None
    needed = [each for each in operation.variable_definitions or () if isinstance(each.type, NonNullTypeNode)]
    return {each.variable.name.value: value_of(type_from_ast(schema, each.type)) for each in needed}


async def test_the_switch_changes_no_answer_to_any_operation_of_the_app(resolved: strawberry.Schema) -> None:
    compiling, plain = (Engine.of(resolved, GraphQLOptions(compiled_selections=each)) for each in (True, False))
    compiled = 0
    for text in OPERATIONS.values():
        request = GraphQLRequest(text, _variables(text, compiling.schema))
        for seed, oddity in enumerate((0.0, 0.01, 0.03)):
            context, other = (MadeUp("nobody", seed=seed, oddity=oddity) for _ in range(2))
            with capture_logs():
                answer = await compiling.execute(compiling.prepare(request), context, "r-1")
                usual = await plain.execute(plain.prepare(request), other, "r-1")
            assert orjson.dumps(answer) == orjson.dumps(usual)
            assert "data" in answer
        compiled += any(each is not None for each in compiling.prepare(request).plans._known.values())
        assert not plain.prepare(request).plans._known
    assert compiled > 30


def test_private_parts_of_the_libraries_stand_in_one_module() -> None:
    private = re.compile(r"strawberry-definition|\._schema\b|_get_basic_result|graphql\.execution\b")
    server = Path(compiled_selections.__file__).parent
    assert [each.name for each in server.glob("*.py") if private.search(each.read_text("utf-8"))] == [
        "compiled_selections.py"
    ]


def test_the_documents_are_valid() -> None:
    rules = [rule for rule in specified_rules if rule is not NoUnusedVariablesRule]
    for seed in range(100):
        assert validate(SCHEMA, parse(Writer(seed).document()), rules) == []


def _answer(document: str, data: Any) -> tuple[Any, int]:
    """Data, and how many fields were compiled."""
    parsed = parse(document)
    plans = Plans.of(parsed)
    schema = GraphQLSchema(GraphQLObjectType("Root", {"leaf": GraphQLField(LEAF, resolve=lambda *_: data)}))
    result = execute(schema, parsed, executor_class=CompilingExecutor, plans=plans)
    assert isinstance(result, ExecutionResult)
    return result, sum(plan is not None for plan in plans._known.values())


LEAF = next(each for each in TYPES if each.name == "Branch")


def test_an_exception_as_a_value_is_an_error_and_no_data() -> None:
    branch = object.__new__(Branch)
    branch.words = ValueError("of the core")  # type: ignore[assignment] # that is the point
    result, compiled = _answer("{ leaf { words } }", branch)
    assert compiled == 1
    assert result.data == {"leaf": {"words": None}}
    assert [each.formatted["path"] for each in result.errors] == [["leaf", "words"]]


@pytest.mark.parametrize("name", ["guarded", "later { id }", "shout"])
def test_what_has_a_permission_or_a_resolver_is_never_compiled(name: str) -> None:
    branch = object.__new__(Branch)
    branch.guarded = "secret"
    branch.twigs = []
    parsed = parse(f"{{ leaf {{ {name} }} }}")
    plans = Plans.of(parsed)
    schema = GraphQLSchema(GraphQLObjectType("Root", {"leaf": GraphQLField(LEAF, resolve=lambda *_: branch)}))

    async def run() -> Any:
        result = execute(schema, parsed, executor_class=CompilingExecutor, plans=plans)
        return await result if inspect.isawaitable(result) else result

    assert "secret" not in json.dumps(asyncio.run(run()).data)
    assert set(plans._known.values()) == {None}
