"""The renaming of a verified reply's elements from the core's names to ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from bff.legacy.standard.declarations import ElementDeclaration
from bff.legacy.standard.name_mapping import ElementPath, NameMapping


@dataclass(frozen=True, slots=True)
class ReplyRenaming:
    """The children of an element by the core's names: our name, and the renaming below it."""

    children: Mapping[str, tuple[str, ReplyRenaming]]

    def apply(self, element: etree._Element) -> None:
        """Rename what is below an element. Unknown elements are removed: their names might be ours for something
        else."""
        for child in list(element):
            found = self.children.get(etree.QName(child).localname)
            if found is None:
                element.remove(child)
            else:
                child.tag = found[0]
                found[1].apply(child)


def reply_renaming(declaration: ElementDeclaration, names: NameMapping, parent: ElementPath = ()) -> ReplyRenaming:
    """Build the renaming of one operation's reply from its declaration in our contract."""
    path = (*parent, declaration.name)
    return ReplyRenaming(
        {
            names.element((*path, child.name)): (child.name, reply_renaming(child, names, path))
            for child in declaration.children
        }
    )
