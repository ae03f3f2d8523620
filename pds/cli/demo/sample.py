"""Finds the sample recipient, which is an example and no part of the product.

It is read from the source checkout, where `docs/examples` stands beside the packages,
so that the journey runs exactly the code that a recipient's engineers are shown.
"""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from pds.core.errors import NotFound

PLACE = Path("docs", "examples", "recipient", "genki_coach")
_NAME = "genki_coach"


@cache
def load(root: Path | None = None) -> ModuleType:
    """Load the sample recipient's package, once, so that its errors can be caught.

    Args:
        root: folder of the checkout; the one that this file lies in unless given.

    Raises:
        NotFound: `demo.no-sample-recipient`; the examples are not installed, only the
            source has them.
    """
    path = (root or Path(__file__).parents[3]) / PLACE
    if not path.is_dir():
        raise NotFound(
            "demo.no-sample-recipient",
            f"The journey needs {PLACE} of the source checkout.",
        )
    spec = importlib.util.spec_from_file_location(
        _NAME, path / "__init__.py", submodule_search_locations=[str(path)]
    )
    assert spec is not None  # noqa: S101 - the name ends in .py
    assert spec.loader is not None  # noqa: S101 - the name ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = module
    spec.loader.exec_module(module)
    return module
