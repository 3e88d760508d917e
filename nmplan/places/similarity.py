"""How alike places are in the sectors they name, so that copying is visible."""

from __future__ import annotations

import numpy as np
import pandas as pd

STRONG = ("official", "press")
"""Bases of a stated target that need not be looked up again."""

SIMILARITY_COLUMNS = {
    "area": str,
    "area_en": str,
    "area_zh": str,
    "corridor": str,
    "corridor_en": str,
    "corridor_zh": str,
    "cosine": float,
    "krugman": float,
    "shared": int,
    "shared_chains": str,
    "weak_share": float,
}


def sector_similarity(corridors: pd.DataFrame) -> pd.DataFrame:
    """
    Return how alike each Hong Kong area is to each corridor of the mainland, by the chains they name.

    With x the level stated for each chain (0 not named, 1 named, 2 leading) and s = x / Σ x: cosine = x·y / (|x| |y|),
    1 where the two name the same chains in the same proportion and 0 where none is shared; Krugman's specialisation
    index Σ |s_i − s_j|, 0 to 2 the other way round (Krugman 1991). Levels are stated targets in steps: neither jobs nor
    output, so this is no location quotient, and a chain the sources read do not name counts as not there.

    Parameters
    ----------
    corridors
        The layer corridors: corridor_id, name_en, name_zh, side, chain, level and basis, one row per chain named.

    Returns
    -------
    pandas.DataFrame
        `SIMILARITY_COLUMNS`: shared is how many chains both name, shared_chains their keys, weak_share how much of the
        levels of both rests on judgement or on a copied source. Sorted by area, the most alike first.
    """
    named = corridors[corridors["level"].gt(0)]
    levels = named.pivot(index="corridor_id", columns="chain", values="level").fillna(0.0)
    weak = named["level"].where(~named["basis"].isin(STRONG), 0.0).groupby(named["corridor_id"]).sum()
    places = named.drop_duplicates("corridor_id").set_index("corridor_id")[["name_en", "name_zh", "side"]]
    rows = [
        {
            "area": area,
            "area_en": places.loc[area, "name_en"],
            "area_zh": places.loc[area, "name_zh"],
            "corridor": corridor,
            "corridor_en": places.loc[corridor, "name_en"],
            "corridor_zh": places.loc[corridor, "name_zh"],
            **compare_sectors(levels.loc[area], levels.loc[corridor]),
            "weak_share": (weak[area] + weak[corridor]) / (levels.loc[area].sum() + levels.loc[corridor].sum()),
        }
        for area in places.index[places["side"].eq("hong-kong")]
        for corridor in places.index[places["side"].eq("mainland")]
    ]
    table = pd.DataFrame(rows, columns=list(SIMILARITY_COLUMNS)).astype(SIMILARITY_COLUMNS)
    return table.sort_values(["area", "cosine", "corridor"], ascending=[True, False, True], ignore_index=True)


def compare_sectors(one: pd.Series[float], other: pd.Series[float]) -> dict[str, float | int | str]:
    """
    Return cosine, Krugman's index and the chains shared by two places.

    Parameters
    ----------
    one, other
        Level of each chain, on the same index, each with one above 0 at least.
    """
    both = one.index[one.gt(0) & other.gt(0)]
    return {
        "cosine": float(one @ other / np.sqrt((one @ one) * (other @ other))),
        "krugman": float((one / one.sum() - other / other.sum()).abs().sum()),
        "shared": len(both),
        "shared_chains": " ".join(both),
    }
