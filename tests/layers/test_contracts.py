from __future__ import annotations

import pytest

from nmplan.layers.contracts import CONTRACTS
from nmplan.words import LAYERS
from nmplan.words import RASTERS


def test_every_table_of_the_vocabulary_has_a_contract() -> None:
    assert set(CONTRACTS) == set(LAYERS) - set(RASTERS)


@pytest.mark.parametrize("layer", CONTRACTS)
def test_keys_are_columns_and_defaults_are_allowed(layer: str) -> None:
    contract = CONTRACTS[layer]
    assert set(contract.key) <= set(contract.columns)
    for name, column in contract.columns.items():
        assert column.kind in {"text", "number", "truth", "time"}, name
        assert not (column.required and column.default is not None), name
        if column.allowed and column.default is not None:
            assert column.default in column.allowed, name


@pytest.mark.parametrize("layer", [name for name, contract in CONTRACTS.items() if contract.geometry])
def test_every_feature_can_say_its_source_and_accuracy(layer: str) -> None:
    assert {"source", "accuracy_m"} <= set(CONTRACTS[layer].columns)
