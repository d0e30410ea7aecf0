"""German words for the pins, written in the same form as ``vocabulary``."""

from __future__ import annotations

from vocabulary import SharedWords, TopicWords, items, lines

# Subjects stand after a colon or alone, so that no article or case ending is needed.
GERMAN: dict[str, TopicWords] = {
    "food": TopicWords(
        subjects=items("""Kürbissuppe mit Ingwer, saftiger Apfelkuchen, Linsencurry,
            Kartoffelgratin, Zimtschnecken, Spätzle mit Pilzen, Roggenbrot ohne Kneten,
            Nudelsalat mit Rucola, Käsekuchen vom Blech, Gemüselasagne"""),
        titles=lines("""
            {s} – [einfaches Rezept|wie bei Oma|in {m} Minuten]
            Rezept: {s}
            {s} zum Vorbereiten
            {n} Tipps: {s}
        """),
        bodies=lines("""
            {m} Minuten bei 180 Grad backen und kurz abkühlen lassen.
            Alles kommt in einen Topf, der Abwasch hält sich in Grenzen.
            Zum Schluss etwas Zitrone und frische Petersilie dazugeben.
            Reicht für {n} Portionen und lässt sich gut einfrieren.
            Der Teig ruht am besten über Nacht im Kühlschrank.
        """),
        boards=items("Feierabendküche, Backen, Schnelle Rezepte, Sonntagsessen"),
        tags=items("rezept, backen, selbstgekocht"),
        bait=items("Heißluftfritteuse, Pfannenset, Einkaufsgutschein"),
    ),
    "home": TopicWords(
        subjects=items("""kleiner Flur, gemütliches Wohnzimmer, offene Küche, Leseecke,
            Schlafzimmer in Naturtönen, Balkon mit Pflanzen, Mietbad, Arbeitszimmer im Dach"""),
        titles=lines("""
            Einrichtungsideen: {s}
            vorher – nachher: {s}
            {s} [mit kleinem Budget|zum Wohlfühlen|ganz in Salbeigrün]
        """),
        bodies=lines("""
            Die Wand ist in warmem Sand gestrichen, die Lampen sind neu.
            Ein Juteteppich und Leinenvorhänge machen den Raum wohnlich.
            Möbel auf Beinen lassen die Wohnung größer wirken.
            Die Körbe unter der Bank verstecken Schuhe und Schals.
            Die alten Schränke haben wir selbst abgeschliffen und lackiert.
        """),
        boards=items("Traumhaus, Wohnideen, Kleine Wohnung, Küche neu"),
        tags=items("wohnen, einrichtung, zuhause"),
        bait=items("Saugroboter, Boxspringbett, Designerlampe"),
    ),
    "diy": TopicWords(
        subjects=items("""Makramee-Wandbehang, gehäkelte Einkaufsnetze, Sterne aus Papier,
            Kerzenhalter aus Beton, Pflanzenhocker aus Holz, Filztiere, bemalte Blumentöpfe,
            Babydecke stricken"""),
        titles=lines("""
            DIY: {s}
            {s} – kostenlose Anleitung
            selbst gemacht: {s} [für Anfänger|als Geschenk]
        """),
        bodies=lines("""
            Du brauchst Baumwollgarn, eine Schere und etwa {m} Minuten.
            Das Schnittmuster gibt es gratis als PDF, einfach ausdrucken.
            Kanten schleifen und den Kleber über Nacht trocknen lassen.
            Ein schönes Geschenk, und die Kinder dürfen mitmalen.
            Aus Woll- und Stoffresten gemacht.
        """),
        boards=items("Basteln, Häkeln, Selbermachen, Geschenke aus der Werkstatt"),
        tags=items("selbstgemacht, haekeln, basteln"),
        bait=items("Nähmaschine, Wollpaket, Bastelset"),
    ),
    "fashion": TopicWords(
        subjects=items("""weite Leinenhose, Trenchcoat, grober Strickpulli, weiße Sneaker,
            Faltenrock, Kleid für Hochzeitsgäste, Oversize-Blazer"""),
        titles=lines("""
            {s} kombinieren
            Outfit-Idee: {s}
            {s} [fürs Büro|im Herbst|im Alltag]
        """),
        bodies=lines("""
            Mit Loafern und kleiner Tasche sieht es sofort angezogen aus.
            Der Mantel ist secondhand und hat {m} Euro gekostet.
            Eine Nummer größer gekauft und die Ärmel hochgekrempelt.
            Neutrale Farben: {n} Teile, eine ganze Woche Outfits.
        """),
        boards=items("Outfits, Herbstmode, Garderobe, Büro-Looks"),
        tags=items("mode, outfit, herbstlook"),
        bait=items("Designertasche, Luxusuhr, Markensneaker"),
    ),
    "travel": TopicWords(
        subjects=items("""Wochenende in Kopenhagen, Hüttenwanderung in Südtirol, Rügen mit Kindern,
            Roadtrip durch Schottland, Lissabon in drei Tagen, Nachtzug nach Wien"""),
        titles=lines("""
            {s}: [unsere Route|die besten Tipps|wo man gut isst]
            {s} [mit Karte|mit kleinem Budget]
            Reisetagebuch: {s}
        """),
        bodies=lines("""
            Früh losgehen, vor acht ist der Aussichtspunkt leer.
            Übernachtet haben wir in einer Pension in der Altstadt, {m} Euro pro Nacht.
            Der Weg ist {n} km lang und hat wenig Schatten.
            Am Hafen unbedingt den gegrillten Fisch probieren.
            Die Karte vorher offline speichern.
        """),
        boards=items("Reiseziele, Wandern, Städtetrips, Urlaub mit Kindern"),
        tags=items("reisen, wandern, staedtetrip"),
        bait=items("Kreuzfahrt für zwei, Hotelgutschein, Gratisflüge"),
    ),
    "beauty": TopicWords(
        subjects=items("""Mandelnägel in Nude, Locken ohne Hitze, Alltags-Make-up,
            Pflege für trockene Haut, Curtain Bangs, Hochsteckfrisur"""),
        titles=lines("""
            {s} [Schritt für Schritt|für Anfängerinnen|in {m} Minuten]
            Inspiration: {s}
        """),
        bodies=lines("""
            Auf die feuchte Haut auftragen und mit Creme abschließen.
            Zwei dünne Schichten Lack halten {n} Tage.
            Immer Sonnenschutz verwenden und vorher am Arm testen.
            An der Luft trocknen lassen und auf Satin schlafen.
        """),
        boards=items("Nägel, Frisuren, Hautpflege, Make-up"),
        tags=items("naegel, hautpflege, frisuren"),
        bait=items("Anti-Aging-Serum, Zahnaufhellung, Wimpernserum"),
    ),
    "fitness": TopicWords(
        subjects=items("""Beintraining mit Kurzhanteln, Yoga am Morgen, Laufplan für 5 km,
            Rückenübungen, Pilates an der Wand, Training mit Band"""),
        titles=lines("""
            {m} Minuten: {s}
            {s} [zu Hause|ohne Geräte|für den Einstieg]
        """),
        bodies=lines("""
            {n} Runden, dazwischen {m} Sekunden Pause.
            Du brauchst nur eine Matte und einen Stuhl.
            Beim Hochgehen ausatmen, langsam absenken.
            Ruhetage gehören zum Trainingsplan.
        """),
        boards=items("Workout zu Hause, Laufen, Yoga"),
        tags=items("training, laufen, yoga"),
        bait=items("Fatburner-Tee, Detox-Pflaster, Abnehmprogramm"),
    ),
    "tech": TopicWords(
        subjects=items("""aufgeräumter Schreibtisch, Smartphone-Fotografie,
            Tabellen-Tastenkürzel, Sensoren fürs Zuhause, mechanische Tastatur"""),
        titles=lines("""
            {s}: [die besten Tricks|kurz erklärt]
            {n} Tipps: {s}
        """),
        bodies=lines("""
            Ein USB-C-Kabel für Monitor, Tastatur und Strom.
            Der Akku hält {n} Tage und das Display blendet nicht.
            Skript und Einstellungen stehen im Beitrag.
        """),
        boards=items("Technik, Homeoffice"),
        tags=items("technik, homeoffice"),
        bait=items("Gratis-Handy, Spielkonsole, Kopfhörer"),
    ),
}

