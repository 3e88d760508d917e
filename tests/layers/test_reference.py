from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely

from nmplan.errors import LayerError
from nmplan.layers.conform import conform
from nmplan.layers.contracts import CONTRACTS
from nmplan.layers.load import derive_sites
from nmplan.layers.reference import read_reference
from nmplan.layers.reference import read_reference_terrain
from nmplan.layers.sources import bundled_folder
from nmplan.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nmplan.errors import Fault
    from nmplan.layers.contracts import Layer

# rasterio multiplies transforms with `*`, which affine deprecates
pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul instead of:PendingDeprecationWarning")

FOLDER = bundled_folder() / "data" / "raw" / "reference"
TABLES = sorted(path.name for path in FOLDER.glob("*.csv"))
LAYERS = sorted(set(Study.load(bundled_folder() / "study.toml").layers) - {"terrain"})

SIMPLIFIED_ONLY = set(
    "国这来时说为们个会学对发过还没开关问间见长车东书买卖写刘则刚创剑剧劝办务动励劳势协单卢卫厅历厉压县参双变叙"
    "听员呜响哑团园围图圆圣场坏块坚坛坝坟坠垄垒壳处备复头夸夹夺奋奖妇妈娄婴孙宁宝实审宪宫宽宾寝寻导寿将尔尘尝层"
    "属岁岛岭峡币帅师帐带帮归当录彻忆忧怀态总恋恳恶恼悬惊惧惩惯愤愿戏战扑执扩扫扬扰抚抛抢护报担拟拥择挂挡挣挤挥"
    "损换据捡掷揽搁携摄摆摇摊撑敌数斋斩断无旧旷显晓晕暂机杀杂权条杨极构枪枫柜标栈栋栏树样桥档梦检楼榄横欢欧歼残"
    "殴毁毕毙氢汇汉汤沟沪泪泻泼泽洁浅浆测济浏浑浓涛涝润涨渐渔渗温湾湿溃滚满滤滥滨滩潜澜灭灯灵灾灿炉炼烁烂烦烧烫"
    "热爱牵犹狈狭狮独狱猎猪猫环现玛珑琐电画畅疗疮疯监盖盘着矿码砖础硕确祸离种积称稳穷窃窍窝竞笔笼筑签简篮类粮紧"
    "纠红纤约级纪纯纱纲纳纵纷纸纹纺纽线练组细织终绍经结绕绘给络绝统继绩续绳维绵综绿缓编缘缩网罗罚羁职联聪肃肠肤"
    "肾肿胀胁胆胜胶脉脏脑脚脱脸腾舰舱艺节芦苏苹范茎荐荡荣荧药莲获营萧萨蓝虑虚虽虾蚀蚁蛮补衬袭装规视览觉触誉计订"
    "认讨让训议讯记讲许论设访证评识诉词译试诗诚话诞询该详语误诱请诸读课谁调谈谋谜谢谱贝负贡财责贤败货质贩贪贫购贯"
    "贴贵贷贸费贺资赌赏赔赛赢赵赶趋跃践踪轨转轮软轰轻载较辅辆辈输辖边达迁运进远违连迟适选递逻遗邓邮邻郑酱释钟钢钥"
    "钱铁铃铜银铺链销锁锋错锦键锻镇镜门闭闲闸闹闻阀阁阅队阳阴阵阶际陆陈险随难雾静韩页顶项顺须顾顿预领频题颜额风飞"
    "饭饮饰饱饼馆马驱驶驻驾验骑骗鱼鲁鲜鸟鸡鸣鸭鹅麦黄齐齿龙龟业严丽举乐习乡云产亩亲亿仅从仓仪价众优伞伟传伤伦伪体"
    "侦侧侨债倾储儿党兰兴养军农冯冻凤凭凯击划别华广医区卖厂气万与专丝两丢义乌亏亚争"
) - set("着范温猪虚愿云划别条款宫挂横携摇铺聪黄孙峡沪担")
"""Characters of mainland spelling that Hong Kong does not print; those that both print are taken out again."""

