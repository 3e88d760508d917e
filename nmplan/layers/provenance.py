"""Provenance: which dataset a layer is, who publishes it, under which licence, how old it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.errors import Fault
from nmplan.errors import LayerError
from nmplan.files import read_json
from nmplan.files import read_manifest
from nmplan.layers.catalogue import catalogue_rows
from nmplan.layers.sources import layer_paths
from nmplan.layers.sources import reference_files
from nmplan.origins import Provenance
from nmplan.origins import Reference

if TYPE_CHECKING:
    from pathlib import Path

    from nmplan.origins import File
    from nmplan.origins import FromFiles
    from nmplan.origins import Origin

ANYBODY = ("file", "terrain")
"""Adapters of formats, not of publishers."""

KEYS = ("dataset", "title", "publisher", "licence", "vintage")


def provenance_of(name: str, origin: Origin, folder: Path) -> dict[str, str]:
    """
    Return what is known of a layer's data: from the catalogue, from what `nmplan fetch` noted, from the study.

    The study has the last word; a publisher's adapter stands for that publisher's dataset unless told otherwise.

    Parameters
    ----------
    name
        Of the layer.
    origin
        Its section of the study.
    folder
        Of the study; paths are relative to it.

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
    fetched = _as_fetched(name, origin, folder)
    dataset = given.get("dataset") or fetched.get("dataset") or _usual_dataset(name, origin.adapter)
    if dataset and dataset not in rows:
        what = f"the catalogue has no dataset {dataset!r}."
        mend = "Name one that `nmplan sources` lists, or say publisher, licence and vintage here."
        raise LayerError([Fault("study", f"layers.{name}.dataset", what, mend)])
    listed = rows.get(dataset, {})
    return {key: given.get(key) or fetched.get(key) or listed.get(key, "") for key in KEYS} | {"dataset": dataset}


def _usual_dataset(name: str, adapter: str) -> str:
    """Return the dataset of the catalogue that a publisher's adapter reads for a layer, "" where anyone may publish."""
    if adapter in ANYBODY:
        return ""
    rows = [row for row in catalogue_rows() if row["adapter"] == adapter]
    fitting = [row for row in rows if row["layer"] == name] or rows
    return fitting[0]["dataset"] if fitting else ""


def _as_fetched(name: str, origin: FromFiles | File, folder: Path) -> dict[str, str]:
    """Return what `nmplan fetch` noted beside a layer's first file, or beside the archive it was unpacked from."""
    try:
        paths = layer_paths(name, origin, folder)
    except LayerError:  # told when the layer is read
        return {}
    for place in [place for path in paths[:1] for place in (path, *path.resolve().parents[:3])]:
        own = read_manifest(place)
        if own.get("dataset") == place.parent.name:
            return {key: str(own.get(key) or "") for key in KEYS}
        unpacked = [read_json(noted) for noted in sorted(place.parent.glob("*.manifest.json"))]
        for note in unpacked:
            if note.get("unpacked") == place.name and note.get("dataset") == place.parent.name:
                return {key: str(note.get(key) or "") for key in KEYS}
    return {}
