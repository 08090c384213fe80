"""The form of Salesforce ids."""

from __future__ import annotations

import pytest

from closedwon.ids import to_id18

ID18 = "0065g00000AbCdEAAV"


@pytest.mark.parametrize("typed", [ID18, ID18[:15], ID18.lower(), ID18.upper(), ID18.swapcase()])
def test_an_id_has_one_form_however_it_is_typed(typed: str) -> None:
    assert to_id18(typed) == ID18


@pytest.mark.parametrize("typed", ["0065g00000AbCdEAA9", "0065g00000AbCdEBAV"], ids=["no checksum", "a capital digit"])
def test_an_id_whose_checksum_fits_no_case_stays_as_it_is(typed: str) -> None:
    assert to_id18(typed) == typed


@pytest.mark.parametrize("typed", ["Acme", "0065g00000AbCd-", "0065g00000AbCdÉ"])
def test_what_is_no_id_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=f"'{typed}' is not a Salesforce id"):
        to_id18(typed)
