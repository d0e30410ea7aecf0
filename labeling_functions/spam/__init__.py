"""Is this pin there to sell, trick or harvest, rather than to show something worth keeping?

Below are the functions that are declared; those that are coded are in `behaviour`.
"""

from labeling import Signal, keywords, link_domain, pattern

spam = Signal(
    "spam",
    classes=["ok", "spam"],
    balance=[0.8, 0.2],
    guideline="""
    Would a person who follows this pin feel cheated? Then it is spam: prizes nobody won, easy
    money, miracle results, pressure to buy at once, a link that has nothing to do with the
    picture, a form that wants an email address for a gift.

    Selling alone is not spam. A maker who shows her own work and says "only five left", a blogger
    who mentions a half-price lamp and where she found it, or a disclosed affiliate link in a real
    tutorial are ok. A tutorial copied as bait for "claim your free voucher" is spam, however good
    it looks. A dull, blurry or half-empty pin is low quality, not spam. In doubt, ask where the
    link leads: to what the picture promises (ok), or to an offer (spam).
    """,
)
OK, SPAM = spam.labels

# What spam promises and demands: a line or two in English, Spanish, German and Japanese.
spam.add(
    keywords(
        "prize_words",
        SPAM,
        [
            *("gift card", "voucher", "vouchers", "prize", "you won", "claim your", "giveaway"),
            *("you have been selected", "congratulations", "lucky winner", "win this"),
            *("has sido seleccionada", "tarjeta regalo", "vale", "tu premio", "sorteo"),
            *("du wurdest ausgewählt", "Gewinn", "Gutschein", "Verlosung", "dein Geschenk"),
            *("当選", "プレゼント中", "ギフト券", "今すぐ受け取って"),
        ],
    ),
    keywords(
        "free_money_words",
        SPAM,
        [
            *("extra cash", "get paid to", "passive income", "a day from", "side hustle"),
            *("dinero desde casa", "ingresos extra", "euros al día", "gana dinero"),
            *("Euro am Tag", "nebenbei verdienen", "Nebenverdienst", "von zu Hause verdienen"),
            *("日給", "副業", "在宅で", "収入"),
        ],
    ),
    keywords(
        "miracle_words",
        SPAM,
        [
            *("miracle", "guaranteed", "doctors hate", "money back", "secret", "instantly"),
            *("milagro", "milagrosa", "garantizados", "te devolvemos el dinero"),
            *("Wundermittel", "garantiert", "garantierter", "Geld zurück", "Ärzte hassen"),
            *("効果がなければ", "全額返金", "奇跡", "驚きの効果"),
        ],
    ),
    pattern(
        "hurry_words",  # noisy on purpose: honest makers count what is left, too
        SPAM,
        r"\b(?:only|last) \d+ left|\boffer ends|\blimited\b|\btoday only|\bhurry\b|>>>"
        r"|\bquedan \d+|\boferta acaba|\bsolo hoy|\bplazas limitadas"
        r"|\bnur noch \d+|\bangebot endet|\bnur heute|\bschnell sein"
        r"|残り\d+|今夜で終了|本日限り|お早めに",
    ),
    keywords(
        "data_for_a_gift_words",
        SPAM,
        [
            *("email", "sign up", "confirm your", "no credit card", "pay shipping", "invite"),
            *("tu correo", "sin tarjeta", "solo pagas el envío", "invita a"),
            *("E-Mail", "keine Kreditkarte", "nur den Versand", "Freunde ein"),
            *("メールアドレスを", "カード不要", "送料だけ", "友達を招待"),
        ],
    ),
    keywords(
        "buy_now_words",
        SPAM,
        [
            *("buy now", "shop now", "best price", "lowest price", "wholesale", "has to go"),
            *("compra ahora", "mejor precio", "precio de fábrica", "descuento", "oferta"),
            *("jetzt kaufen", "besten Preis", "Fabrikpreis", "billiger", "Restposten"),
            *("今すぐ購入", "最安値", "激安", "工場直送"),
        ],
    ),
    keywords(
        "private_chat_words",  # away from the platform, where nobody can report it
        SPAM,
        [
            *("whatsapp", "telegram", "chat app", "ask me how"),
            *("por privado", "lista de precios", "schreib mir privat"),
            *("個別にメッセージ", "LINEで", "価格表"),
        ],
    ),
    pattern("steep_discount", SPAM, r"\b[6-9]\d ?[%％]|[$€]1\b|[6-9]割引|半額|\bhalf price"),
    keywords("alarm_emoji_in_title", SPAM, ["🚨", "💰", "🎁", "💯", "🔥", "⏰"], field="title"),
)

# Where the link leads: spam has to lead somewhere, and moves on when a host is blocked.
spam.add(
    pattern(
        "bargain_host",
        SPAM,
        r"deals?\b|prize|\bwin\b|outlet|saver|price|promo|coupon|giveaway",
        field="domain",
    ),
    pattern(
        "offer_page_or_campaign",
        SPAM,
        r"/(?:offer|go|promo|claim|deal)/?(?:\?|$)|utm_campaign=(?:deal|promo|offer|sale)",
        field="link",
    ),
    pattern(
        "link_to_post_or_listing",
        OK,
        r"\.\w+/(?:blog|posts?|articles?|watch|listing)/",
        field="link",
    ),
    link_domain(
        "known_blog",
        OK,
        [
            *("backroadatlas.example", "casaymesa.example", "curlclub.example"),
            *("cuadernodeideas.example", "ferryandfork.example", "hemline-journal.example"),
            *("kurashi-memo.example", "lampandlinen.example", "nestandnook.example"),
            *("oven-notes.example", "sawdust-sunday.example", "slowtrain-notes.example"),
            *("spoonandsalt.example", "tinyrecipes.example", "wardrobe-math.example"),
        ],
    ),
)

# What a person writes who made or tried the thing.
spam.add(
    pattern(
        "tried_it_myself",
        OK,
        r"\b(?:I|we) (?:ate|bought|built|cut|had|made|moved|painted|sanded|slept|stayed|used|sized)\b"
        r"|\bmy (?:first|husband|mother|kids|back|hair|skin)\b|\bour favou?rite\b"
        r"|\b(?:elegí|probé|usé|dormimos|lijamos|pintamos|nosotr[oa]s mism[oa]s)\b"
        r"|\b(?:haben wir|habe ich|selbst (?:ab|ge)\w+)\b"
        r"|(?:足し|まくり|使い|泊まり|作り|見つけ)(?:ました|た一着)",
    ),
    keywords(
        "honest_disclosure",
        OK,
        [
            *("photos are mine", "I made a mistake", "took me a few tries", "commission"),
            *("not an ad", "not sponsored", "at full price", "more on the blog", "no sign-up"),
            *("más fotos en el blog", "no es publicidad", "yo lo pagué", "sin registro"),
            *("mehr Bilder im Blog", "keine Werbung", "vollen Preis", "ohne Anmeldung"),
            *("写真はブログ", "広告ではありません", "定価で買いました", "登録はいりません"),
        ],
    ),
    pattern(
        "practical_measure",
        OK,
        r"\b\d+ ?(?:minut\w+|min|km|cm|mm|meters?|g|seconds|segundos|sekunden|grad\w*|grit)\b"
        r"|\b\d+ (?:C|rounds|sets|series|runden|portion\w*|raciones|pieces|prendas|teile)\b"
        r"|\d+(?:分|度|キロ|着|人分)",
        field="description",
    ),
)
