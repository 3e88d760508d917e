"""What portals answer: the index of statutory plans (byte-order mark and all), CSDI metadata, feature services."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

BOM = b"\xef\xbb\xbf"
FILEID = "0b6e1c34-9a7d-4f52-8c11-5d2e7f90a3b6"
PLANS = ("S/STT/2", "S/NE-LMCL/4", "S/HSK/2", "S/KTN/4", "S/FLN/4", "S/YL-ST/8")
ZONES = ("OU", "R(A)1", "G/IC", "O", "AGR", "I", "OS")


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """Return a zip of these members; its dates are fixed, so that it is the same each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), content)
    return packed.getvalue()


def plan_index(address: str, plans: Sequence[str] = PLANS) -> bytes:
    """Return the index as published: one object per plan, text throughout, after a byte-order mark."""
    rows = [
        {
            "OZP_PLAN_NO": plan,
            "NAME_ENG": f"Draft Outline Zoning Plan No. {plan}",
            "GAZ_DATE": "2025-09-19",
            "GEOJSON_LINK": f"{address}/GEOJSON/{plan.replace('/', '_')}.zip",
        }
        for plan in plans
    ]
    return BOM + json.dumps(rows, ensure_ascii=False).encode()


def plan_archive(plan: str) -> bytes:
    """Return the archive of a plan, its zones in a folder named for it."""
    return zipped({f"{plan.replace('/', '_')}/ZONE.json": json.dumps(_collection(_zones(plan, 4)))})


def csdi_item(item: str, fileid: str = FILEID) -> bytes:
    """Return the metadata of a CSDI item, as the portal's search engine keeps them."""
    source = {"title": "Lot", "fileid": fileid, "sys_modified_dt": "2026-03-02T04:05:06.000Z"}
    return json.dumps(
        {"_index": "metadata_v1", "_type": "_doc", "_id": item, "found": True, "_source": source}
    ).encode()


def service_about(
    most: int = 2000, fields: Sequence[str] = ("OBJECTID", "PLAN_NO", "ZONE_LABEL", "SPUSE_ENG")
) -> bytes:
    """Return what a feature service says of its layer."""
    kinds = {"OBJECTID": "esriFieldTypeOID"}
    about = {
        "name": "ZONE",
        "objectIdField": "OBJECTID",
        "maxRecordCount": most,
        "fields": [{"name": name, "type": kinds.get(name, "esriFieldTypeString")} for name in fields],
        "editingInfo": {"lastEditDate": 1_767_225_600_000},  # 2026-01-01T00:00:00Z
    }
    return json.dumps(about).encode()


def service_page(total: int, query: Mapping[str, str], most: int = 2000) -> bytes:
    """Return a page of features, or their count, as asked for."""
    if query.get("returnCountOnly") == "true":
        return json.dumps({"count": total}).encode()
    start = int(query.get("resultOffset", "0"))
    stop = min(total, start + min(most, int(query.get("resultRecordCount", "2000"))))
    more = {"properties": {"exceededTransferLimit": True}} if stop < total else {}
    return json.dumps({**_collection(_zones("S/STT/2", stop - start, start)), **more}).encode()


def _zones(plan: str, count: int, start: int = 0) -> list[dict[str, Any]]:
    """Return squares of 0.0005 degrees in a row eastwards from San Tin."""
    found = []
    for number in range(start, start + count):
        west, south, side = 114.05 + 0.0005 * (number % 200), 22.47 + 0.0005 * (number // 200), 0.0005
        ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]
        label = ZONES[number % len(ZONES)]
        purpose = "Innovation and Technology" if label == "OU" else ""
        properties = {"OBJECTID": number + 1, "PLAN_NO": plan, "ZONE_LABEL": label, "SPUSE_ENG": purpose}
        geometry = {"type": "Polygon", "coordinates": [ring]}
        found.append({"type": "Feature", "id": number + 1, "properties": properties, "geometry": geometry})
    return found


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}
