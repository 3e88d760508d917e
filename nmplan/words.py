"""The vocabulary shared by study, pipeline and maps: measures with their units, zones, jurisdictions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """
    A measure that criteria, constraints and maps may name.

    Parameters
    ----------
    unit
        Unit of the numbers, as printed; empty for a pure number.
    label_en, label_zh
        What people read.
    layers
        Layers without which the measure cannot be computed; any one missing omits the criterion.
    decimals
        Digits shown after the decimal point.
    per
        "site" for one column, "chain" for one column per industry chain, "tenant" where permitted zones decide.
    better
        "more" or "less" where nearly everyone agrees which is better, so that a value function the other way round is
        told; empty where it depends on who asks.
    blurred
        Whether a column of its own, in its own unit, says how sure the number is; distances are blurred anyway.
    """

    unit: str
    label_en: str
    label_zh: str
    layers: tuple[str, ...]
    decimals: int = 0
    per: str = "site"
    better: str = ""
    blurred: bool = False


ROADS = ("road_nodes", "road_edges")
"""Layers that are finished together, and what every journey needs."""

LINES = ("stations", "rail_links")
"""What public transport cannot do without; bus lines join where they are."""

MEASURES: dict[str, Quantity] = {
    "boundary_m": Quantity("m", "Distance to the boundary", "距離邊界", ("boundary",), better="less"),
    "crossing_min": Quantity(
        "min",
        "Public transport across the fastest crossing",
        "乘公共交通經最快口岸過境時間",
        (*ROADS, "crossings", "crossing_services", *LINES),
        1,
        better="less",
    ),
    "crossing_car_min": Quantity(
        "min",
        "Car with its permit across the fastest crossing",
        "持許可證駕車經最快口岸過境時間",
        (*ROADS, "crossings", "crossing_services"),
        1,
        better="less",
    ),
    "crossing_goods_min": Quantity(
        "min",
        "Goods journey across the fastest crossing",
        "貨物經最快口岸過境時間",
        (*ROADS, "crossings", "crossing_services"),
        1,
        better="less",
    ),
    "station_m": Quantity("m", "Distance to a station", "距離鐵路站", ("stations",), better="less"),
    "station_min": Quantity(
        "min", "Time to a station, on foot and by bus", "步行及乘巴士前往鐵路站時間", (*ROADS, *LINES), 1, better="less"
    ),
    "supply_access": Quantity(
        "", "Suppliers within reach", "供應商可達度", ("suppliers", "chains"), 2, "chain", better="more"
    ),
    "scarce_supply": Quantity(
        "",
        "Suppliers per hectare, shared with other sites",
        "每公頃可分得的供應商",
        ("suppliers", "chains"),
        2,
        "chain",
        better="more",
    ),
    "talent_access": Quantity(
        "",
        "Universities and institutes within reach",
        "院校人才可達度",
        ("talent", *ROADS, *LINES),
        2,
        "chain",
        better="more",
    ),
    "permitted_share": Quantity(
        "", "Land zoned for the use", "准許用途土地比例", ("zoning",), 2, "tenant", better="more"
    ),
    "area_ha": Quantity("ha", "Site area", "用地面積", (), 2, better="more"),
    "compactness": Quantity("", "Compact shape", "用地形狀緊湊度", (), 2, better="more"),
    "conservation_m": Quantity("m", "Distance to conservation land", "距離保育地", ("constraints",), better="more"),
    "conservation_share": Quantity(
        "", "Share on conservation land", "位於保育地比例", ("constraints",), 2, better="less"
    ),
    "water_m": Quantity("m", "Distance to water", "距離水體", ("constraints",)),
    "housing_m": Quantity("m", "Distance to housing or a village", "距離住宅或鄉村", ("sensitive_uses",)),
    "school_m": Quantity("m", "Distance to a school", "距離學校", ("sensitive_uses",)),
    "hospital_m": Quantity("m", "Distance to a hospital", "距離醫院", ("sensitive_uses",)),
    "road_frontage_m": Quantity("m", "Frontage along a road", "臨路界線長度", ("road_edges",), better="more"),
    "road_km": Quantity(
        "km", "Road length within 1 km, as digitised", "1公里內已數碼化道路長度", ("road_edges",), 1, blurred=True
    ),
    "loop_routes": Quantity(
        "", "Loop routes within 1 km, as digitised", "1公里內已數碼化環迴路線", ("road_edges",), blurred=True
    ),
    "junctions": Quantity(
        "", "Junctions within 1 km, as digitised", "1公里內已數碼化路口", ("road_edges",), blurred=True
    ),
    "idle": Quantity("", "Idle land (1 yes, 0 no)", "閒置土地（1 是，0 否）", ()),
    "public_land": Quantity("", "Public land (1 yes, 0 no)", "政府或公營土地（1 是，0 否）", ()),
    "height_m": Quantity("mHKPD", "Mean ground level", "平均地面高程", ("terrain",), 1),
    "slope_deg": Quantity("°", "Mean slope", "平均坡度", ("terrain",), 1, better="less"),
    "built_share": Quantity("", "Share built up today", "現時已建設土地比例", ("land_use",), 2),
    "vacant_share": Quantity(
        "", "Share vacant or under construction today", "現時空置或施工中土地比例", ("land_use",), 2
    ),
    "storage_share": Quantity("", "Share in storage use today", "現時貨倉及露天貯物土地比例", ("land_use",), 2),
    "steep_share": Quantity("", "Share steeper than 15 degrees", "坡度逾15度土地比例", ("terrain",), 2, better="less"),
}

TRAVELLED_TO = ("crossing_min", "crossing_car_min", "crossing_goods_min", "station_m", "station_min")
"""Measures of a site that depend on a year or on travel, beside those by chain."""

OF_THE_LAND: tuple[str, ...] = tuple(
    name for name, quantity in MEASURES.items() if quantity.per != "chain" and name not in TRAVELLED_TO
)
"""Measures that need neither journeys nor a year: what any piece of land can be asked, a site or not."""

ZONES: dict[str, tuple[str, str]] = {
    "innovation-technology": ("Innovation and technology", "創新及科技"),
    "enterprise-technology": ("Enterprise and technology park", "企業和科技園"),
    "data-centre": ("Data facility cluster", "數據園區"),
    "business": ("Business", "商貿"),
    "industrial": ("Industrial", "工業"),
    "logistics": ("Logistics facility", "物流設施"),
    "storage-workshop": ("Storage, port back-up and workshop", "貯物、港口後勤及工場"),
    "open-storage": ("Open storage", "露天貯物"),
    "commercial": ("Commercial", "商業"),
    "mixed-use": ("Mixed use", "混合用途"),
    "comprehensive-development": ("Comprehensive development area", "綜合發展區"),
    "residential": ("Residential", "住宅"),
    "village": ("Village type development", "鄉村式發展"),
    "institution": ("Government, institution or community", "政府、機構或社區"),
    "open-space": ("Open space", "休憩用地"),
    "recreation": ("Recreation", "康樂"),
    "agriculture": ("Agriculture", "農業"),
    "green-belt": ("Green belt", "綠化地帶"),
    "conservation": ("Conservation", "自然保育區"),
    "channel": ("Drainage channel", "排水道"),
    "road": ("Road or railway", "道路或鐵路"),
    "other": ("Other specified uses", "其他指定用途"),
    "undetermined": ("Undetermined", "未決定用途"),
}

SITE_WORDS: dict[str, tuple[str, str]] = {"status": ("Status", "狀況"), "tenure": ("Tenure", "業權")}
"""What is said of a site in one word, and a rule may ask for."""

STATUSES: tuple[str, ...] = ("planned", "formed", "occupied", "idle")
"""Words of `status` that say something."""

UNKNOWN: tuple[str, ...] = ("unknown", "")
"""Words that say nothing: a rule on them is undecided."""

LAND_USES: dict[str, tuple[str, str]] = {
    "private-residential": ("Private residential", "私人住宅"),
    "public-residential": ("Public residential", "公營房屋"),
    "rural-settlement": ("Rural settlement", "鄉郊居所"),
    "commercial": ("Commercial, business and office", "商業／商貿和辦公室"),
    "industrial": ("Industrial land", "工業用地"),
    "industrial-estate": ("Industrial estates and science and technology parks", "工業邨／科技園"),
    "storage": ("Warehouse and open storage", "貨倉和露天貯物"),
    "institution": ("Government, institutional and community facilities", "政府、機構和社區設施"),
    "open-space": ("Open space and recreation", "休憩和康樂"),
    "road": ("Roads and transport facilities", "道路和運輸設施"),
    "railway": ("Railways", "鐵路"),
    "airport": ("Airport", "機場"),
    "port": ("Port facilities", "港口設施"),
    "cemetery": ("Cemeteries and funeral facilities", "墳場／殯殮設施"),
    "utility": ("Utilities", "公用事業設施"),
    "vacant": ("Vacant land or construction in progress", "空置／正在進行建築工程的土地"),
    "other-urban": ("Other urban land", "其他"),
    "agriculture": ("Agricultural land", "農地"),
    "fish-pond": ("Fish ponds and gei wais", "魚塘／基圍"),
    "woodland": ("Woodland", "林地"),
    "shrubland": ("Shrubland", "灌叢"),
    "grassland": ("Grassland", "草地"),
    "wetland": ("Mangrove and swamp", "紅樹林／沼澤"),
    "badland": ("Badland", "劣地"),
    "rocky-shore": ("Rocky shore", "岩岸"),
    "reservoir": ("Reservoirs", "水塘"),
    "stream": ("Streams and nullahs", "河道和明渠"),
    "unknown": ("Unknown", "不詳"),
}
"""What land is used for today: the classes of the Planning Department's "Land Utilization in Hong Kong"."""

