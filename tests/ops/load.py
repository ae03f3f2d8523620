"""Clients that fetch and deposit until the server is gone, and keep every answer."""

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType
from typing import Any

import requests

from audit.receipt_check import HEADER
from pds.cli.demo import sample, world
from pds.cli.demo.credentials import Credentials, Login
from pds.cli.demo.journey import Journey, Stage
from pds.cli.demo.organisations import COACH
from pds.cli.demo.people import KENICHI
from pds.cli.demo.person import Person
from pds.cli.demo.world import DemoFile
from pds.core.clock import TOKYO, SystemClock
from tests.web.conftest import weight


@dataclass
class Answers:
    """What the clients were told.

    Attributes:
        receipts: of each page of data that arrived whole.
        deposits: how many deposited files were acknowledged.
        faults: answers that no client may see, such as half a body.
    """

    receipts: list[str] = field(default_factory=list)
    deposits: int = 0
    faults: list[str] = field(default_factory=list)


class Load:
    """Clients that fetch, and two persons' browsers that deposit.

    Args:
        found: the accounts of the demo world.
        fetching: how many clients fetch.
    """

    def __init__(self, found: Credentials, fetching: int = 4) -> None:
        self.answers = Answers()
        self._found = found
        self._module: ModuleType = sample.load()
        self._some = threading.Event()
        self._recipient, self._path = self._granted()
        self._threads = [
            # A test that fails meanwhile must not wait for them.
            threading.Thread(target=self._until_gone, args=(act,), daemon=True)
            for act in [
                *(self._fetcher() for _ in range(fetching)),
                *self._depositors(),
            ]
        ]

    def start(self) -> None:
        """Begin, and return when enough was acknowledged to be in full swing."""
        for each in self._threads:
            each.start()
        assert self._some.wait(60), self.answers
        assert self.answers.faults == []

    def go_on(self) -> None:
        """Return when five more pages of data were acknowledged."""
        more, clock = len(self.answers.receipts) + 5, SystemClock()
        until = clock.monotonic() + 60
        while len(self.answers.receipts) < more:
            assert clock.monotonic() < until, self.answers
            self._threads[0].join(0.05)

    def finish(self) -> Answers:
        """Wait until every client has met the closed door; return what they know."""
        for each in self._threads:
            each.join(60)
            assert not each.is_alive()
        return self.answers

    def _granted(self) -> tuple[Any, str]:
        """Let a person share; return the recipient and the address of a second page.

        A second page is not counted against the limit of a day, and each time that
        it is fetched a disclosure is recorded.
        """
        now = SystemClock().now()
        day = now.astimezone(TOKYO).date() - timedelta(days=1)
        people = {each.persona.key: each for each in world.build(day, days=45)}
        files = people[KENICHI.key].files
        stage = Stage(self._found, KENICHI.key, COACH, files, now)
        journey = Journey(stage, lambda _line: None)
        person, recipient, address = journey._ask()
        recipient.callback(person.say_yes(person.consider(address)))
        first = recipient.get("/api/v1/records?limit=1")
        return recipient, f"/api/v1/records?limit=1&cursor={first.json()['next']}"

    def _fetcher(self) -> Callable[[int], None]:
        own = copy.copy(self._recipient)
        own.bank = copy.copy(own.bank)
        own.bank.session = requests.Session()
        key = own.log_key()

        def fetch(_number: int) -> None:
            answer = own.get(self._path)
            self._module.check_digest(answer)
            self._module.check_receipt(answer, key)
            self.answers.receipts.append(answer.headers[HEADER])

        return fetch

    def _depositors(self) -> list[Callable[[int], None]]:
        return [self._depositor(each) for each in self._found.logins[:2]]

    def _depositor(self, login: Login) -> Callable[[int], None]:
        person = Person(self._found.issuer, login)
        person.log_in()

        def deposit(number: int) -> None:
            line = weight(
                number, f"{1960 + number // 28}-02-{number % 28 + 1:02}", "61"
            )
            file = DemoFile(f"{number}.json", "application/fhir+json", line.encode())
            person.deposit([file])
            self.answers.deposits += 1

        return deposit

    def _until_gone(self, act: Callable[[int], None]) -> None:
        number = 0
        try:
            while True:
                act(number)
                number += 1
                if len(self.answers.receipts) > 40 and self.answers.deposits > 4:
                    self._some.set()
        except requests.exceptions.ChunkedEncodingError as error:
            self.answers.faults.append(f"half an answer: {error}")
        except requests.ConnectionError:
            return  # The door is closed, or was closed before the request was read.
        except Exception as error:  # noqa: BLE001 - no client may end in silence
            self.answers.faults.append(f"{type(error).__name__}: {error}")
        # Whoever waits for a full swing is told that there will be none.
        self._some.set()
