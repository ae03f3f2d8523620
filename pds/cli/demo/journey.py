"""The whole job over HTTP, told step by step; it stops loudly at the first surprise.

A person deposits data, a recipient asks, the person says yes, the data goes, the log
proves it, the person withdraws, and the next fetch is refused and recorded. The first
start of the demo plays it, and so does a test, unpatched.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pds.cli.demo import sample
from pds.cli.demo.auditor import Auditor, count
from pds.cli.demo.credentials import Client, Credentials
from pds.cli.demo.office import Office
from pds.cli.demo.organisations import Organisation
from pds.cli.demo.person import Person, Preview
from pds.cli.demo.world import DemoFile

PAGE_SIZE = 100
RELEASED = "disclosure:released"
DENIED = "disclosure:denied"
_REFUSALS = (401, 403)
_TRIES = 30
_PAUSE = 0.2
"""Seconds; checkpoints are published at most once a second, and exports end there."""


class JourneyFailed(Exception):  # noqa: N818 - reads as what it names
    """A step did not do what it should; the message says what happened instead."""


@dataclass(frozen=True)
class Stage:
    """What the journey plays on.

    Attributes:
        credentials: logins and client keys.
        person: key of the person's login.
        organisation: the recipient that asks.
        files: what the person deposits.
        now: the moment, for what the recipient asks.
    """

    credentials: Credentials
    person: str
    organisation: Organisation
    files: tuple[DemoFile, ...]
    now: datetime


@dataclass
class Journey:
    """Plays the steps in order and says one line for each.

    Attributes:
        stage: who and what.
        say: takes each line; `print` unless given.
    """

    stage: Stage
    say: Callable[[str], None] = print
    _number: int = field(default=0, init=False)
    _known: dict[str, int] = field(default_factory=dict, init=False)

    def play(self) -> None:
        """Play everything.

        Raises:
            JourneyFailed: the first step that did not do what it should.
        """
        person, recipient, address = self._ask()
        with self._export() as folder:
            self._known = {each: count(folder, each) for each in (RELEASED, DENIED)}
        preview = self._decide(person, recipient, address)
        pages = self._fetch(recipient, preview)
        self._look_back(person)
        self._verify("A stand-alone verifier accepts the log", RELEASED, pages)
        self._withdraw(person, recipient)

    def share(self) -> None:
        """Play up to the first fetch, and leave the consent in force.

        Raises:
            JourneyFailed: the first step that did not do what it should.
        """
        person, recipient, address = self._ask()
        self._fetch(recipient, self._decide(person, recipient, address))

    def _ask(self) -> tuple[Person, Any, str]:
        """Deposit and push a request; return where the person is sent."""
        login = self.stage.credentials.login(self.stage.person)
        person = Person(self.stage.credentials.issuer, login)
        self._deposit(person)
        recipient = self._recipient()
        with self._step("The recipient asks by a pushed authorization request") as told:
            asked = self._asked()
            address = recipient.authorize(asked)
            told.append(", ".join(asked["categories"]))
        return person, recipient, address

    def _asked(self) -> dict[str, Any]:
        client = self.stage.credentials.client(self.stage.organisation.key)
        return self.stage.organisation.provision(self.stage.now, client.offer_id)

    def _deposit(self, person: Person) -> None:
        health = [each for each in self.stage.files if "fhir" in each.media_type]
        bought = [each for each in self.stage.files if each not in health]
        with self._step("The person logs in"):
            person.log_in()
        with self._step("The person deposits health records (FHIR R4)") as told:
            person.deposit(health)
            told.append(_sizes(health))
        with self._step("The person deposits purchases (Receipt, JP PINT)") as told:
            person.deposit(bought)
            told.append(_sizes(bought))

    def _recipient(self) -> Any:
        client = self.stage.credentials.client(self.stage.organisation.key)
        return recipient_of(self.stage.credentials.issuer, client)

    def _decide(self, person: Person, recipient: Any, address: str) -> Preview:
        with self._step("The person logs in again and sees what would go") as told:
            preview = person.consider(address)
            _expect(preview.count > 0, "No record would go.")
            told.append(f"{preview.count} records, the first of them shown")
        with self._step("The person says yes"):
            back = person.say_yes(preview)
            _expect(
                back.startswith(self.stage.organisation.redirect_uri),
                f"The browser was sent to {back[:200]}.",
            )
        with self._step("The recipient redeems the code under its key") as told:
            answer = recipient.callback(back)
            _expect(answer.get("token_type") == "DPoP", "The token is not key-bound.")
            told.append(f"grant {answer['grant_id']}")
        with self._step("The person downloads the signed consent receipt") as told:
            told.append(f"{len(person.receipt(consent_of(recipient)))} bytes")
        return preview

    def _fetch(self, recipient: Any, preview: Preview) -> int:
        with self._step("The recipient fetches, checks digests and receipts") as told:
            fetched = recipient.fetch(limit=PAGE_SIZE)
            records = fetched.records()
            _expect(
                len(records) == preview.count,
                f"{preview.count} records were shown, {len(records)} came.",
            )
            shown = json.dumps(
                records[0]["payload"], ensure_ascii=False, separators=(",", ":")
            )
            _expect(
                " ".join(shown.split()) in preview.page.text,
                "The first record is not the one that the person was shown.",
            )
            told.append(f"{len(records)} records on {len(fetched.pages)} pages")
        return len(fetched.pages)

    def _look_back(self, person: Person) -> None:
        with self._step("The person sees who received what") as told:
            page = person.history()
            name = self.stage.organisation.name["en"]
            _expect(name in page.text, f"{name} is not in the history.")
            told.append(name)

    def _verify(self, what: str, leaf_type: str, new: int) -> None:
        """Wait until so many new leaves stand in the published log, and verify it."""
        with self._step(what) as told:
            wanted = self._known.get(leaf_type, 0) + new
            for _ in range(_TRIES):
                with self._export() as folder:
                    said, found = verify(folder), count(folder, leaf_type)
                if found >= wanted:
                    told.append(f"{said} ({new} × {leaf_type})")
                    return
                time.sleep(_PAUSE)
            raise JourneyFailed(f"{found} {leaf_type} in the log, not {wanted}.")

    @contextmanager
    def _export(self) -> Iterator[Path]:
        login = self.stage.credentials.login("auditor")
        auditor = Auditor(self.stage.credentials.issuer, login)
        with tempfile.TemporaryDirectory() as folder:
            yield auditor.export(Path(folder))

    def _withdraw(self, person: Person, recipient: Any) -> None:
        with self._step("The person withdraws"):
            person.withdraw(consent_of(recipient))
        before = person.history().text
        with self._step("The very next fetch is refused") as told:
            told.append(refused(recipient))
        with self._step("The refusal is recorded, and the person sees it"):
            page = person.history()
            _expect(page.text != before, "The history did not change.")
            _expect("Refused" in page.text, f"No refusal is shown: {page.text[:400]}")
        self._verify("The verifier accepts the log with it", DENIED, 1)
        self._attest(person)

    def _attest(self, person: Person) -> None:
        """Let the recipient attest the deletion that the withdrawal asks for."""
        stage = self.stage
        with self._step("The recipient attests that it deleted the data"):
            login = stage.credentials.login(stage.organisation.key)
            Office(stage.credentials.issuer, login).attest_deletion()
        with self._step("The person sees that it is done"):
            text = person.browser.open("/benefits").text
            _expect("Done" in text, f"No duty is done: {text[:400]}")

    @contextmanager
    def _step(self, what: str) -> Iterator[list[str]]:
        self._number += 1
        told: list[str] = []
        try:
            yield told
        except Exception as error:
            self.say(f"{self._number:2} ✗ {what}")
            raise JourneyFailed(f"Step {self._number}, {what}: {error}") from error
        self.say(f"{self._number:2} ✓ {': '.join([what, *told])}")


def recipient_of(issuer: str, client: Client) -> Any:
    """Return the sample recipient with its registered key."""
    module = sample.load()
    return module.Recipient(
        issuer,
        client.client_id,
        client.redirect_uri,
        client_key=module.SigningKey.from_pem(client.private_key),
    )


def consent_of(recipient: Any) -> str:
    """Return the id of the consent that a token answer named."""
    (granted,) = recipient.tokens["authorization_details"]
    return str(granted["consent_id"])


def refused(recipient: Any) -> str:
    """Fetch once and return how it was refused.

    Raises:
        JourneyFailed: data came, or the answer is not a refusal.
    """
    try:
        recipient.fetch(limit=1)
    except sample.load().RecipientError as error:
        if error.status in _REFUSALS:
            return f"{error.status} {error.code}".strip()
        raise JourneyFailed(f"The answer is no refusal: {error}") from error
    raise JourneyFailed("Data came after the withdrawal.")


def verify(folder: Path) -> str:
    """Run the stand-alone verifier on an export; return its last line.

    Raises:
        JourneyFailed: it found something.
    """
    run = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "audit.verifier", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    said = (run.stdout.strip() or run.stderr.strip()).splitlines() or ["silence"]
    if run.returncode != 0:
        raise JourneyFailed(f"The verifier says: {said[-1]}")
    return said[-1]


def _expect(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise JourneyFailed(otherwise)


def _sizes(files: list[DemoFile]) -> str:
    total = sum(len(each.content) for each in files)
    return f"{len(files)} files, {total / 1_000_000:.1f} MB"
