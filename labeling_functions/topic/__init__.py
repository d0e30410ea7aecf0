"""What is this pin about? Eight topics; a pin has the one that a person would look for it under.

The declared functions are below, those on boards, hashtags and units in `traces`.
"""

import re

from labeling import Signal, keywords, link_domain

topic = Signal(
    "topic",
    classes=["food", "fashion", "home", "travel", "diy", "beauty", "fitness", "tech"],
    guideline="""
    Under which topic would a person look for this pin? Choose what the pin is about, not what
    happens to be in the picture: title and image first, then description, board last (people
    pin anything to any board).

    Making beats owning: "sew a linen dress" is diy, a linen dress to buy is fashion; "build a
    shelf" is diy, a styled shelf is home. Eating beats training: a protein shake recipe is food,
    a plan that mentions shakes is fitness. Skin, hair, nails and make-up are beauty; clothes,
    shoes and bags are fashion. A hotel room is travel where the place is the point, home where
    the room is. A gadget is tech even in a kitchen; a recipe for it is food.
    """,
)
FOOD, FASHION, HOME, TRAVEL, DIY, BEAUTY, FITNESS, TECH = topic.labels

WORDS = {
    "food": """
        recipe, recipes, dinner, lunch, dessert, soup, stew, salad, cake, cookies, bread, curry
        tacos, noodles, pancakes, waffles, risotto, dough, beans, burgers, pasta, muffins, bake, oven
        receta, recetas, cena, postre, sopa, ensalada, galletas, tortilla, lentejas, arroz, raciones
        Rezept, Rezepte, Abendessen, Suppe, Salat, Kuchen, Käsekuchen, Brot, Teig, backen, Portionen
        レシピ, 料理, ごはん, ご飯, スープ, サラダ, ケーキ, タルト, 鶏, 作り置き, オーブン, 冷蔵庫
    """,
    "fashion": """
        outfit, outfits, dress, coat, blazer, skirt, jeans, denim, boots, sneakers, jacket, loafers
        handbag, wardrobe, what I wore, how to wear, styling, sleeves, neckline, street style
        vestido, falda, americana, abrigo, gabardina, zapatillas, bolso, chaqueta, prendas
        Kleid, Faltenrock, Mantel, Jacke, Blazer, Sneaker, Tasche, Ärmel, Trenchcoat, kombinieren
        コーデ, ワンピース, スカート, コート, ニット, スニーカー, 着回し, ジャケット, 袖
    """,
    "home": """
        living room, bedroom, dining room, bathroom, hallway, entryway, pantry, sofa, curtains, rug
        lamps, shelving, gallery wall, balcony, laundry room, rental, before and after, decor, interior
        salón, dormitorio, baño, recibidor, estanterías, cortinas, alfombra, balcón, decorar
        Wohnzimmer, Einrichtungsideen, Arbeitszimmer, Flur, Leseecke, Teppich, Möbel, Vorhänge, Wand
        インテリア, 部屋, 和室, 玄関, 賃貸, カーテン, ラグ, 家具, 照明, 収納, 模様替え
    """,
    "travel": """
        trip, itinerary, road trip, packing list, hotel, guesthouse, beach, beaches, hike, trail
        train, ferry, viewpoint, museum, old quarter, travel guide, photo diary, street food, waterfalls
        viaje, ruta, escapada, pueblos, qué ver, dónde comer, mirador, sendero, pensión, mochila
        Reise, Reisetagebuch, Roadtrip, Nachtzug, Wanderung, Pension, Altstadt, Strand, Urlaub
        旅, 旅行, 観光, 宿, 展望台, 温泉, 港, 旧市街, 紅葉めぐり, ドライブ
    """,
    "diy": """
        diy, handmade, craft, crochet, knitted, knitting, sewing, embroidery, macrame, yarn, glue
        sandpaper, free pattern, cut list, template, planters, weekend project, woodworking, upcycled
        manualidades, hecho a mano, ganchillo, macramé, lana, hilo, tijeras, cola, patrón, macetas
        Basteln, selbst gemacht, häkeln, stricken, nähen, Garn, Schere, Kleber, Filztiere, Anleitung
        ハンドメイド, 編み図, 編み物, 型紙, 刺しゅう, マクラメ, フェルト, ボンド, 毛糸
    """,
    "beauty": """
        makeup, skincare, skin, nails, manicure, hair, bangs, updo, brow, blush, eyeliner, eyeshadow
        mascara, foundation, serum, cleanser, SPF, sunscreen, top coat, scalp, lip, layered bob
        maquillaje, piel, uñas, manicura, rizos, recogido, crema, protector solar, pelo, labios
        Make-up, Haut, Pflege, Nägel, Locken, Frisur, Hochsteckfrisur, Lack, Sonnenschutz, Bangs
        メイク, スキンケア, ネイル, 肌, 髪, 毛先, 化粧, 日焼け止め, リップ
    """,
    "fitness": """
        workout, yoga, pilates, stretch, stretches, dumbbell, HIIT, core, glutes, mobility, marathon
        5k, treadmill, rest days, reps, squats, strength, running, warm up first
        ejercicio, ejercicios, entrenamiento, pilates, series, esterilla, descanso, sentadillas
        Workout, Pilates, Übungen, Runden, ausatmen, Ruhetage, Dehnen, Kniebeugen, Laufen
        ヨガ, 筋トレ, ストレッチ, 運動, マット, セット, トレーニング, スクワット
    """,
    "tech": """
        keyboard, monitor, desk setup, USB-C, battery, firmware, script, python, spreadsheets
        earbuds, headphones, laptop, tablet, gadget, smart home, server, cable, sensors
        teclado, batería, pantalla, cable, móvil, script, ajustes, hojas de cálculo, portátil
        Tastatur, Akku, Display, Kabel, Bildschirm, Skript, Einstellungen, Sensoren, Handy
        キーボード, ケーブル, 画面, 充電, 電池, 設定, タブレット, アプリ, パソコン
    """,
}
"""Words that name a topic; one or two lines per language: English, Spanish, German, Japanese."""

for name, words in WORDS.items():
    listed = re.split(r"[,\n]\s*", words.strip())
    topic.add(keywords(f"{name}_words", topic.classes.index(name), listed))

topic.add(
    link_domain(
        "known_recipe_site",
        FOOD,
        [
            *("oven-notes.example", "spoonandsalt.example", "tinyrecipes.example"),
            "casaymesa.example",  # house and table: the table wins more often than not
        ],
    ),
    link_domain(
        "known_interiors_site",
        HOME,
        [
            *("lampandlinen.example", "nestandnook.example", "smallflatdiary.example"),
            "kurashi-memo.example",  # notes on living, often on rooms
        ],
    ),
)
