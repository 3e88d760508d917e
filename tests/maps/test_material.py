from __future__ import annotations

from typing import TYPE_CHECKING

from nmplan.maps.payload import build_payload

if TYPE_CHECKING:
    from typing import Any

    from nmplan.maps.material import Material


def test_the_payload_is_made_once(material: Material, inputs: dict[str, Any]) -> None:
    assert material.payload is material.payload
    assert material.payload == build_payload(**inputs)


def test_layers_a_page_does_not_draw_travel_empty(material: Material) -> None:
    part = material.common(["land", "areas"])
    assert part["context"]["land"] == material.payload["context"]["land"]
    assert part["context"]["areas"]["items"]
    assert part["context"]["stations"] == {"items": [], "geometry": ""}
    assert part["context"].keys() == material.payload["context"].keys()
    assert {key: part[key] for key in ("stamp", "sources", "zones", "areas")} == {
        key: material.payload[key] for key in ("stamp", "sources", "zones", "areas")
    }
