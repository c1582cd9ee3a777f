"""`bff documents`: the manifest of registered documents."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bff.schema import build_schema
from bff.server import document_manifest
from bff.settings import Settings


def register(options: argparse.Namespace) -> int:
    """Add documents to the manifest; exit status 1, and nothing written, where one does not fit the schema."""
    target = options.manifest or Settings(development=True).documents_file or Path("documents.json")
    try:
        known = document_manifest.load(target) if target.exists() else {}
        added = document_manifest.merge(document_manifest.documents_in(file) for file in options.files)
        documents = document_manifest.merge((known, added))
        document_manifest.check(added, build_schema())
        document_manifest.write(target, documents)
    except document_manifest.ManifestError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(documents)} documents in {target}, {len(documents) - len(known)} of them new")
    return 0
