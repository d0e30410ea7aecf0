"""Traces that a topic leaves beside its own words: boards, hashtags, and what is counted."""

import re

import numpy as np
import pandas as pd

from labeling import ABSTAIN, Pin, pattern
from labeling_functions.topic import BEAUTY, DIY, FASHION, FITNESS, FOOD, HOME, TECH, TRAVEL, topic

BOARDS = {
    "food": r"recip|dinner|bak|brunch|cook|soup|meal|sweet tooth|plant based|recet|cena|postre"
    r"|cocina|rezept|essen|küche\b|弁当|ごはん|お菓子|作り置き",
    "fashion": r"outfit|closet|wardrobe|style|fits\b|looks\b|thrift|guest|armario|moda|invitada"
    r"|mode\b|garderobe|コーデ|着回し|服",
    "home": r"bedroom|living|house|apartment|decor|kitchen reno|corner|casa|salón|pisos?\b"
    r"|wohn|einricht|küche neu|インテリア|部屋|暮らし",
    "travel": r"travel|trip|getaway|honeymoon|places|mountain|europe|bucket list|viaj|escapada"
    r"|ruta|lugares|reise|urlaub|wander|旅|行きたい",
    "diy": r"\bdiy|craft|crochet|sewing|wood|handmade|make it|project|manualidad|a mano"
    r"|ganchillo|proyecto|bastel|häkel|werkstatt|ハンドメイド|編み物",
    "beauty": r"beauty|hair|make-?up|nail|skin|curly|self care|maquillaje|piel|pelo|haut"
    r"|nägel|メイク|ネイル|スキンケア|ヘア",
    "fitness": r"workout|yoga|gym|running|training|strong|ejercicio|correr|ヨガ|トレーニング",
    "tech": r"tech|gadget|coding|desk|smart home|work from home|tecnolog|escritorio|homeoffice"
    r"|ガジェット",
}
HASHTAGS = {
    FOOD: r"recipe|food|bak|dinner|meal|recet|cocina|postre|rezept|gekocht|レシピ|ごはん|お菓子",
    FASHION: r"outfit|ootd|wardrobe|fashion|style|thrift|moda|look|mode|コーデ|着回し",
    HOME: r"home(?!made|work)|interior|living|renovat|decor|zuhause|wohn|収納|暮らし|インテリア",
    TRAVEL: r"travel|trip|itinerary|wander|hik|city|viaj|ruta|escapada|reise|旅",
    DIY: r"diy|craft|crochet|sew|upcycl|handmade|manualidad|ganchillo|hecho|bastel|häkel|手仕事|編み物",
    BEAUTY: r"skin|nail|hair|makeup|selfcare|maquillaje|uñas|piel|haut|frisur|ネイル|メイク|美容",
    FITNESS: r"#fit|workout|yoga|running|strength|mobility|entren|correr|筋トレ|ヨガ|宅トレ",
    TECH: r"gadget|coding|desk|tech|productiv|smarthome|tecnolog|ガジェット",
}
UNITS = {
    FOOD: r"\b\d+ ?(?:c\b|°|grad)|\bserves \d|\b\d+ (?:raciones|portionen)|\d+(?:度|人分)",
    FASHION: r"\b(?:xs|xl|size[sd]?|talla|größe|nummer)\b|\d+ (?:prendas|teile)|\d+(?:着|号)",
    HOME: r"\bsquare (?:met|feet)|\bm²|\b\d+ ?qm\b|\d+(?:畳|平米)",
    TRAVEL: r"\b\d+ km\b|\b(?:per|por|pro) (?:night|noche|nacht)\b|\d+(?:キロ|泊)",
    DIY: r"\b\d+ mm\b|\bgauge\b|\brow \d+|\bhours? of drying",
    BEAUTY: r"\bspf\b|\b(?:coats|capas|schichten)\b|二度塗り",
    FITNESS: r"\b\d+ (?:rounds|sets|reps|series|runden)\b|\bweek \d+|\d+回",
    TECH: r"\b\d+ ?(?:gb|tb|hz|inch|mah)\b|\busb\b|\bbluetooth\b",
}

# A board's name is the pinner's own label, though a cake may end up on "Nail ideas".
for name, regex in BOARDS.items():
    topic.add(pattern(f"{name}_board", topic.classes.index(name), regex, field="board"))


@topic.function
def unit_of_the_trade(pin: Pin) -> int:
    """Cooks count servings, trainers rounds, travellers kilometres; two kinds say nothing."""
    text = pin.description.lower()
    found = [label for label, unit in UNITS.items() if re.search(unit, text)]
    return found[0] if len(found) == 1 else ABSTAIN


@topic.batch_function
def hashtags_agree(pins: pd.DataFrame) -> np.ndarray:
    """Authors file their own pin under hashtags; where those name one topic only, take it."""
    tags = pins["description"].str.findall(r"#\w+").str.join(" ").str.lower()
    named = np.stack([tags.str.contains(words) for words in HASHTAGS.values()], axis=1)
    return np.where(named.sum(axis=1) == 1, np.array(list(HASHTAGS))[named.argmax(axis=1)], ABSTAIN)
