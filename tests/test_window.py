from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closedwon.window import Window, next_watermark, window_end, window_start

NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
moments = st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.mark.parametrize(("watermark", "newest"), [(None, None), (None, NOON), (NOON, None)])
def test_before_the_first_run_or_the_first_record_everything_is_read(
    watermark: datetime | None, newest: datetime | None
) -> None:
    assert window_start(watermark=watermark, newest=newest) is None


@pytest.mark.parametrize(
    ("watermark", "newest"), [(NOON, NOON + timedelta(hours=1)), (NOON + timedelta(hours=1), NOON)]
)
def test_an_incremental_run_reaches_back_before_the_watermark_and_the_newest_record(
    watermark: datetime, newest: datetime
) -> None:
    assert window_start(watermark=watermark, newest=newest) == NOON - timedelta(minutes=10)


def test_a_full_run_ignores_the_watermark() -> None:
    assert window_start(watermark=NOON, newest=NOON, mode="full") is None


def test_since_wins_over_the_watermark_and_the_mode() -> None:
    since = NOON - timedelta(days=90)
    assert window_start(watermark=NOON, newest=NOON, mode="full", since=since) == since


def test_the_window_ends_after_the_second_that_the_orgs_clock_shows() -> None:
    assert window_end(NOON + timedelta(milliseconds=400)) == NOON + timedelta(seconds=1)


def test_a_gap_that_nobody_has_read_holds_the_watermark_back() -> None:
    window = Window(start=NOON, end=NOON + timedelta(hours=1), watermark=NOON - timedelta(hours=1))
    assert next_watermark(window) == NOON - timedelta(hours=1)


def test_a_given_since_before_the_first_full_read_sets_no_watermark() -> None:
    assert next_watermark(Window(start=NOON, end=NOON + timedelta(hours=1), watermark=None)) is None


@given(watermark=moments, newest=moments, org_now=moments)
def test_the_watermark_never_moves_back_and_never_past_what_was_read(
    watermark: datetime, newest: datetime, org_now: datetime
) -> None:
    window = Window(window_start(watermark=watermark, newest=newest), window_end(org_now), watermark)
    after = next_watermark(window)
    assert after is not None
    assert watermark <= after <= max(window.end, watermark)


@given(first=moments, newest=moments)
def test_windows_of_successive_runs_leave_no_gap(first: datetime, newest: datetime) -> None:
    watermark = next_watermark(Window(None, window_end(first), None))
    start = window_start(watermark=watermark, newest=newest)
    assert start is not None
    assert start <= window_end(first)
