"""What each topic sounds like in German."""

from __future__ import annotations

from vocabulary import TopicWords, theme, topic

# Subjects stand after a colon or alone, so that no article or case ending is needed.
GERMAN: dict[str, TopicWords] = {
    "food": topic(
        theme(
            """Kürbissuppe mit Ingwer, Linsencurry, Kartoffelgratin, Spätzle mit Pilzen,
            Nudelsalat mit Rucola, Gemüselasagne, Ofengemüse mit Feta""",
            """
            Alles kommt in einen Topf, der Abwasch hält sich in Grenzen.
            Zum Schluss etwas Zitrone und frische Petersilie dazugeben.
            Reicht für [vier|sechs] Portionen und lässt sich gut einfrieren.
            Die Gewürze erst trocken anrösten, das macht den Unterschied.
            Schmeckt am nächsten Tag fast noch besser.
            """,
        ),
        theme(
            """saftiger Apfelkuchen, Zimtschnecken, Roggenbrot ohne Kneten, Käsekuchen vom Blech,
            Nussecken, Zwetschgendatschi""",
            """
            {m} Minuten bei 180 Grad backen und kurz abkühlen lassen.
            Der Teig ruht am besten über Nacht im Kühlschrank.
            Die Butter muss weich sein, sonst wird der Teig bröselig.
            Ein Drittel weniger Zucker reicht völlig.
            """,
        ),
        titles="""
            {s} – [einfaches Rezept|wie bei Oma|in {m} Minuten]
            Rezept: {s}
            {s} zum Vorbereiten
            {n} Tipps: {s}
        """,
        boards="Feierabendküche, Backen, Schnelle Rezepte, Sonntagsessen",
        tags="rezept, backen, selbstgekocht",
        bait="Heißluftfritteuse, Pfannenset, Einkaufsgutschein",
    ),
    "home": topic(
        theme(
            """kleiner Flur, gemütliches Wohnzimmer, offene Küche, Leseecke, Mietbad,
            Schlafzimmer in Naturtönen, Balkon mit Pflanzen, Arbeitszimmer im Dach""",
            """
            Die Wand ist in warmem Sand gestrichen, die Lampen sind neu.
            Ein Juteteppich und Leinenvorhänge machen den Raum wohnlich.
            Möbel auf Beinen lassen die Wohnung größer wirken.
            Die Körbe unter der Bank verstecken Schuhe und Schals.
            Erst ausmessen, dann das Regal bestellen.
            """,
        ),
        theme(
            "gestrichene Küchenfronten, alte Kommode im Schlafzimmer, Wand aus Holzlatten",
            """
            Die alten Schränke haben wir selbst abgeschliffen und lackiert.
            Ein Wochenende Arbeit, und das Wohnzimmer wirkt wie neu.
            """,
            near="diy",
        ),
        titles="""
            Einrichtungsideen: {s}
            vorher – nachher: {s}
            {s} [mit kleinem Budget|zum Wohlfühlen|ganz in Salbeigrün]
        """,
        boards="Traumhaus, Wohnideen, Kleine Wohnung, Küche neu",
        tags="wohnen, einrichtung, zuhause",
        bait="Saugroboter, Boxspringbett, Designerlampe",
    ),
    "diy": topic(
        theme(
            """Makramee-Wandbehang, gehäkelte Einkaufsnetze, Babydecke stricken, Amigurumi-Hase,
            Mütze im Rippenmuster""",
            """
            Du brauchst Baumwollgarn, eine Schere und etwa {m} Minuten.
            Aus Wollresten gemacht, die Farben darfst du frei mischen.
            In Reihe {n} habe ich mich verzählt, also genau hinschauen.
            Die Anleitung gibt es gratis als PDF, einfach ausdrucken.
            """,
            """
            {s} – kostenlose Anleitung
            """,
        ),
        theme(
            """Sterne aus Papier, Kerzenhalter aus Beton, Pflanzenhocker aus Holz, Filztiere,
            bemalte Blumentöpfe, Adventskalender aus Schachteln""",
            """
            Kanten schleifen und den Kleber über Nacht trocknen lassen.
            Ein schönes Geschenk, und die Kinder dürfen mitmalen.
            Das Holz lag noch im Keller, gekauft habe ich nur die Schrauben.
            """,
        ),
        titles="""
            DIY: {s}
            selbst gemacht: {s} [für Anfänger|als Geschenk]
            Schritt für Schritt: {s}
        """,
        boards="Basteln, Häkeln, Selbermachen, Geschenke aus der Werkstatt",
        tags="selbstgemacht, haekeln, basteln",
        bait="Nähmaschine, Wollpaket, Bastelset",
    ),
    "fashion": topic(
        theme(
            """weite Leinenhose, Trenchcoat, grober Strickpulli, weiße Sneaker, Faltenrock,
            Kleid für Hochzeitsgäste, Oversize-Blazer, Stiefeletten""",
            """
            Mit Loafern und kleiner Tasche sieht es sofort angezogen aus.
            Der Mantel ist secondhand und hat {m} Euro gekostet.
            Eine Nummer größer gekauft und die Ärmel hochgekrempelt.
            Neutrale Farben: {n} Teile, eine ganze Woche Outfits.
            Der Stoff fällt schön und knittert kaum im Koffer.
            """,
        ),
        titles="""
            {s} kombinieren
            Outfit-Idee: {s}
            {s} [fürs Büro|im Herbst|im Alltag]
        """,
        boards="Outfits, Herbstmode, Garderobe, Büro-Looks",
        tags="mode, outfit, herbstlook",
        bait="Designertasche, Luxusuhr, Markensneaker",
    ),
    "travel": topic(
        theme(
            """Wochenende in Kopenhagen, Hüttenwanderung in Südtirol, Rügen mit Kindern,
            Roadtrip durch Schottland, Lissabon in drei Tagen, Nachtzug nach Wien""",
            """
            Früh losgehen, vor acht ist der Aussichtspunkt leer.
            Übernachtet haben wir in einer Pension in der Altstadt, {m} Euro pro Nacht.
            Der Weg ist {n} km lang und hat wenig Schatten.
            Die Karte vorher offline speichern.
            Außerhalb der Saison ist es ruhiger und die Züge sind billiger.
            """,
        ),
        theme(
            "Essen in Bologna, Fischbrötchen-Tour an der Ostsee, Märkte in Palermo",
            """
            Am Hafen unbedingt den gegrillten Fisch probieren.
            Hungrig hingehen und dort essen, wo die Schlange am längsten ist.
            """,
            near="food",
        ),
        titles="""
            {s}: [unsere Route|die besten Tipps|was sich lohnt]
            {s} [mit Karte|mit kleinem Budget]
            Reisetagebuch: {s}
        """,
        boards="Reiseziele, Wandern, Städtetrips, Urlaub mit Kindern",
        tags="reisen, wandern, staedtetrip",
        bait="Kreuzfahrt für zwei, Hotelgutschein, Gratisflüge",
    ),
    "beauty": topic(
        theme(
            "Mandelnägel in Nude, French Nails, Herbstnägel",
            """
            Zwei dünne Schichten Lack halten {n} Tage.
            Erst die Nagelhaut zurückschieben, dann lackieren.
            """,
        ),
        theme(
            """Locken ohne Hitze, Alltags-Make-up, Pflege für trockene Haut, Curtain Bangs,
            Hochsteckfrisur""",
            """
            Auf die feuchte Haut auftragen und mit Creme abschließen.
            Immer Sonnenschutz verwenden und vorher am Arm testen.
            An der Luft trocknen lassen und auf Satin schlafen.
            Weniger Produkt als gedacht, dafür gut verblenden.
            """,
        ),
        titles="""
            {s} [Schritt für Schritt|für Anfängerinnen|in {m} Minuten]
            Inspiration: {s}
        """,
        boards="Nägel, Frisuren, Hautpflege, Make-up",
        tags="naegel, hautpflege, frisuren",
        bait="Anti-Aging-Serum, Zahnaufhellung, Wimpernserum",
    ),
    "fitness": topic(
        theme(
            """Beintraining mit Kurzhanteln, Yoga am Morgen, Dehnübungen fürs Laufen, Rückenübungen,
            Pilates an der Wand, Training mit Band""",
            """
            {n} Runden, dazwischen {m} Sekunden Pause.
            Du brauchst nur eine Matte und einen Stuhl.
            Beim Hochgehen ausatmen, langsam absenken.
            Ruhetage gehören zum Trainingsplan.
            """,
        ),
        titles="""
            {m} Minuten: {s}
            {s} [zu Hause|ohne Geräte|für den Einstieg]
        """,
        boards="Workout zu Hause, Laufen, Yoga",
        tags="training, laufen, yoga",
        bait="Fatburner-Tee, Detox-Pflaster, Abnehmprogramm",
    ),
    "tech": topic(
        theme(
            "aufgeräumter Schreibtisch, mechanische Tastatur, Sensoren fürs Zuhause",
            """
            Ein USB-C-Kabel für Monitor, Tastatur und Strom.
            Der Akku hält {n} Tage und lädt in einer Stunde.
            Teileliste und Preise stehen im Beitrag.
            """,
        ),
        theme(
            "Smartphone-Fotografie, Tabellen-Tastenkürzel, Datensicherung zu Hause",
            """
            Die Einstellungen stehen im Beitrag, mehr Programme braucht es nicht.
            Läuft ohne Internet und spart mir {m} Minuten pro Woche.
            """,
        ),
        titles="""
            {s}: [die besten Tricks|kurz erklärt]
            {n} Tipps: {s}
        """,
        boards="Technik, Homeoffice",
        tags="technik, homeoffice",
        bait="Gratis-Handy, Spielkonsole, Kopfhörer",
    ),
}
