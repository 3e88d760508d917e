"""The bundled study with fewer draws, states of the world and floors: the same steps and tables, sooner."""

from __future__ import annotations

from nmplan.layers.sources import bundled_folder

FEWER = {"draws = 10000": "draws = 400", "ensemble = 50 ": "ensemble = 3 ", "frontier = 6 ": "frontier = 2 "}


def quick_study() -> str:
    """Return its text."""
    text = (bundled_folder() / "study.toml").read_text(encoding="utf-8")
    for many, few in FEWER.items():
        assert text.count(many) == 1, many
        text = text.replace(many, few)
    return text
