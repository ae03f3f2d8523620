"""As much DER (X.690) as a time stamp needs: definite lengths, nested elements."""

from collections.abc import Iterator

from audit.errors import VerificationError

INTEGER, OCTETS, OID, TIME, SEQUENCE, EXPLICIT = 0x02, 0x04, 0x06, 0x18, 0x30, 0xA0

_LONG = 0x80
_MOST_LENGTH_BYTES = 4


class Reader:
    """The elements of a sequence, read one after the other.

    Args:
        data: the content of the sequence.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, tag: int) -> bytes:
        """Return the content of the next element, which must have this tag.

        Raises:
            VerificationError: it has another one, or is cut off.
        """
        found, content = self._next()
        if found != tag:
            raise VerificationError("An element of the DER is of another kind.")
        return content

    def enter(self, tag: int = SEQUENCE) -> "Reader":
        """Return the elements within the next element."""
        return Reader(self.take(tag))

    def skip(self) -> None:
        """Pass over the next element."""
        self._next()

    def rest(self) -> list[tuple[int, bytes]]:
        """Return tag and content of each element that is left."""
        found = []
        while self._at < len(self._data):
            found.append(self._next())
        return found

    def has(self, tag: int) -> bool:
        """Say whether the next element is there and has this tag."""
        return self._data[self._at : self._at + 1] == bytes([tag])

    def elements(self) -> Iterator[bytes]:
        """Yield each further element, its tag and length included.

        Raises:
            VerificationError: one is cut off.
        """
        while (start := self._at) < len(self._data):
            self._next()
            yield self._data[start : self._at]

    def _next(self) -> tuple[int, bytes]:
        # The place moves and the data stays: cutting off what was read would copy the
        # rest for each element.
        data, start = self._data, self._at + len("tl")
        if len(data) < start:
            raise VerificationError("The DER is cut off.")
        tag, length = data[start - 2], data[start - 1]
        if length & _LONG:
            more = length & ~_LONG
            if not 0 < more <= _MOST_LENGTH_BYTES:
                raise VerificationError("A length of the DER is not definite.")
            length = int.from_bytes(data[start : start + more])
            start += more
        end = start + length
        if end > len(data):
            raise VerificationError("The DER is cut off.")
        self._at = end
        return tag, data[start:end]
