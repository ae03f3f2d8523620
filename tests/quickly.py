"""What each test would do anew with the same result, done once or when it is asked for.

None of this changes what the service answers: templates, addresses and statements come
out the same, only sooner.
"""

from collections.abc import Callable
from types import MethodType
from typing import Any, ClassVar, Self

from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import URL, Connection, Dialect, Engine
from werkzeug.routing import Rule


class Compiled(BytecodeCache):
    """Templates that this process compiled, by their name and text."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        found = self._found.get((bucket.key, bucket.checksum))
        if found is not None:
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._found[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


class SharedRule(Rule):
    """A rule that is read once, and writes code for its addresses when one is wanted.

    An application has three hundred rules, which are the same for each bank, and a
    test asks for few addresses.
    """

    _read: ClassVar[dict[tuple[Any, ...], dict[str, Any]]] = {}

    def compile(self) -> None:
        spelt = (self.rule, self.host, self.subdomain, self.merge_slashes)
        meant = (repr(self.defaults), *self.map.converters.items())
        found = self._read.get(spelt + meant)
        if found is None:
            super().compile()
            told = ("_parts", "_trace", "_converters", "arguments")
            built = {name: getattr(self, name).__func__ for name in _BUILDERS}
            found = {name: getattr(self, name) for name in told} | built
            self._read[spelt + meant] = found
        vars(self).update(found)
        for name in _BUILDERS:
            setattr(self, name, MethodType(found[name], self))

    def _compile_builder(
        self,
        append_unknown: bool = True,  # noqa: FBT002 - as werkzeug has it
    ) -> Callable[..., tuple[str, str]]:
        compiled = super()._compile_builder
        made: list[Callable[..., tuple[str, str]]] = []

        def late(rule: Rule, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(compiled(append_unknown))
            return made[0](rule, **values)

        return late


_BUILDERS = ("_build", "_build_unknown")


def sharing(kind: type[Dialect]) -> Callable[[type[Dialect], URL], type[Dialect]]:
    """Return a `get_dialect_cls` whose engines know what earlier ones compiled.

    Each test has engines of its own, which would compile each statement once more.
    An engine's dialect is a part of the name of what it compiled, so engines that were
    asked for in the same words have the same dialect, and it asks the one server of the
    session only once what that server is.
    """
    made: dict[frozenset[tuple[str, Any]], Dialect] = {}
    asked: list[Dialect] = []
    compiled: dict[Any, Any] = {}

    class Shared(kind):  # type: ignore[misc,valid-type] # the class comes at run time
        supports_statement_cache = True

        def __new__(cls, **wishes: Any) -> Self:
            named = frozenset((name, repr(value)) for name, value in wishes.items())
            return made.setdefault(named, super().__new__(cls))

        def __init__(self, **wishes: Any) -> None:
            if not vars(self):
                super().__init__(**wishes)

        def initialize(self, connection: Connection) -> None:
            if self not in asked:
                super().initialize(connection)
                asked.append(self)

        @classmethod
        def engine_created(cls, engine: Engine) -> None:
            engine.update_execution_options(compiled_cache=compiled)

    return lambda _kind, _url: Shared
