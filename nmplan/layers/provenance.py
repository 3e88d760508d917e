"""Provenance: which dataset a layer is, who publishes it, under which licence, how old it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.layers.catalogue import catalogue_rows
from nmplan.layers.sources import reference_files
from nmplan.origins import Provenance
from nmplan.origins import Reference

if TYPE_CHECKING:
    from nmplan.origins import Origin

KEYS = ("dataset", "title", "publisher", "licence", "vintage")


def provenance_of(name: str, origin: Origin) -> dict[str, str]:
    """
    Return what is known of a layer's data: from the catalogue, and from the study where that says more.

    Parameters
    ----------
    name
        Of the layer.
    origin
        Its section of the study.

    Returns
    -------
    dict
        dataset, title, publisher, licence, vintage; empty where nobody says.

    Raises
    ------
    LayerError
        The study names a dataset that the catalogue does not have.
    """
    rows = {row["dataset"]: row for row in catalogue_rows()}
    if isinstance(origin, Reference):
        row = rows.get(f"reference/{reference_files(name)[0].name}", {})
        return {key: row.get(key, "") for key in KEYS}
    given = origin.model_dump(include=set(Provenance.model_fields), exclude_none=True)
    dataset = given.get("dataset") or _usual_dataset(name, origin.adapter)
    if dataset and dataset not in rows:
        what = f"the catalogue has no dataset {dataset!r}."
        mend = "Name one that `nmplan sources` lists, or say publisher, licence and vintage here."
        raise LayerError([Fault("study", f"layers.{name}.dataset", what, mend)])
    return {key: given.get(key) or rows.get(dataset, {}).get(key, "") for key in KEYS} | {"dataset": dataset}


def _usual_dataset(name: str, adapter: str) -> str:
    """Return the dataset of the catalogue that a publisher's adapter reads for a layer, "" for anything else."""
    rows = [row for row in catalogue_rows() if row["adapter"] == adapter]
    fitting = [row for row in rows if row["layer"] == name] or rows
    return fitting[0]["dataset"] if fitting else ""
