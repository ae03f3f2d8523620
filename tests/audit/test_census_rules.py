"""The plain half of the census: places, counts, what destroyed keys explain."""

from audit.census import MOST_NAMED, Census, CensusFault, Difference, Places, settle


def test_a_place_is_taken_once_and_only_inside_the_tree():
    places = Places(11)

    assert [places.take(n) for n in (0, 10, 10, 11, -1)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert list(places.free()) == list(range(1, 10))


def test_what_destroyed_keys_explain_is_no_orphan():
    census, places = Census(size=3, unreadable=2), Places(3)
    places.take(1)

    settle(census, places)

    assert census.holds
    assert census.orphans == 0


def test_more_than_destroyed_keys_explain_names_every_candidate():
    census, places = Census(size=3, unreadable=1), Places(3)
    places.take(1)

    settle(census, places)

    assert census.orphans == 1
    assert [each.index for each in census.differences] == [0, 2]


def test_all_differences_are_counted_and_the_first_named():
    census = Census(size=0)
    for index in range(MOST_NAMED + 5):
        census.add(Difference(CensusFault.ORPHAN, index=index))

    assert census.found == MOST_NAMED + 5
    assert len(census.differences) == MOST_NAMED
