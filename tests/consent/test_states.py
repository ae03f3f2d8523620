"""The state machine, enumerated whole."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.states import FINAL, TRANSITIONS, ConsentEvent, ConsentState, fold
from consent.states import following as step
from pds.core.errors import Conflict

PERMITTED = {
    "- requested requested",
    "requested given given",
    "requested refused refused",
    "requested deferred deferred",
    "requested revoked revoked",
    "requested expired expired",
    "requested invalidated invalidated",
    "deferred given given",
    "deferred refused refused",
    "deferred deferred deferred",
    "deferred revoked revoked",
    "deferred expired expired",
    "deferred invalidated invalidated",
    "given narrowed given",
    "given amended given",
    "given renewed given",
    "given paused paused",
    "given withdrawn withdrawn",
    "given revoked revoked",
    "given expired expired",
    "given invalidated invalidated",
    "paused narrowed paused",
    "paused resumed given",
    "paused withdrawn withdrawn",
    "paused revoked revoked",
    "paused expired expired",
    "paused invalidated invalidated",
}


def test_every_step_is_permitted_or_refused_as_listed():
    found = set()
    for state, event in product([None, *ConsentState], ConsentEvent):
        try:
            after = step(state, event)
        except Conflict as refused:
            assert refused.code == "consent.not-possible-now"  # noqa: PT017 - many
        else:
            found.add(f"{state.value if state else '-'} {event.value} {after.value}")
    assert found == PERMITTED


def test_final_states_are_final():
    assert {
        ConsentState.REFUSED,
        ConsentState.WITHDRAWN,
        ConsentState.REVOKED,
        ConsentState.EXPIRED,
        ConsentState.INVALIDATED,
    } == FINAL
    assert set(TRANSITIONS) == {None, *ConsentState}


def test_every_state_can_be_reached():
    reached, waiting = set(), [None]
    while waiting:
        state = waiting.pop()
        for after in TRANSITIONS[state].values():
            if after not in reached:
                reached.add(after)
                waiting.append(after)
    assert reached == set(ConsentState)


@given(st.lists(st.sampled_from(list(ConsentEvent)), max_size=8))
def test_fold_walks_step_by_step(events):
    state = None
    for position, event in enumerate(events):
        if event not in TRANSITIONS[state]:
            with pytest.raises(Conflict):
                fold(events[: position + 1])
            return
        state = step(state, event)
        assert fold(events[: position + 1]) is state


def test_only_a_yes_leads_to_given():
    yes = {ConsentEvent.GIVEN, ConsentEvent.RESUMED}
    keeps = {ConsentEvent.NARROWED, ConsentEvent.AMENDED, ConsentEvent.RENEWED}
    for state, steps in TRANSITIONS.items():
        for event, after in steps.items():
            if after is ConsentState.GIVEN:
                assert event in (keeps if state is ConsentState.GIVEN else yes)
