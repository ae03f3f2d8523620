import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import VerificationError
from audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from audit.plan import assemble, carry_out, consistency_plan, inclusion_plan
from tests import reference

# The tree of the Certificate Transparency reference implementation's tests.
CT_INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

ENTRIES = [bytes([n]) * n for n in range(40)]
HASHES = [reference.leaf(entry) for entry in ENTRIES]

sizes = st.integers(1, len(ENTRIES))


def nodes_of(size):
    """All complete subtrees of the first leaves, as the sequencer stores them."""
    frontier, nodes = Frontier(), {}
    for index, hashed in enumerate(HASHES[:size]):
        nodes[0, index] = hashed
        nodes.update(((lvl, idx), h) for lvl, idx, h in frontier.append(hashed))
    return nodes


@pytest.mark.parametrize("size", range(1, 9))
def test_frontier_gives_the_published_roots(size):
    frontier = Frontier()
    for entry in CT_INPUTS[:size]:
        frontier.append(leaf_hash(entry))

    assert frontier.root().hex() == CT_ROOTS[size - 1]
    assert root(map(leaf_hash, CT_INPUTS[:size])) == frontier.root()


def test_empty_tree_has_the_hash_of_nothing():
    assert Frontier().root() == EMPTY_ROOT == reference.root([])


@pytest.mark.parametrize("size", range(1, 41))
def test_every_inclusion_proof_is_the_literal_one_and_verifies(size):
    tree_root, nodes = reference.root(ENTRIES[:size]), nodes_of(size)
    for index in range(size):
        proof = assemble(inclusion_plan(index, size), nodes)

        assert proof == reference.path(index, ENTRIES[:size])
        verify_inclusion(index, size, HASHES[index], proof, tree_root)


@pytest.mark.parametrize("size", range(1, 41))
def test_every_consistency_proof_is_the_literal_one_and_verifies(size):
    tree_root, nodes = reference.root(ENTRIES[:size]), nodes_of(size)
    for old in range(1, size + 1):
        proof = assemble(consistency_plan(old, size), nodes)

        assert proof == reference.proof(old, ENTRIES[:size])
        verify_consistency(old, size, proof, reference.root(ENTRIES[:old]), tree_root)


@given(size=sizes, data=st.data())
def test_frontier_can_be_resumed_at_any_size(size, data):
    cut = data.draw(st.integers(0, size))
    first = Frontier()
    for hashed in HASHES[:cut]:
        first.append(hashed)
    second = Frontier(first.size, first.hashes)
    for hashed in HASHES[cut:size]:
        second.append(hashed)

    assert second.root() == reference.root(ENTRIES[:size])


@given(size=sizes, data=st.data())
def test_inclusion_refuses_every_single_change(size, data):
    index = data.draw(st.integers(0, size - 1))
    root = reference.root(ENTRIES[:size])
    proof = reference.path(index, ENTRIES[:size])
    wrong = bytes(32)
    changed = [
        (index, size, wrong, proof, root),
        (index, size, HASHES[index], proof, wrong),
        (index, size, HASHES[index], [*proof, wrong], root),
        *(
            (index, size, HASHES[index], [*proof[:k], wrong, *proof[k + 1 :]], root)
            for k in range(len(proof))
        ),
        *(
            (other, size, HASHES[index], proof, root)
            for other in range(size + 2)
            if other != index
        ),
    ]
    if proof:
        changed.append((index, size, HASHES[index], proof[:-1], root))

    for case in changed:
        with pytest.raises(VerificationError):
            verify_inclusion(*case)


@given(size=st.integers(2, len(ENTRIES)), data=st.data())
def test_consistency_refuses_every_single_change(size, data):
    old = data.draw(st.integers(1, size - 1))
    old_root, root = reference.root(ENTRIES[:old]), reference.root(ENTRIES[:size])
    proof = reference.proof(old, ENTRIES[:size])
    wrong = bytes(32)
    changed = [
        (old, size, proof, wrong, root),
        (old, size, proof, old_root, wrong),
        (old, size, [*proof, wrong], old_root, root),
        (old, size, proof[:-1], old_root, root),
        (old, size, [], old_root, root),
        (0, size, [], EMPTY_ROOT, root),
        (size, old, proof, root, old_root),
        *(
            (old, size, [*proof[:k], wrong, *proof[k + 1 :]], old_root, root)
            for k in range(len(proof))
        ),
    ]

    for case in changed:
        with pytest.raises(VerificationError):
            verify_consistency(*case)


def test_equal_sizes_are_consistent_only_with_equal_roots_and_no_proof():
    verify_consistency(3, 3, [], HASHES[0], HASHES[0])

    for proof, other in (([], HASHES[1]), ([HASHES[1]], HASHES[0])):
        with pytest.raises(VerificationError):
            verify_consistency(3, 3, proof, HASHES[0], other)


anything = st.one_of(
    st.none(),
    st.integers(),
    st.binary(max_size=40),
    st.text(max_size=5),
    st.lists(st.binary(min_size=32, max_size=32), max_size=5),
    st.floats(),
)


@given(anything, anything, anything, anything, anything)
def test_whatever_is_fed_only_our_error_comes_out(a, b, c, d, e):
    for check in (verify_inclusion, verify_consistency):
        try:
            check(a, b, c, d, e)
        except VerificationError:
            continue


@pytest.mark.parametrize(
    ("size", "hashes"), [(3, [HASHES[0]]), (1, [b"short"]), (-1, []), (0, [HASHES[0]])]
)
def test_a_frontier_that_does_not_fit_its_size_is_refused(size, hashes):
    with pytest.raises(VerificationError):
        Frontier(size, hashes)


def test_plans_refuse_what_lies_outside_and_missing_nodes():
    for plan in (
        lambda: inclusion_plan(3, 3),
        lambda: consistency_plan(0, 3),
        lambda: consistency_plan(4, 3),
        lambda: carry_out(inclusion_plan(0, 2), lambda _nodes: {}),
    ):
        with pytest.raises(VerificationError):
            plan()
