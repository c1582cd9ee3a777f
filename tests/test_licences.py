"""What the server is delivered with may be delivered: every licence is on a list that somebody has read."""

from __future__ import annotations

import json
import re
from importlib.metadata import Distribution

import pytest

from tests.support.packages import delivered
from tests.support.servers import ROOT

ALLOWED = {
    *("MIT", "MIT-0", "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "PSF-2.0", "Zlib", "Unlicense"),
    *("MPL-2.0", "BlueOak-1.0.0", "CC0-1.0", "Python-2.0"),
}
"""MPL-2.0 binds changes to its own files alone, and we make none."""
NAMES = {
    "MIT License": "MIT",
    "The MIT License (MIT)": "MIT",
    "MIT license": "MIT",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "ISC License (ISCL)": "ISC",
}
READ = {"aiocache": "BSD-3-Clause"}
"""Those whose metadata are silent, by the file that they bring."""
CLASSIFIER = "License :: OSI Approved :: "


def licence_of(found: Distribution) -> str:
    """An SPDX expression, or what the package calls its licence."""
    said = {key: found.metadata.get_all(key) or [] for key in ("License-Expression", "Classifier", "License")}
    classifiers = [each.removeprefix(CLASSIFIER) for each in said["Classifier"] if CLASSIFIER in each]
    names = [*said["License-Expression"], *classifiers, *said["License"]]
    name = names[0].strip().partition("\n")[0] if names else READ.get(found.metadata["Name"], "")
    return NAMES.get(name, name)


def is_allowed(expression: str) -> bool:
    """An SPDX expression, all of whose parts are allowed, or one side of an OR."""
    sides = re.split(r"\s+OR\s+", expression.strip("()"))
    return any(set(re.split(r"\s+AND\s+", side.strip("() "))) <= ALLOWED for side in sides)


DELIVERED = {each.metadata["Name"]: each for each in delivered()}


@pytest.mark.parametrize("name", sorted(DELIVERED))
def test_every_python_package_that_is_delivered_has_a_licence_on_the_list(name: str) -> None:
    licence = "Apache-2.0" if name == "gjj-bff" else licence_of(DELIVERED[name])
    assert is_allowed(licence), licence


def test_the_packages_are_those_that_run() -> None:
    assert {"zeep", "strawberry-graphql", "uvicorn", "graphql-core"} <= set(DELIVERED)
    assert {"pytest", "mypy"}.isdisjoint(DELIVERED)


def test_every_script_in_the_built_pages_has_a_licence_on_the_list() -> None:
    lock = json.loads((ROOT / "graphiql" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name and not each.get("dev")}
    assert len(packages) > 10
    assert {
        name: each.get("license") for name, each in packages.items() if not is_allowed(each.get("license", ""))
    } == {}


@pytest.mark.parametrize("expression", ["GPL-3.0-only", "MIT AND AGPL-3.0", "", "GPL-2.0 OR SSPL-1.0"])
def test_other_licences_are_told(expression: str) -> None:
    assert not is_allowed(expression)
