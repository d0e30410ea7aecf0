"""What pins of any topic say, in four languages: vague titles, lures, slips and sales pitches.

``honest_lures`` are written by honest people and only sound like spam; ``sneaky_bodies`` are
written by spammers and hardly sound like it. Neither list is the other's opposite, on purpose.
"""

from __future__ import annotations

from vocabulary import Phrases, items, lines

ENGLISH_PHRASES = Phrases(
    vague_titles=lines("""
        obsessed with this
        saving this for later
        love love love
        need to try
        this!!
        so good
        ideas
        favorite find of the week
        cute
        untitled
        nice one
    """),
    clickbait=lines("""
        you won't believe how easy this is:
        everyone is talking about this
        stop scrolling!
        the secret nobody shares:
        this changed everything:
        I was doing it wrong for years -
    """),
    closers=lines("""
        Save this for later!
        Tell me if you try it.
        More on the blog.
        Photos are mine.
        Took me a few tries, worth it.
        Ask me anything in the comments.
        Updated with your questions.
        Second photo shows the detail.
    """),
    honest_lures=lines("""
        Click through for the [full post|step by step photos|whole guide|details].
        Best deal I found, and no, this is not an ad.
        Free printable in the post.
        The shop has it 50% off right now, I bought mine at full price.
        Limited batch, I only make {n} a month in my little studio.
        Link in bio, or click the picture.
        Use my code for 10% off, I earn a small commission.
        FREE download, no email needed!
        I am doing a little giveaway for my {n}th blog birthday.
        Only {n} spots left in my [Saturday|online] class, message me if you want one.
        Made to order, message me for the price list, I ship worldwide.
    """),
    low_bodies=lines("""
        nice
        pic from my phone sorry its dark
        idk where this is from
        see more see more see more
        repost
        image credit unknown
        cute stuff ideas aesthetic trendy viral
        good good good
        will add text later
        IMG_{m}{n}{m}
        source: somewhere
        found this on another site
        blurry but you get it
        screenshot
    """),
    spam_titles=lines("""
        FREE {b} - claim yours [now|today|before midnight]
        {b} [90|80|70]% OFF today only
        win this {b} in {n} seconds
        get paid to test: {b}
        doctors hate this trick ({b})
        {b}: last {n} left in your area
        they sent me this {b} for $1, here is how
        you have been selected: {b}
        {b} wholesale price, factory direct
        make ${m}0 a day from your sofa
        {s} + free {b}
        {s}? get the {b} free
        why is nobody talking about this {b} deal
    """),
    spam_bodies=lines("""
        Click the link and enter your email to unlock your [reward|voucher|gift].
        Hurry, only {n} left, offer ends tonight!
        100% free, no credit card, just pay shipping.
        Thousands of happy customers, guaranteed results in {n} days or your money back.
        Tap here before it is removed >>> limited stock.
        Copy the code, invite {n} friends and get your {b} delivered.
        Follow the instructions on the page to confirm your prize.
        Lowest price on the web, compare and save big on the {b}.
        Work from home and earn extra cash every week, ask me how.
        Message me on the chat app for the price list, we ship worldwide.
        The shop is closing and the last {b} has to go!
    """),
    sneaky_bodies=lines("""
        See the {b} here.
        Get the best price today.
        Visit the site for more.
        Continue reading on the next page.
        Our readers love the {b}, check it out.
        Shop now.
        You will also need this {b}.
        See today's price.
    """),
    boards=items("""Saved for later, Ideas, Random, My board, Things I like, Inspiration,
        To do, Gift ideas"""),
)

SPANISH_PHRASES = Phrases(
    vague_titles=lines("""
        me encanta
        para guardar
        tengo que probarlo
        ideas
        qué bonito
    """),
    clickbait=lines("""
        no te vas a creer lo fácil que es:
        ¡para de hacer scroll!
        el secreto que nadie cuenta:
    """),
    closers=lines("""
        ¡Guárdalo para luego!
        Cuéntame si lo pruebas.
        Más fotos en el blog.
        Me costó un par de intentos, pero merece la pena.
    """),
    honest_lures=lines("""
        Haz clic para ver [la entrada completa|todas las fotos|los detalles].
        La mejor oferta que encontré, y no es publicidad.
        Descarga gratis en el blog, sin registro.
        Está al 50% esta semana, yo lo pagué entero.
        Hago un pequeño sorteo por el cumpleaños del blog.
        Quedan {n} plazas en mi taller del sábado.
        Lo hago por encargo, escríbeme por privado.
    """),
    low_bodies=lines("""
        bonito
        foto del móvil, se ve oscura
        no sé de dónde es
        ver más ver más
        luego pongo el texto
        IMG_{m}{n}{m}
    """),
    spam_titles=lines("""
        GRATIS: {b}, solo hoy
        {b} con 80% de descuento
        gana: {b} en {n} segundos
        has sido seleccionada: {b}
        gana {m}0 euros al día desde casa
        {s} + {b} de regalo
        últimas {n} unidades: {b}
    """),
    spam_bodies=lines("""
        Pulsa el enlace y deja tu correo para recibir tu premio.
        ¡Corre, quedan {n} unidades y la oferta acaba esta noche!
        Sin tarjeta, solo pagas el envío.
        Resultados garantizados en {n} días o te devolvemos el dinero.
        Escríbeme por privado para la lista de precios.
        Invita a {n} amigas y llévate el regalo.
        Directo de fábrica, el precio más bajo de internet.
    """),
    sneaky_bodies=lines("""
        Mira el mejor precio aquí.
        Sigue leyendo en la página siguiente.
        Compra ahora.
        A nuestras lectoras les encanta.
        Consulta el precio de hoy.
    """),
    boards=items("Guardado, Ideas, Varios, Cosas que me gustan"),
)

