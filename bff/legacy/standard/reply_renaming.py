"""A reply in the core's names becomes one in ours, element by element, after it was verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from bff.legacy.standard.contract_diff import Part
from bff.legacy.standard.name_mapping import Names, Place


@dataclass(frozen=True, slots=True)
class Renaming:
    """By their names: ours, and what is below."""

    children: Mapping[str, tuple[str, Renaming]]

    def apply(self, element: etree._Element) -> None:
        """What we have no name for goes: theirs might be ours for something else."""
        for child in list(element):
            found = self.children.get(etree.QName(child).localname)
            if found is None:
                element.remove(child)
            else:
                child.tag = found[0]
                found[1].apply(child)


def renaming(part: Part, names: Names, above: Place = ()) -> Renaming:
    here = (*above, part.name)
    return Renaming(
        {names.element((*here, child.name)): (child.name, renaming(child, names, here)) for child in part.parts}
    )
