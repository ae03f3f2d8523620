"""The gates to third parties, each built at its first use."""

from abc import abstractmethod
from functools import cached_property

from audit.pseudonyms import Pseudonyms
from consent.profile import CertificationProfile
from pds.core.clock import Clock
from pds.core.ids import Ids
from pds.disclosure.break_glass.opening import Glass
from pds.disclosure.cohorts.by_name import ByName
from pds.disclosure.cohorts.part import Parts
from pds.disclosure.cohorts.service import Cohorts
from pds.disclosure.cohorts.telling import StatisticsGate
from pds.disclosure.decision import Basis
from pds.disclosure.health_links.opening import Door
from pds.disclosure.release import Store
from pds.disclosure.selecting import Selector
from pds.disclosure.service import Disclosure
from pds.disclosure.stream import Stream
from pds.disclosure.viewing import Viewing
from pds.keys.keyring import Keyring


class Gates(Store):
    """What a bank has for the gates, and the gates; see `pds.bank.bank.Bank`."""

    clock: Clock
    ids: Ids
    keys: Keyring
    profile: CertificationProfile
    pseudonyms: Pseudonyms
    selector: Selector

    @abstractmethod
    def secret(self, name: str) -> bytes:
        """Return the 32 bytes kept under a name beside the keys."""

    @cached_property
    def disclosure(self) -> Disclosure:
        """The gate for pages."""
        return Disclosure(self, self.selector, self.clock, self.ids, self.basis)

    @cached_property
    def stream(self) -> Stream:
        """The gate for streams."""
        return Stream(self, self.selector, self.clock, self.ids, self.basis)

    @cached_property
    def cohorts(self) -> Cohorts:
        """The gate for cohorts of offers."""
        return Cohorts(self, self._parts, self.clock, self.ids)

    @cached_property
    def by_name(self) -> ByName:
        """The gate for single members of cohorts."""
        return ByName(self, self._parts, self.clock)

    @cached_property
    def viewing(self) -> Viewing:
        """The gate for pages that are only looked at."""
        return Viewing(self, self.disclosure, self.clock, self.ids, self.basis)

    @cached_property
    def health_links(self) -> Door:
        """The gate of links that persons give to doctors."""
        return Door(self, self.keys, self.ids, self.clock, self.pseudonyms)

    @cached_property
    def statistics(self) -> StatisticsGate:
        """The gate for statistics of cohorts."""
        return StatisticsGate(self, self.basis)

    @cached_property
    def glass(self) -> Glass:
        """The gate for emergencies."""
        return Glass(self, self.selector, self.ids, self.clock, self.basis)

    @cached_property
    def basis(self) -> Basis:
        """What decisions rest on; the cursor key is read at the first of them."""
        cursor_key = self.secret("cursor")
        return Basis(self.keys, self.profile, cursor_key, self.pseudonyms)

    @cached_property
    def _parts(self) -> Parts:
        return Parts(self.selector, self.ids, self.basis)
