"""Hypothesis strategies for terms."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from consent.terms import (
    Access,
    AccessMode,
    Afterwards,
    AfterWithdrawal,
    Benefit,
    BenefitKind,
    DataProvision,
    ProvisionForm,
    TermsDocument,
    Window,
)
from pds.core.vocabulary import DetailLevel, categories, purposes
from pds.core.vocabulary.words import is_prefix

PREFIXES = sorted(set(categories.ALL) | set(categories.GROUPS))


def no_overlap(found):
    kept = [
        one
        for one in set(found)
        if not any(one != other and is_prefix(other, one) for other in found)
    ]
    return tuple(sorted(kept))


days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
moments = st.integers(1_577_836_800, 4_070_908_800).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
windows = st.builds(
    lambda first, length: Window(
        first, None if length is None else first + timedelta(days=length)
    ),
    days,
    st.none() | st.integers(0, 4000),
)
accesses = st.builds(
    Access, st.just(AccessMode.RECURRING), moments, st.none() | st.integers(1, 100)
) | st.builds(Access, st.just(AccessMode.ONCE), moments)
afterwards = st.sampled_from(
    [AfterWithdrawal(Afterwards.NONE), AfterWithdrawal(Afterwards.STOP_USE)]
) | st.builds(AfterWithdrawal, st.just(Afterwards.DELETE), st.integers(1, 3650))
lines = st.text("あaZ9、 -", min_size=1, max_size=30)
forms = st.tuples(st.just(ProvisionForm.COPY), st.integers(0, 3650)) | st.just(
    (ProvisionForm.VIEW_ONLY, 0)
)


@st.composite
def provisions(draw):
    form, retention = draw(forms)
    return DataProvision(
        purpose=draw(st.sampled_from(sorted(purposes.ALL))),
        categories=no_overlap(
            draw(st.lists(st.sampled_from(PREFIXES), min_size=1, max_size=6))
        ),
        detail=draw(st.sampled_from(list(DetailLevel)[:3])),
        window=draw(windows),
        access=draw(accesses),
        form=form,
        retention_days=retention,
        after_withdrawal=draw(afterwards),
        country=draw(st.sampled_from(["JP", "US", "DE"])),
        terms=TermsDocument("https://r.example/terms", "ab" * 32),
        onward=no_overlap(draw(st.lists(st.sampled_from(["a", "b", "c"])))),
        offer_id=draw(st.none() | st.uuids()),
        benefit=draw(
            st.none()
            | st.builds(Benefit, st.sampled_from(list(BenefitKind)), lines, lines)
        ),
    )
