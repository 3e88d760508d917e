"""All pages of a study, as text."""

from __future__ import annotations

from typing import Any

from nmplan.maps.explorer import render_explorer
from nmplan.maps.index import render_index


def render_pages(payload: dict[str, Any]) -> dict[str, str]:
    """
    Return the pages by file name.

    Parameters
    ----------
    payload
        From `nmplan.maps.payload.build_payload`.

    Returns
    -------
    dict
        "index.html" and "explorer.html"; each stands alone. The same payload gives the same text.
    """
    return {"index.html": render_index(payload), "explorer.html": render_explorer(payload)}