GERMAN_PHRASES = Phrases(
    vague_titles=lines("""
        so schön
        merken für später
        muss ich probieren
        Ideen
        einfach toll
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
        Hat ein paar Anläufe gebraucht, hat sich aber gelohnt.
    """),
    honest_lures=lines("""
        Klick aufs Bild [für den ganzen Beitrag|für mehr Details|für alle Fotos].
        Das beste Angebot, das ich gefunden habe, keine Werbung.
        Kostenlos zum Herunterladen, ohne Anmeldung.
        Gerade 50% reduziert, ich habe noch den vollen Preis bezahlt.
        Zum Bloggeburtstag gibt es eine kleine Verlosung.
        Nur noch {n} Plätze in meinem Kurs am Samstag.
        Auf Bestellung, schreib mir einfach privat.
    """),
    low_bodies=lines("""
        schön
        Handyfoto, leider dunkel
        keine Ahnung woher
        mehr mehr mehr
        Text kommt noch
        IMG_{m}{n}{m}
    """),
    spam_titles=lines("""
        GRATIS: {b} – nur heute
        {b} 80% billiger
        jetzt gewinnen: {b}
        du wurdest ausgewählt: {b}
        {m}0 Euro am Tag von zu Hause verdienen
        {s} + {b} geschenkt
        Restposten: {b}
    """),
    spam_bodies=lines("""
        Link anklicken, E-Mail eingeben und Gewinn sichern.
        Schnell sein, nur noch {n} Stück, Angebot endet heute Nacht!
        Keine Kreditkarte nötig, du zahlst nur den Versand.
        Garantierter Erfolg in {n} Tagen oder Geld zurück.
        Schreib mir privat für die Preisliste.
        Lade {n} Freunde ein und hol dir dein Geschenk.
        Direkt ab Werk, billiger geht es im ganzen Netz nicht.
    """),
    sneaky_bodies=lines("""
        Hier zum besten Preis.
        Weiterlesen auf der nächsten Seite.
        Jetzt kaufen.
        Unsere Leserinnen lieben es.
        Hier den Tagespreis ansehen.
    """),
    boards=items("Gemerkt, Ideen, Sonstiges, Sachen die ich mag"),
)

JAPANESE_PHRASES = Phrases(
    vague_titles=lines("""
        かわいい
        あとで見る
        やってみたい
        メモ
        すてき
    """),
    clickbait=lines("""
        知らないと損！
        誰も教えてくれない
        えっ、これだけ?
    """),
    closers=lines("""
        保存してゆっくり見てください。
        よかったら感想を教えてください。
        写真はブログにもあります。
        何度か失敗しましたが、やっと形になりました。
    """),
    honest_lures=lines("""
        [詳しい手順|続き|写真]はリンク先からどうぞ。
        無料でダウンロードできます。登録はいりません。
        見つけた中で一番お得でした。広告ではありません。
        今なら半額みたいです。私は定価で買いました。
        土曜のワークショップ、残り{n}席です。
    """),
    low_bodies=lines("""
        いい感じ
        スマホ写真なので暗いです
        どこのか分からない
        あとで書きます
        IMG_{m}{n}{m}
    """),
    spam_titles=lines("""
        【無料】{b}プレゼント中
        {b}が本日限り80%オフ
        当選おめでとうございます：{b}
        在宅で日給{m}000円
        {s}＋{b}が無料
        在庫処分：{b}
    """),
    spam_bodies=lines("""
        リンクからメールアドレスを登録して、今すぐ受け取ってください。
        残り{n}個、今夜で終了です！
        カード不要、送料だけでお届けします。
        {n}日で効果がなければ全額返金します。
        詳しくは個別にメッセージをください。
        友達を{n}人招待するともう一つもらえます。
    """),
    sneaky_bodies=lines("""
        最安値はこちら。
        続きは次のページで。
        今すぐ購入。
        本日の価格を見る。
    """),
    boards=items("お気に入り, アイデア, いろいろ"),
)