HONG_KONG_LETTERS = set("窰䃟乪坂綉邨担恒綫埗鰂鱲栢滙輋塱曱嘢瀝枱衞峯粧裏啓銹麪吋")
"""Characters outside Big5 that Hong Kong prints (Hong Kong Supplementary Character Set, or a variant in a name)."""

OPTIONAL_IDS = {("crossing_access.csv", "stop_id")}
"""May be empty: one walks into a hall from anywhere."""

OPTIONAL_NAMES = {"special_use_en"}
"""May be empty in both languages: not every zone has a special use."""

KEYS = {
    "chains.csv": ["chain", "tier"],
    "corridors.csv": ["corridor_id", "chain"],
    "bus_calls.csv": ["line_id", "order"],
    "crossing_access.csv": ["crossing_id", "way", "stop_id"],
    "crossing_services.csv": ["crossing_id", "user", "direction", "mode", "permit", "valid_from"],
    "rail_links.csv": ["line_id", "from_station", "to_station", "opens"],
    "road_edges.csv": ["from_node", "to_node"],
    "transfers.csv": ["from_station", "to_station"],
}
"""Keys of the tables that need more than their first column."""


def rows_of(table: str) -> pd.DataFrame:
    """Return the rows of a table as text, under their line numbers."""
    rows = pd.read_csv(FOLDER / table, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return rows.set_axis(pd.RangeIndex(2, len(rows) + 2))


def start_of(table: str, row: int = 0, vertices: int = 2) -> str:
    """Return the first vertices of a row of a table, as they are written."""
    return " ".join(rows_of(table)["vertices_lon_lat"].iloc[row].split()[:vertices])


def in_big5(letter: str) -> bool:
    try:
        letter.encode("big5")
    except UnicodeEncodeError:
        return False
    return True


def reading(layer: str, folder: Path | None = None) -> Layer:
    return read_reference(layer, folder)


@pytest.fixture
def copy(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the reference tables in which one passage of one table is replaced."""

    def make(table: str, old: str, new: str) -> Path:
        folder = tmp_path / "reference"
        shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
        text = (folder / table).read_text(encoding="utf-8-sig")
        assert old in text
        (folder / table).write_text(text.replace(old, new, 1), encoding="utf-8-sig")
        return folder

    return make


def faults_of(layer: str, folder: Path) -> list[Fault]:
    with pytest.raises(LayerError) as caught:
        read_reference(layer, folder)
    assert all(fault.what and fault.mend for fault in caught.value.faults)
    return caught.value.faults


def line_of(table: str, passage: str) -> int:
    rows = (FOLDER / table).read_text(encoding="utf-8-sig").splitlines()
    return next(number for number, row in enumerate(rows, start=1) if passage in row)


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_keeps_its_contract_in_the_working_grid(layer: str) -> None:
    frame = reading(layer).frame
    contract = CONTRACTS[layer]
    assert list(contract.columns) == list(frame.columns)[: len(contract.columns)]
    assert conform(frame, layer, layer).notes == []
    if contract.geometry:
        assert frame.crs.to_epsg() == 2326
        assert frame.is_valid.all()
        # the Greater Bay Area in Hong Kong grid metres, wide
        west, south, east, north = frame.total_bounds
        assert 600_000 < west < east < 1_050_000
        assert 720_000 < south < north < 1_080_000


@pytest.mark.parametrize("table", TABLES)
def test_every_row_says_its_source(table: str) -> None:
    rows = rows_of(table)
    assert rows.index[rows["source"].str.strip() == ""].tolist() == []


@pytest.mark.parametrize("table", TABLES)
def test_every_row_says_how_far_it_can_be_trusted(table: str) -> None:
    """An accuracy in metres or minutes where there is something to measure, else the basis in words."""
    rows = rows_of(table)
    numbers = [name for name in ("accuracy_m", "accuracy_min") if name in rows]
    for name in numbers:
        accuracy = pd.to_numeric(rows[name], errors="coerce")
        assert rows.index[~accuracy.gt(0)].tolist() == [], name
    assert numbers or "basis" in rows
    if "basis" in rows:
        assert rows.index[rows["basis"].str.strip() == ""].tolist() == []


@pytest.mark.parametrize("table", TABLES)
def test_every_name_stands_in_both_languages(table: str) -> None:
    rows = rows_of(table)
    for english in [name for name in rows if name.endswith("_en")]:
        chinese = f"{english[:-3]}_zh"
        assert chinese in rows
        assert rows.index[rows[english].eq("") != rows[chinese].eq("")].tolist() == [], (english, chinese)
        assert rows.index[~rows[chinese].str.contains(r"[\u4e00-\u9fff]|^[A-Za-z0-9 .&+/-]*$")].tolist() == [], chinese
        if english not in OPTIONAL_NAMES and table != "road_edges.csv":  # slip and connecting roads have no name
            assert rows.index[rows[english].str.strip() == ""].tolist() == [], english


@pytest.mark.parametrize("table", TABLES)
def test_chinese_columns_hold_traditional_characters_only(table: str) -> None:
    """Each character is in Big5 or is one that Hong Kong prints beside it, and is none of the mainland's."""
    rows = rows_of(table)
    found = {
        (column, line, letter)
        for column in rows
        if column.endswith("_zh")
        for line, text in rows[column].items()
        for letter in text
        if letter in SIMPLIFIED_ONLY or not (in_big5(letter) or letter in HONG_KONG_LETTERS)
    }
    assert found == set()


def test_the_list_of_simplified_characters_is_long_and_spares_what_hong_kong_prints() -> None:
    assert len(SIMPLIFIED_ONLY) > 300
    assert not SIMPLIFIED_ONLY & set("新田洪水橋廈村后海灣落馬洲皇崗文錦渡香園圍深圳里面台準系制余")
    assert not SIMPLIFIED_ONLY & HONG_KONG_LETTERS
    # what Big5 lacks is told without the list
    assert [letter for letter in "东莞广州龙岗发电厂" if not in_big5(letter)] == list("东广龙岗发电")


@pytest.mark.parametrize("table", TABLES)
def test_positions_lie_in_the_greater_bay_area(table: str) -> None:
    rows = rows_of(table)
    pairs = [
        (line, float(lon), float(lat))
        for first, second in (("lon", "lat"), ("hk_lon", "hk_lat"), ("shenzhen_lon", "shenzhen_lat"))
        if first in rows
        for line, lon, lat in zip(rows.index, rows[first], rows[second], strict=True)
    ]
    for line, text in rows.get("vertices_lon_lat", pd.Series(dtype=str)).items():
        pairs += [(line, *map(float, pair.split(","))) for pair in text.split()]
    west, east, south, north = 112.0, 115.5, 21.7, 24.0
    assert [place for place in pairs if not (west < place[1] < east and south < place[2] < north)] == []


@pytest.mark.parametrize("table", TABLES)
def test_ids_are_lower_case_ascii_and_unique(table: str) -> None:
    rows = rows_of(table)
    key = KEYS.get(table, [rows.columns[0]])
    ids = [name for name in rows if name in key or name.endswith("_id") or name in {"chain", "tier", "jurisdiction"}]
    for column in set(ids) - {"valid_from", "opens"}:
        given = rows[column].where(rows[column].ne("")) if (table, column) in OPTIONAL_IDS else rows[column]
        strange = given.dropna()[~given.dropna().str.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*")]
        assert strange.tolist() == [], column
    assert rows.loc[rows.duplicated(key), key].to_numpy().tolist() == []


@pytest.mark.parametrize("table", TABLES)
def test_people_read_boundary_not_border(table: str) -> None:
    rows = rows_of(table)
    found = {
        (column, line)
        for column in rows
        if column != "vertices_lon_lat"
        for line in rows.index[rows[column].str.contains("border", case=False)]
    }
    assert found == set()


def test_what_is_said_of_when_and_how_dense_has_its_basis_and_source() -> None:
    zones = rows_of("zones.csv")
    for figure, stem in (("ready_year", "ready"), ("plot_ratio", "plot_ratio")):
        given = zones[zones[figure].ne("")]
        assert given.index[given[f"{stem}_source"].str.strip().eq("")].tolist() == []
        # what nobody says has no basis
        assert set(zones.loc[zones[figure].eq(""), f"{stem}_basis"]) == {"unknown"}
    years = zones.loc[zones["ready_year"].ne("")]
    assert set(years["ready_basis"]) <= {"official", "press", "derived", "judgement", "traced"}
    assert years["ready_year"].astype(int).between(2020, 2050).all()
    assert zones.set_index("zone_id")["status"]["sr-it"] == "granted"


def test_vertices_of_a_ring_are_not_repeated_at_the_end() -> None:
    for table in ("areas.csv", "zones.csv", "constraints.csv"):
        rings = rows_of(table)["vertices_lon_lat"].str.split()
        assert rings.index[rings.str[0] == rings.str[-1]].tolist() == [], table


@pytest.mark.parametrize(
    ("table", "least"),
    [
        ("areas.csv", 11),
        ("zones.csv", 80),
        ("road_nodes.csv", 250),
        ("suppliers.csv", 180),
        ("talent.csv", 30),
        ("spot_heights.csv", 300),
    ],
)
def test_there_is_as_much_of_it_as_promised(table: str, least: int) -> None:
    assert len(rows_of(table)) >= least


def test_suppliers_stand_in_twelve_chains() -> None:
    suppliers, chains = rows_of("suppliers.csv"), rows_of("chains.csv")
    assert suppliers["chain"].nunique() == 12
    assert set(suppliers["chain"]) == set(chains["chain"])
    tiers = set(chains[["chain", "tier"]].itertuples(index=False, name=None))
    assert set(suppliers[["chain", "tier"]].itertuples(index=False, name=None)) - tiers == set()


def test_stages_of_a_chain_count_from_one_and_no_import_is_declared() -> None:
    chains = reading("chains").frame
    for chain, stages in chains.groupby("chain")["stage"]:
        assert sorted(set(stages)) == list(range(1, int(stages.max()) + 1)), chain
    # no source read states what share of a tier comes from beyond: unknown, not none
    assert chains["import_share"].isna().all()


def test_corridors_name_known_chains_as_targets() -> None:
    corridors = rows_of("corridors.csv")
    assert set(corridors["chain"]) == set(rows_of("chains.csv")["chain"])
    assert set(corridors["level"]) == {"1", "2"}
    assert corridors.groupby("side")["corridor_id"].nunique().to_dict() == {"hong-kong": 9, "mainland": 10}
    # one place, one name, one position, one side
    places = corridors.drop_duplicates(["corridor_id", "name_en", "name_zh", "side", "lon", "lat", "accuracy_m"])
    assert places["corridor_id"].is_unique
    # those that are study areas have the id of one, so that they join
    areas = set(rows_of("areas.csv")["area_id"])
    no_areas = {"science-park", "cyberport"}
    assert set(corridors.loc[corridors["side"].eq("hong-kong"), "corridor_id"]) - areas == no_areas


def test_there_are_twelve_hundred_sites_of_half_to_eight_hectares() -> None:
    sites = Study.load(bundled_folder() / "study.toml").sites
    assert sites is not None
    hectares = derive_sites({"zoning": reading("zoning").frame}, sites).frame.set_index("parcel_id").area / 10_000
    assert len(hectares) >= 1_200
    assert hectares[~hectares.between(0.5, 8)].round(2).to_dict() == {}


@pytest.mark.parametrize("table", TABLES)
def test_tables_open_in_a_spreadsheet(table: str) -> None:
    content = (FOLDER / table).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    frame = pd.read_csv(FOLDER / table, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert not [name for name in frame.columns if name != name.strip() or name.startswith("Unnamed")]
    assert len(frame) > 0


def test_zones_do_not_overlap_and_say_what_was_cut() -> None:
    layer = reading("zoning")
    frame = layer.frame
    # to a millionth: corners lie on a fine grid, so neighbours may share a hair
    assert frame.area.sum() == pytest.approx(frame.union_all().area, rel=1e-6)
    shapes = frame.geometry.to_numpy()
    one, other = (frame.sindex.query(frame.geometry, predicate="intersects")[side] for side in (0, 1))
    shared_m2 = shapely.area(shapely.intersection(shapes[one], shapes[other])) * (one < other)
    assert shared_m2.max() < 1
    assert {note.layer for note in layer.notes} == {"zoning"}


def test_purchase_shares_of_a_chain_add_up_to_one() -> None:
    shares = reading("chains").frame.groupby("chain")["purchase_share"].sum()
    assert np.allclose(shares, 1)


def test_lo_wu_stands_on_both_sides_of_the_river() -> None:
    crossings = reading("crossings").frame.set_index("crossing_id")
    assert crossings.geometry["lo-wu"].x == pytest.approx(830_000, abs=500)
    assert crossings.geometry["lo-wu"].y == pytest.approx(843_000, abs=500)
    sides = crossings.geometry.distance(crossings["shenzhen_side"], align=True)
    assert 50 < sides["lo-wu"] < 1_000


def test_a_road_is_as_long_as_its_table_says_and_drawn_straight() -> None:
    table = pd.read_csv(FOLDER / "road_edges.csv", dtype=str, encoding="utf-8-sig")
    frame = reading("road_edges").frame
    assert frame["length"].tolist() == pytest.approx((table["length_km"].astype(float) * 1000).tolist(), abs=0.06)
    assert set(frame.get_coordinates().groupby(level=0).size()) == {2}
    # no road is shorter than the straight line, but for its junctions' accuracy
    assert (frame["length"] > frame.length - 2 * frame["accuracy_m"]).all()


def test_the_coast_is_closed_and_the_boundary_is_not() -> None:
    assert reading("coast").frame.geometry.is_ring.all()
    assert not reading("boundary").frame.geometry.is_ring.any()


def test_every_transit_line_is_drawn_from_its_links() -> None:
    lines, links = reading("transit_lines").frame, reading("rail_links").frame
    drawn = dict(zip(lines["line_id"], lines.geometry, strict=True))
    # a link that closes is split by a new station and drawn by its later parts
    for line_id, count in links[links["closes"].isna()].groupby("line_id").size().items():
        assert len(drawn[line_id].geoms) == count


def test_spot_heights_make_a_surface_that_is_not_measured() -> None:
    terrain = read_reference_terrain()
    assert not terrain.measured
    # Tai Mo Shan, 957 m, is the highest summit of Hong Kong
    assert np.nanmin(terrain.heights) > -10
    assert np.nanmax(terrain.heights) < 960


@pytest.mark.parametrize("layer", LAYERS)
def test_a_missing_table_is_named(layer: str, tmp_path: Path) -> None:
    (fault,) = faults_of(layer, tmp_path)
    assert fault.source.endswith(".csv")
    assert "missing" in fault.what


def test_missing_spot_heights_are_named(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match=r"spot_heights\.csv"):
        read_reference_terrain(tmp_path)


@pytest.mark.parametrize(("layer", "table"), [("areas", "areas.csv"), ("boundary", "boundary.csv")])
@pytest.mark.parametrize(
    "bad", ["114.0610;22.5085", "114.0610,22.5085,3", "east,north", "114.0610,", "114.0610 22.5085"]
)
def test_vertices_that_are_no_pairs_are_told_with_file_and_line(
    copy: Callable[..., Path], layer: str, table: str, bad: str
) -> None:
    first = start_of(table)
    (fault,) = faults_of(layer, copy(table, first, f"{bad} {first}"))
    assert fault.source == table
    assert fault.where == f"line {line_of(table, first)}"
    assert "lon,lat" in fault.what


def test_vertices_that_are_not_finite_are_told_with_file_and_line(copy: Callable[..., Path]) -> None:
    first = start_of("areas.csv")
    (fault,) = faults_of("areas", copy("areas.csv", first, f"nan,nan {first}"))
    assert fault.source == "areas.csv"
    assert str(line_of("areas.csv", first)) in fault.where


def test_all_bad_lines_are_told_at_once(copy: Callable[..., Path]) -> None:
    folder = copy("areas.csv", start_of("areas.csv"), "x")
    text = (folder / "areas.csv").read_text(encoding="utf-8-sig")
    (folder / "areas.csv").write_text(text.replace(start_of("areas.csv", row=1), "y", 1), encoding="utf-8-sig")
    assert [fault.where for fault in faults_of("areas", folder)] == ["line 2", "line 3"]


def test_a_vertex_in_the_wrong_order_is_refused_by_file(copy: Callable[..., Path]) -> None:
    first = start_of("areas.csv", vertices=1)
    turned = ",".join(reversed(first.split(",")))
    (fault,) = faults_of("areas", copy("areas.csv", f"{first} ", f"{turned} "))
    assert fault.source == "areas.csv"
    assert "outside the Greater Bay Area" in fault.what


@pytest.mark.parametrize("bad", ["", "114.1652E", "n/a"])
def test_a_position_that_is_no_number_is_told_with_file_and_line(copy: Callable[..., Path], bad: str) -> None:
    (fault,) = faults_of("stations", copy("stations.csv", "114.1652,22.279", f"{bad},22.279"))
    assert fault.source == "stations.csv"
    assert fault.where == f"line {line_of('stations.csv', '114.1652,22.279')}"
    assert "lon holds" in fault.what


def test_a_lost_station_is_told_with_both_tables(copy: Callable[..., Path]) -> None:
    folder = copy("stations.csv", "eal-admiralty,", "eal-admirality,")
    (fault,) = faults_of("transit_lines", folder)
    assert fault.source == "rail_links.csv"
    assert "eal-admiralty" in fault.where
    assert "stations.csv" in fault.what


def test_a_lost_junction_is_told_with_both_tables(copy: Callable[..., Path]) -> None:
    (fault, *_) = faults_of("road_edges", copy("road_edges.csv", "lmc,santin,", "lmc,san-tin,"))
    assert fault.source == "road_edges.csv"
    assert fault.where == "san-tin"
    assert "road_nodes.csv" in fault.what


def test_a_road_length_that_is_no_number_is_told(copy: Callable[..., Path]) -> None:
    (fault,) = faults_of("road_edges", copy("road_edges.csv", "trunk,no,1.59", "trunk,no,about 1.6"))
    assert fault.source == "road_edges.csv"
    assert "length_km" in fault.what


def test_a_zone_without_precedence_is_told(copy: Callable[..., Path]) -> None:
    (fault,) = faults_of("zoning", copy("zones.csv", "occupied,,unknown,,10,,", "occupied,,unknown,,,,"))
    assert fault.source == "zones.csv"
    assert "precedence" in fault.what


def test_a_zone_that_crosses_itself_is_told_with_its_line_and_the_place(copy: Callable[..., Path]) -> None:
    start, bow_tie = start_of("zones.csv"), "114.00,22.40 114.02,22.42 114.02,22.40 114.00,22.42"
    folder = copy("zones.csv", start, f"{bow_tie} {start}")
    (fault,) = faults_of("zoning", folder)
    assert fault.where == f"line {line_of('zones.csv', start)}"
    assert "crosses or touches itself" in fault.what


def test_a_height_that_is_no_number_is_told(copy: Callable[..., Path]) -> None:
    folder = copy("spot_heights.csv", "22.4969,204,", "22.4969,about 200,")
    with pytest.raises(LayerError, match=r"spot_heights\.csv") as caught:
        read_reference_terrain(folder)
    assert "height_m" in str(caught.value)


def test_a_column_of_positions_that_is_lost_is_told(copy: Callable[..., Path]) -> None:
    (fault, *_) = faults_of("crossings", copy("crossings.csv", "hk_lon", "hk_long"))
    assert fault.source == "crossings.csv"
    assert "hk_lon" in str(fault)


@pytest.mark.parametrize("encoding", ["big5", "utf-16"])
def test_a_table_saved_in_another_encoding_is_told_so(tmp_path: Path, encoding: str) -> None:
    text = "place_id,name_en,name_zh,lon,lat\nhk,Hong Kong,香港,114.16,22.28\n"
    (tmp_path / "place_names.csv").write_bytes(text.encode(encoding))
    (fault,) = faults_of("place_names", tmp_path)
    assert fault.source == "place_names.csv"
    assert "UTF-8" in fault.what


def test_an_empty_table_is_one_fault(tmp_path: Path) -> None:
    (tmp_path / "place_names.csv").write_bytes(b"")
    (fault,) = faults_of("place_names", tmp_path)
    assert fault.source == "place_names.csv"
