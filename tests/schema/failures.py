"""Codes that a field can fail with, found in the code: those of everything that its resolver may come to. Writes
`bff/schema/failures.toml` to standard output."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from strawberry.types.base import StrawberryObjectDefinition

from bff.errors import ApiErrorCode
from bff.rules.refusal import UserErrorCode
from bff.schema import build_schema
from tests.support.servers import ROOT

CODES: dict[str, type[ApiErrorCode | UserErrorCode]] = {"ApiErrorCode": ApiErrorCode, "UserErrorCode": UserErrorCode}
Code = ApiErrorCode | UserErrorCode
CALLED = ("__init__", "__post_init__", "__call__", "__aenter__", "__enter__")
"""Methods that are called without their names."""
Unit = tuple[str, str]
"""A module, and a function, class, method or constant in it; or ANY, and a method of it is not known which class."""
ANY = "*"


BARRIERS = {
    ("bff.applications.journal.rows", "entry_of"),  # reads a refusal that was written before
}
"""What names codes and does not come to fail with them."""


class Class(ast.Module):
    """A class without its methods."""


@dataclass
class Module:
    units: dict[str, ast.AST] = field(default_factory=dict)
    imports: dict[str, Unit] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: ast.Module) -> Module:
        found = cls()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bff"):
                found.imports |= {each.asname or each.name: (str(node.module), each.name) for each in node.names}
        for each in tree.body:
            found.units |= dict(cls._units(each))
        return found

    @classmethod
    def _units(cls, node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            methods = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
            yield node.name, Class([each for each in node.body if each not in methods], [])
            yield from ((f"{node.name}.{each.name}", each) for each in methods)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (
                (name.id, node.value) for each in targets for name in ast.walk(each) if isinstance(name, ast.Name)
            )


class Bff:
    """All of `bff`, parsed. A method is looked up in the class of what it is called on, as far as annotations tell it;
    else it may be one of any class that was come across (rapid type analysis)."""

    def __init__(self) -> None:
        self.found: dict[Unit, list[Unit | Code]] = {}

    @cached_property
    def modules(self) -> dict[str, Module]:
        paths = [path for path in sorted((ROOT / "bff").rglob("*.py")) if not {"static", "migrations"} & {*path.parts}]
        names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths]
        return {name: Module.of(ast.parse(path.read_text("utf-8"))) for name, path in zip(names, paths, strict=True)}

    def node(self, unit: Unit) -> ast.AST:
        return self.modules[unit[0]].units[unit[1]]

    def named(self, module: str, node: ast.AST | None) -> Unit | None:
        """Where what a name, or a module's attribute, stands for is defined."""
        if isinstance(node, ast.Name):
            parsed = self.modules.get(module)
            if parsed is not None and node.id in parsed.units:
                return module, node.id
            if parsed is not None and node.id in parsed.imports:
                return self.named(parsed.imports[node.id][0], ast.Name(parsed.imports[node.id][1]))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            of = ".".join(self.modules[module].imports.get(node.value.id, ()))
            return self.named(of, ast.Name(node.attr)) if of in self.modules else None
        return None

    def annotated(self, module: str, node: ast.AST | None) -> Unit | None:
        """The class that an annotation means, which may also be null."""
        if isinstance(node, ast.BinOp):
            either = {self.annotated(module, node.left), self.annotated(module, node.right)} - {None}
            return either.pop() if len(either) == 1 else None
        if isinstance(node, ast.Subscript):  # Annotated[…], Private[…], Task[…]
            return self.annotated(module, node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice)
        found = self.named(module, node)
        return found if found and isinstance(self.node(found), Class) else None

    def member(self, owner: Unit, name: str) -> tuple[Unit | None, Unit | None]:
        """A method of a class, and the class of what it returns; of a field just the latter."""
        module, known = owner
        if (method := self.modules[module].units.get(f"{known}.{name}")) is not None:
            return (module, f"{known}.{name}"), self.annotated(module, getattr(method, "returns", None))
        for each in getattr(self.node(owner), "body", ()):
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.target.id == name:
                return None, self.annotated(module, each.annotation)
        return None, None

    def class_of(self, unit: Unit, node: ast.AST, known: dict[str, Unit]) -> Unit | None:
        """Of an expression in a function."""
        if isinstance(node, ast.Await):
            return self.class_of(unit, node.value, known)
        if isinstance(node, ast.Name) and node.id in known:
            return known[node.id]
        if isinstance(node, ast.Call):
            found = self.named(unit[0], node.func)
            if found is not None:
                of = self.node(found)
                return found if isinstance(of, Class) else self.annotated(found[0], getattr(of, "returns", None))
            return self.class_of(unit, node.func, known)
        if isinstance(node, ast.Attribute) and (owner := self.class_of(unit, node.value, known)) is not None:
            return self.member(owner, node.attr)[1]
        return None

    def variables(self, unit: Unit) -> dict[str, Unit]:
        """Classes of a function's parameters and variables."""
        node, found = self.node(unit), {}
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if "." in unit[1] and node.args.args:
                found[node.args.args[0].arg] = (unit[0], unit[1].partition(".")[0])
            for each in (*node.args.args, *node.args.kwonlyargs):
                if (of := self.annotated(unit[0], each.annotation)) is not None:
                    found[each.arg] = of
        for part in ast.walk(node):
            if isinstance(part, ast.Assign | ast.NamedExpr):
                target = part.target if isinstance(part, ast.NamedExpr) else part.targets[0]
                if isinstance(target, ast.Name) and (of := self.class_of(unit, part.value, found)) is not None:
                    found[target.id] = of
        return found

    def next(self, unit: Unit) -> list[Unit | Code]:
        """What a unit refers to."""
        if unit not in self.found:
            self.found[unit] = [*self._next(unit)]
        return self.found[unit]

    def _next(self, unit: Unit) -> Iterator[Unit | Code]:
        if unit in BARRIERS:
            return
        known, own = self.variables(unit), bound(self.node(unit))
        if "." in unit[1]:
            yield unit[0], unit[1].partition(".")[0]
        for node in ast.walk(self.node(unit)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in CODES:
                yield CODES[node.value.id][node.attr]
            elif isinstance(node, ast.Name) and node.id in own:
                continue
            elif (found := self.named(unit[0], node)) is not None:
                yield found
            elif isinstance(node, ast.Attribute):
                owner = self.class_of(unit, node.value, known)
                yield (owner and self.member(owner, node.attr)[0]) or (ANY, node.attr)

    def reach(self, start: Unit) -> set[Code]:
        codes: set[Code] = set()
        seen: set[Unit] = set()
        waiting: list[Unit | Code] = [start]
        while waiting:
            each = waiting.pop()
            if isinstance(each, ApiErrorCode | UserErrorCode):
                codes.add(each)
            elif each not in seen:
                seen.add(each)
                waiting += self.from_here(each, seen)
        return codes

    def from_here(self, unit: Unit, seen: set[Unit]) -> Iterator[Unit | Code]:
        if unit[0] == ANY:
            yield from (method for owner, method in self.methods.get(unit[1], {}).items() if owner in seen)
            return
        yield from self.next(unit)
        if isinstance(self.node(unit), Class):
            for name, methods in self.methods.items():
                if unit in methods and (name in CALLED or (ANY, name) in seen):
                    yield methods[unit]

    @cached_property
    def methods(self) -> dict[str, dict[Unit, Unit]]:
        """By name and class. Fields of the schema are called by the executor, not by each other."""
        found: dict[str, dict[Unit, Unit]] = {}
        for module, parsed in self.modules.items():
            for unit in parsed.units:
                owner, _, name = unit.partition(".")
                if name and not module.startswith("bff.schema."):
                    found.setdefault(name, {})[module, owner] = (module, unit)
        return found


def bound(node: ast.AST) -> set[str]:
    """A function's own names, which hide those of its module."""
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    return names | {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}


def resolvers() -> Iterator[tuple[str, Unit]]:
    """Fields by their paths, in the schema's order."""
    schema = build_schema()
    for name, known in schema.schema_converter.type_map.items():
        if isinstance(known.definition, StrawberryObjectDefinition):
            for each in known.definition.fields:
                if each.base_resolver is not None:
                    function: Any = each.base_resolver.wrapped_func
                    path = f"{name}.{schema.config.name_converter.from_field(each)}"
                    yield path, (function.__module__, function.__qualname__)


OF_ANY_REQUEST = {
    ApiErrorCode.RATE_LIMITED, ApiErrorCode.STORE_UNAVAILABLE, ApiErrorCode.TIMEOUT, ApiErrorCode.INTERNAL_ERROR,
}  # fmt: skip
"""Whatever was asked for; likewise what is wrong with the request itself."""


def failures() -> str:
    bff, lines = Bff(), ["# Codes that a field can fail with, found in the code by `make schema`."]
    for path, unit in resolvers():
        codes = bff.reach(unit)
        errors = [each.value for each in ApiErrorCode if each in codes and each not in OF_ANY_REQUEST]
        refusals = [each.value for each in UserErrorCode if each in codes]
        parts = [f"errors = {json.dumps(errors)}"] if errors else []
        parts += [f"refusals = {json.dumps(refusals)}"] if refusals else []
        lines += ["", f'["{path}"]', *parts] if parts else []
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(failures())
