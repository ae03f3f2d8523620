"""The verifier as one file that needs nothing but Python: a zipapp.

The same sources give the same bytes on every machine, so that whoever was given the
file can make it again and compare.
"""

import ast
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

NAME = "infobank-verify.pyz"

_ROOT = Path(__file__).parents[1]
_FIRST = "audit.verifier.__main__"
_SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = b"""import sys

from audit.verifier.__main__ import main

sys.exit(main())
"""
_OLDEST = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16


def verifier_archive() -> bytes:
    """Return the verifier as a zipapp, to be run with `python infobank-verify.pyz`."""
    contents = {"__main__.py": _MAIN}
    for path in verifier_sources():
        contents[path.relative_to(_ROOT).as_posix()] = path.read_bytes()
    target = BytesIO()
    target.write(_SHEBANG)
    # Not compressed: compressors differ from machine to machine.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _OLDEST)
            # Else it is the kind of machine that this runs on.
            entry.create_system, entry.external_attr = 3, _MODE
            archive.writestr(entry, contents[name])
    return target.getvalue()


def verifier_sources() -> list[Path]:
    """Return the files that the verifier needs: what it imports of this package."""
    found = {_ROOT / "audit/__init__.py", _ROOT / "audit/verifier/__init__.py"}
    waiting = [_path(_FIRST)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += map(_path, _imported(path))
    return sorted(found)


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("audit"):
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                yield inner if _path(inner).is_file() else str(node.module)


def _path(module: str) -> Path:
    return (_ROOT / module.replace(".", "/")).with_suffix(".py")
