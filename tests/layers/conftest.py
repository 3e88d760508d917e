"""Small valid frames, one builder for all layers; places are metres east and north of a corner in Hong Kong."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.contracts import LINE
from nmplan.layers.contracts import POINT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EAST, NORTH = 820_000.0, 838_000.0


def _box(x: float, y: float, width: float = 100.0, height: float = 100.0) -> shapely.Polygon:
    return shapely.box(EAST + x, NORTH + y, EAST + x + width, NORTH + y + height)


def _ring(*corners: tuple[float, float], holes: list[list[tuple[float, float]]] | None = None) -> shapely.Polygon:
    def moved(places: Any) -> list[tuple[float, float]]:
        return [(EAST + x, NORTH + y) for x, y in places]

    return shapely.Polygon(moved(corners), [moved(hole) for hole in holes or []])


def _line(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(EAST + x, NORTH + y) for x, y in places])


def _point(x: float, y: float) -> shapely.Point:
    return shapely.Point(EAST + x, NORTH + y)


def _frame(layer: str, rows: int = 1, geometry: list[Any] | None = None, **columns: Any) -> pd.DataFrame:
    """Fill the required columns of a layer with valid values, then lay the given ones over them."""
    contract = CONTRACTS[layer]
    filled: dict[str, Any] = {}
    for name, column in contract.columns.items():
        if column.required:
            word = column.allowed[0] if column.allowed else None
            filled[name] = [word or (row + 1.0 if column.kind == "number" else f"{name}-{row}") for row in range(rows)]
    table = pd.DataFrame({**filled, **columns}, index=range(rows))
    if not contract.geometry:
        return table
    if geometry is None:
        shapes = {POINT: _point, LINE: lambda x, y: _line((x, y), (x + 50, y))}
        geometry = [shapes.get(contract.geometry, _box)(200.0 * row, 0.0) for row in range(rows)]
    return gpd.GeoDataFrame(table, geometry=geometry, crs="EPSG:2326")


@pytest.fixture(scope="session")
def box() -> Callable[..., shapely.Polygon]:
    return _box


@pytest.fixture(scope="session")
def ring() -> Callable[..., shapely.Polygon]:
    return _ring


@pytest.fixture(scope="session")
def line() -> Callable[..., shapely.LineString]:
    return _line


@pytest.fixture(scope="session")
def point() -> Callable[..., shapely.Point]:
    return _point


@pytest.fixture(scope="session")
def frame() -> Callable[..., pd.DataFrame]:
    return _frame


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write text (or bytes) to a file of the test's own folder."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file