GERMAN_SHARED = SharedWords(
    vague_titles=lines("""
        so schön
        merken für später
        muss ich probieren
        Ideen
    """),
    clickbait=lines("""
        du glaubst nicht, wie einfach das ist:
        nicht weiterscrollen!
        das verrät dir sonst niemand:
    """),
    closers=lines("""
        Gleich merken!
        Erzähl mir, ob es geklappt hat.
        Mehr Bilder im Blog.
    """),
    honest_lures=lines("""
        Klick aufs Bild [für das Rezept|für die Anleitung|für alle Fotos].
        Das beste Angebot, das ich gefunden habe, keine Werbung.
        Kostenlos zum Herunterladen, ohne Anmeldung.
        Gerade 50% reduziert, ich habe noch den vollen Preis bezahlt.
        Zum Bloggeburtstag gibt es eine kleine Verlosung.
    """),
    low_bodies=lines("""
        schön
        Handyfoto, leider dunkel
        keine Ahnung woher
        mehr mehr mehr
        Text kommt noch
    """),
    spam_titles=lines("""
        GRATIS: {b} – nur heute
        {b} 80% billiger
        jetzt gewinnen: {b}
        du wurdest ausgewählt: {b}
        {m}0 Euro am Tag von zu Hause verdienen
        {s} + {b} geschenkt
    """),
    spam_bodies=lines("""
        Link anklicken, E-Mail eingeben und Gewinn sichern.
        Schnell sein, nur noch {n} Stück, Angebot endet heute Nacht!
        Keine Kreditkarte nötig, du zahlst nur den Versand.
        Garantierter Erfolg in {n} Tagen oder Geld zurück.
        Schreib mir privat für die Preisliste.
        Lade {n} Freunde ein und hol dir dein Geschenk.
    """),
    sneaky_bodies=lines("""
        Hier zum besten Preis.
        Weiterlesen auf der nächsten Seite.
        Jetzt kaufen.
        Unsere Leserinnen lieben es.
    """),
    boards=items("Gemerkt, Ideen, Sonstiges, Sachen die ich mag"),
)
