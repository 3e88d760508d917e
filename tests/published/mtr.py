"""Lines and stations, light rail routes and stops, as MTR publishes them: lists without coordinates."""

from __future__ import annotations

from pathlib import Path

LINES = {
    ("EAL", "DT"): "LOW SHS FAN TWO TAP UNI FOT SHT TAW KOT MKK HUH EXC ADM",
    ("EAL", "LMC-DT"): "LMC SHS FAN TWO TAP UNI FOT SHT TAW KOT MKK HUH EXC ADM",
    ("TML", "UT"): "WKS TAW HIK DIH HUH KSR YUL LOP TIS SIH TUM",
    ("TKL", "DT"): "POA HAH TKO TIK",
    ("TKL", "TKS-DT"): "LHP TKO TIK",
    ("DRL", "DT"): "SUN DIS",
    ("TCL", "DT"): "TUC SUN TSY LAK",
}
"""Downward sequences by line and direction, thinned out; the upward ones are their reverse."""

STATIONS = {
    "ADM": ("2", "金鐘", "Admiralty"),
    "DIH": ("11", "鑽石山", "Diamond Hill"),
    "DIS": ("55", "迪士尼", "Disneyland Resort"),
    "EXC": ("94", "會展", "Exhibition Centre"),
    "FAN": ("74", "粉嶺", "Fanling"),
    "FOT": ("69", "火炭", "Fo Tan"),
    "HAH": ("51", "坑口", "Hang Hau"),
    "HIK": ("90", "顯徑", "Hin Keng"),
    "HUH": ("64", "紅磡", "Hung Hom"),
    "KOT": ("8", "九龍塘", "Kowloon Tong"),
    "KSR": ("115", "錦上路", "Kam Sheung Road"),
    "LAK": ("21", "茘景", "Lai King"),
    "LHP": ("57", "康城", "LOHAS Park"),
    "LMC": ("78", "落馬洲", "Lok Ma Chau"),
    "LOP": ("117", "朗屏", "Long Ping"),
    "LOW": ("76", "羅湖", "Lo Wu"),
    "MKK": ("65", "旺角東", "Mong Kok East"),
    "POA": ("52", "寶琳", "Po Lam"),
    "SHS": ("75", "上水", "Sheung Shui"),
    "SHT": ("68", "沙田", "Sha Tin"),
    "SIH": ("119", "兆康", "Siu Hong"),
    "SUN": ("54", "欣澳", "Sunny Bay"),
    "TAP": ("72", "大埔墟", "Tai Po Market"),
    "TAW": ("67", "大圍", "Tai Wai"),
    "TIK": ("49", "調景嶺", "Tiu Keng Leng"),
    "TIS": ("118", "天水圍", "Tin Shui Wai"),
    "TKO": ("50", "將軍澳", "Tseung Kwan O"),
    "TSY": ("42", "青衣", "Tsing Yi"),
    "TUC": ("43", "東涌", "Tung Chung"),
    "TUM": ("120", "屯門", "Tuen Mun"),
    "TWO": ("73", "太和", "Tai Wo"),
    "UNI": ("71", "大學", "University"),
    "WKS": ("103", "烏溪沙", "Wu Kai Sha"),
    "YUL": ("116", "元朗", "Yuen Long"),
}

ROUTES = {
    ("507", "1"): "FEP SHE SWP GOG SIL",
    ("507", "2"): "SIL GOG SWP SHE FEP",
    ("614", "1"): "FEP SHE SWP GOG SIL",
    ("614", "2"): "SIL GOG SWP SHE FEP",
    ("505", "1"): "SMS SIL",
    ("505", "2"): "SIL SMS",
    ("706", "2"): "KNO SKS",
}
"""Light rail routes by number and direction; 706 stands for the loops that run one way only."""

STOPS = {
    "FEP": ("001", "屯門碼頭", "Tuen Mun Ferry Pier"),
    "GOG": ("270", "豐景園", "Goodview Garden"),
    "KNO": ("300", "建安", "Kin On"),
    "SHE": ("240", "兆禧", "Siu Hei"),
    "SIL": ("280", "兆麟", "Siu Lun"),
    "SKS": ("070", "山景 (南)", "Shan King (South)"),
    "SMS": ("920", "三聖", "Sam Shing"),
    "SWP": ("250", "屯門泳池", "Tuen Mun Swimming Pool"),
}


def write_lines_and_stations(folder: Path) -> Path:
    """Write the CSV: byte-order mark, text in quotes, sequence like 1.00, empty lines between."""
    rows = ['"Line Code","Direction","Station Code","Station ID","Chinese Name","English Name","Sequence"']
    for (line, down), codes in LINES.items():
        up = down.replace("DT", "UT") if "DT" in down else "DT"
        for direction, sequence in ((down, codes.split()), (up, codes.split()[::-1])):
            for place, code in enumerate(sequence, start=1):
                number, chinese, english = STATIONS[code]
                rows.append(f'"{line}","{direction}","{code}","{number}","{chinese}","{english}",{place}.00')
        rows.append("")
    rows.append(",,,,,,")
    path = folder / "mtr_lines_and_stations.csv"
    path.write_text("\r\n".join(rows) + "\r\n", encoding="utf-8-sig", newline="")
    return path


def write_light_rail(folder: Path) -> Path:
    """Write the CSV: routes 507 and 614 share their track, 706 runs one way only."""
    rows = ['"Line Code","Direction","Stop Code","Stop ID","Chinese Name","English Name","Sequence"']
    for (route, direction), codes in ROUTES.items():
        for place, code in enumerate(codes.split(), start=1):
            number, chinese, english = STOPS[code]
            rows.append(f'"{route}","{direction}","{code}","{number}","{chinese}","{english}",{place}.00')
    path = folder / "light_rail_routes_and_stops.csv"
    path.write_text("\r\n".join(rows) + "\r\n", encoding="utf-8-sig", newline="")
    return path


def write_exits(folder: Path) -> Path:
    """Write exits of some stations: several rows a station, other headings, names spelt another way."""
    rows = [
        "station_en,station_zh,exit,lat,lon",
        "LO WU STATION,羅湖,A,22.5280,114.1130",
        "LO WU STATION,羅湖,B,22.5284,114.1138",
        "Sheung-Shui,上水,A,22.5014,114.1278",
        "Fanling,粉嶺,A,22.4921,114.1389",
    ]
    path = folder / "station_exits.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path
