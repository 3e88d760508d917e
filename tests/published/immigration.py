"""Control points and daily passenger traffic as the Immigration Department publishes them."""

from __future__ import annotations

import json
from datetime import date
from datetime import timedelta
from pathlib import Path

from pyproj import Transformer

CONTROL_POINTS = {
    "Airport Control Point (Terminal 1)": ("機場出入境管制站 (一號客運大樓)", 113.9360, 22.3150),
    "Express Rail Link West Kowloon Control Point": ("高鐵西九龍出入境管制站", 114.1650, 22.3046),
    "Harbour Control": ("港口管制", 114.1556, 22.2885),
    "Heung Yuen Wai Control Point(temporarily opened for goods vehicle clearance only)": (
        "香園圍管制站(暫時只開放貨車通關服務)",
        114.1536,
        22.5529,
    ),
    "Hong Kong-Zhuhai-Macao Bridge Control Point": ("港珠澳大橋出入境管制站", 113.9514, 22.3181),
    "Lo Wu Control Point": ("羅湖出入境管制站", 114.1136, 22.5294),
    "Lok Ma Chau Control Point": ("落馬洲出入境管制站", 114.0741, 22.5092),
    "Lok Ma Chau Spur Line Control Point": ("落馬洲支線出入境管制站", 114.0658, 22.5149),
    "Man Kam To Control Point": ("文錦渡出入境管制站", 114.1287, 22.5375),
    "Sha Tau Kok Control Point": ("沙頭角出入境管制站", 114.2231, 22.5490),
    "Shenzhen Bay Control Point": ("深圳灣出入境管制站", 113.9453, 22.4940),
}
"""Names with the wording the department adds to them, and invented positions near the real ones."""

PASSENGERS = {
    "Airport": 50_000,
    "Express Rail Link West Kowloon": 30_000,
    "Heung Yuen Wai": 31_000,
    "Hong Kong-Zhuhai-Macao Bridge": 27_000,
    "Lo Wu": 90_000,
    "Lok Ma Chau": 17_000,
    "Lok Ma Chau Spur Line": 74_000,
    "Man Kam To": 3_000,
    "Sha Tau Kok": 0,
    "Shenzhen Bay": 54_000,
}
"""Invented arrivals a day on a weekday; departures are 1,000 fewer."""

LAST_DAY = date(2026, 7, 11)


def write_control_points(folder: Path, *, shift_m: float = 40.0) -> Path:
    """Write the GeoJSON: lon/lat without `crs`, Easting and Northing that are `shift_m` off at Lo Wu."""
    to_grid = Transformer.from_crs("EPSG:4326", "EPSG:2326", always_xy=True)
    features = []
    for number, (name, (name_zh, lon, lat)) in enumerate(CONTROL_POINTS.items()):
        east, north = to_grid.transform(lon, lat)
        properties = {
            "GMID": f"Xy{number:02}ControlP",
            "Northing": round(north, 1),
            "Easting": round(east + shift_m * name.startswith("Lo Wu"), 1),
            "Dataset": "Control Points",
            "Facility Name": name,
            "Address": f"{name}, New Territories",
            "數據集": "出入境管制站",
            "設施名稱": name_zh,
            "Opening Hours": "Passenger clearance:<br/>6:30 am to 12:00 midnight",
            "Telephone": "N.A.",
            "Last Update": "2026-03-15 03:03:04",
        }
        features.append(
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": properties}
        )
    path = folder / "immd_control_points.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    return path


def write_passenger_traffic(folder: Path, *, days: int = 40, heading_ends_in_comma: bool = True) -> Path:
    """Write the CSV: byte-order mark, dd-mm-yyyy, every row ends in a comma; the last day lacks half its rows."""
    heading = "Date,Control Point,Arrival / Departure,Hong Kong Residents,Mainland Visitors,Other Visitors,Total"
    lines = [heading + "," * heading_ends_in_comma]
    for ago in range(days - 1, -1, -1):
        day = LAST_DAY - timedelta(days=ago)
        for name, arrivals in PASSENGERS.items():
            weekend = arrivals // 2 if day.weekday() >= 5 else 0
            for direction, total in (
                ("Arrival", arrivals + weekend),
                ("Departure", max(arrivals - 1_000, 0) + weekend),
            ):
                if ago == 0 and direction == "Departure":
                    continue
                mainland = total // 3
                lines.append(f"{day:%d-%m-%Y},{name},{direction},{total - mainland - 5 * (total > 0)},"
                             f"{mainland},{5 * (total > 0)},{total},")  # fmt: skip
    path = folder / "statistics_on_daily_passenger_traffic.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path
