"""Pages that are made of other files: the first steps of the READMEs, the schema's reference of its descriptions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_specified_scalar_type,
)
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
COPIES = {
    "index.md": "README.md",
    "zh.md": "README.zh.md",
    "changelog.md": "CHANGELOG.md",
    "clients.md": "examples/README.md",
}
ROOTS = {"queries": "query_type", "mutations": "mutation_type", "subscriptions": "subscription_type"}
KINDS: Mapping[str, type[GraphQLNamedType]] = {
    "types": GraphQLObjectType,
    "inputs": GraphQLInputObjectType,
    "enums": GraphQLEnumType,
    "scalars": GraphQLScalarType,
}
Member = GraphQLField | GraphQLInputField | GraphQLArgument


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for page, source in COPIES.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, page, content=_within_the_site(text)))
    for page, text in reference(build_schema((ROOT / "schema.graphql").read_text("utf-8"))).items():
        files.append(File.generated(config, f"schema/{page}.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """A link that leaves the documentation, to a source, becomes a name."""
    folder = (DOCS / page.file.src_uri).parent

    def inside(found: re.Match[str]) -> str:
        target = (folder / found[2].partition("#")[0]).resolve()
        return found[0] if target.is_relative_to(DOCS) else found[1]

    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)([^)\s]+)\)", inside, markdown)


def _within_the_site(text: str) -> str:
    """A file of the root as a page beside the others."""
    text = text.replace("](README.zh.md)", "](zh.md)").replace("](README.md)", "](index.md)")
    return text.replace("](docs/", "](")


def reference(schema: GraphQLSchema) -> dict[str, str]:
    """Pages of Markdown by name."""
    roots = {getattr(schema, attribute) for attribute in ROOTS.values()}
    named = [each for each in schema.type_map.values() if _is_ours(each) and each not in roots]
    where = {each.name: f"{page}.md" for page, kind in KINDS.items() for each in named if isinstance(each, kind)}
    pages = {}
    for page, attribute in ROOTS.items():
        root: GraphQLObjectType = getattr(schema, attribute)
        sections = (_operation(name, field, where) for name, field in sorted(root.fields.items()))
        pages[page] = "\n\n".join([f"# {page.capitalize()}", root.description or "", *sections])
    for page, kind in KINDS.items():
        sections = (_named(each, where) for each in sorted(named, key=lambda each: each.name) if isinstance(each, kind))
        pages[page] = "\n\n".join([f"# {page.capitalize()}", *sections])
    return pages


def _is_ours(each: GraphQLNamedType) -> bool:
    return not each.name.startswith("__") and not is_specified_scalar_type(each)


def _operation(name: str, field: GraphQLField, where: Mapping[str, str]) -> str:
    lines = [f"## {name}", "", _text(field.description), "", f"Gives {_type(field, where)}."]
    return "\n".join([*lines, *_table("Argument", field.args, where)])


def _named(each: GraphQLNamedType, where: Mapping[str, str]) -> str:
    lines = [f"## {each.name} {{#{each.name}}}", "", _text(each.description)]
    if isinstance(each, GraphQLEnumType):
        rows = (f"| `{name}` | {_text(value.description)} |" for name, value in each.values.items())
        return "\n".join([*lines, "", "| Value | |", "|---|---|", *rows])
    if isinstance(each, GraphQLObjectType | GraphQLInputObjectType):
        return "\n".join([*lines, *_table("Field", each.fields, where)])
    return "\n".join(lines)


def _table(head: str, members: Mapping[str, Member], where: Mapping[str, str]) -> Iterator[str]:
    if members:
        yield from ("", f"| {head} | Type | |", "|---|---|---|")
    for name, member in members.items():
        about = [_text(member.description)]
        if member.deprecation_reason:
            about.append(f"**Deprecated**: {member.deprecation_reason}")
        if isinstance(member, GraphQLField) and member.args:
            named = member.args.items()
            about += (f"`{each}` ({_type(one, where)}): {_text(one.description)}" for each, one in named)
        yield f"| `{name}` | {_type(member, where)} | {'<br>'.join(about)} |"


def _type(member: Member, where: Mapping[str, str]) -> str:
    """The type's text, its name a link."""
    name = get_named_type(member.type).name
    link: Callable[[re.Match[str]], str] = lambda found: f"[{found[0]}]({where[name]}#{name})"  # noqa: E731
    text = str(member.type).replace("[", "\\[").replace("]", "\\]")
    return re.sub(rf"\b{name}\b", link, text) if name in where else text


def _text(description: str | None) -> str:
    return (description or "").replace("\n", " ").replace("|", "\\|")
