"""DISTANCE(BillingAddress, GEOLOCATION(37.7, -122.4), 'km'): along a great circle."""

from __future__ import annotations

from math import cos, radians, sin
from typing import Any

from sqlalchemy import ColumnElement, func

from localorg.soql.plan.operands import Operand, Role
from localorg.soql.plan.scope import Scope
from localorg.soql.syntax import tree

_RADII = {"KM": 6371.0088, "MI": 3958.7613}
"""Of the earth, on average."""


def to_distance(scope: Scope, call: tree.Call) -> Operand:
    """Return how far an address or a geolocation is from a point; null where the record has no coordinates.

    Raises:
        OrgError: INVALID_FIELD where the field has no coordinates; NUMBER_OUTSIDE_VALID_RANGE for a point that is
            not on the earth.
    """
    path, point, unit = _arguments(call)
    latitude, longitude = _on_earth(scope, point)
    from_latitude, from_longitude = _coordinates(scope, path)
    apart = func.acos(_within_one(_cosine(from_latitude, from_longitude, latitude, longitude)))
    return Operand(apart * _RADII[unit], "double", f"DISTANCE({path})", None, Role.DISTANCE)


def _arguments(call: tree.Call) -> tuple[tree.Path, tree.Call, str]:
    """Return the typed arguments; the parser accepts no others."""
    match call.arguments:
        case (tree.Path() as path, tree.Call() as point, tree.Text(unit)):
            return path, point, unit.upper()
    raise AssertionError(call)


def _coordinates(scope: Scope, path: tree.Path) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    resolved = scope.resolve(path)
    parts = resolved.sobject.parts_of(resolved.field) if resolved.field.is_compound else {}
    if "Latitude" not in parts or "Longitude" not in parts:
        raise scope.context.errors.not_possible(resolved.name, "used in DISTANCE", path.at)
    above = resolved.names[:-1]
    latitude, longitude = (
        scope.resolve(tree.Path((*above, parts[name].name), path.at)).sql for name in ("Latitude", "Longitude")
    )
    return func.radians(latitude), func.radians(longitude)


def _on_earth(scope: Scope, point: tree.Call) -> tuple[float, float]:
    latitude, longitude = (number.value for number in point.arguments if isinstance(number, tree.Number))
    if abs(latitude) > 90 or abs(longitude) > 180:
        message = "Latitude values must be within -90 and 90, longitude values within -180 and 180"
        raise scope.context.errors.at(point.at, "NUMBER_OUTSIDE_VALID_RANGE", message)
    return radians(latitude), radians(longitude)


def _cosine(
    latitude: ColumnElement[Any], longitude: ColumnElement[Any], to_latitude: float, to_longitude: float
) -> ColumnElement[Any]:
    parallel = func.cos(latitude) * cos(to_latitude) * func.cos(longitude - to_longitude)
    return func.sin(latitude) * sin(to_latitude) + parallel


def _within_one(sql: ColumnElement[Any]) -> ColumnElement[Any]:
    """Limit a cosine to 1, which rounding may exceed."""
    return func.min(1.0, func.max(-1.0, sql))