JURISDICTIONS: dict[str, tuple[str, str]] = {
    "hong-kong": ("Hong Kong", "香港"),
    "shenzhen": ("Shenzhen", "深圳"),
    "greater-bay-area": ("Rest of the Greater Bay Area", "大灣區其他城市"),
    "beyond": ("Beyond", "其他地區"),
}

LAYERS: tuple[str, ...] = (
    "areas",
    "zoning",
    "parcels",
    "boundary",
    "coast",
    "crossings",
    "crossing_services",
    "crossing_access",
    "stations",
    "transit_lines",
    "rail_links",
    "transfers",
    "bus_lines",
    "travel_times",
    "road_nodes",
    "road_edges",
    "suppliers",
    "talent",
    "chains",
    "corridors",
    "sensitive_uses",
    "constraints",
    "place_names",
    "terrain",
    "land_use",
)

TRAVELLED: tuple[str, ...] = (
    "road_nodes",
    "road_edges",
    "boundary",
    "crossings",
    "crossing_services",
    "crossing_access",
    "stations",
    "transit_lines",
    "rail_links",
    "transfers",
    "bus_lines",
    "travel_times",
)
"""Layers the travel model is built from; the first two it needs."""

RASTERS: tuple[str, ...] = ("terrain", "land_use")
"""Layers that are rasters, not tables."""


def column_of(measure: str, chain: str) -> str:
    """Return the column of `measures` that holds a measure; one per chain where the measure belongs to a chain."""
    return f"{measure}_{chain.replace('-', '_')}" if MEASURES[measure].per == "chain" else measure


def accuracy_column(measure: str) -> str:
    """Return the column of `measures` that says how sure a number is, e.g. housing_accuracy_m for housing_m."""
    return f"{measure.removesuffix('_m')}_accuracy_m" if measure.endswith("_m") else f"{measure}_accuracy"
