"""A key that is open in this process."""

from dataclasses import dataclass
from datetime import datetime

from pds.core.ids import OwnerId
from pds.crypto.datakey import DataKey
from pds.crypto.envelope import Sealer


@dataclass(frozen=True)
class OpenKey:
    """A key that is open in this process.

    Attributes:
        owner: whose key it is.
        key_class: number of its class.
        generation: its generation, part of every envelope.
        data_key: the key itself, for derivations.
        destroy_after: when retention ends, or None.
        sealer: seals and opens under this key; used through the keyring.
    """

    owner: OwnerId
    key_class: int
    generation: int
    data_key: DataKey
    destroy_after: datetime | None
    sealer: Sealer
