"""Recordings of real orgs and public data sets, which stand beside the checkout; tests that need them skip without."""

from __future__ import annotations

from pathlib import Path

MATERIAL = Path(__file__).parents[4] / "shared" / "material"
