"""English words, boards and link hosts that the pins are written from.

A phrase may hold slots: ``{s}`` is a subject, ``{b}`` is something a spammer offers, ``{n}`` and
``{m}`` are numbers, and ``[a|b]`` is a choice. All of it was written for this project.
"""

from __future__ import annotations

from dataclasses import dataclass

TOPICS = ("food", "home", "diy", "fashion", "travel", "beauty", "fitness", "tech")

# Shares are uneven on purpose, and tech is rare: a labeling job seldom has balanced classes.
TOPIC_SHARES = {
    "food": 0.20,
    "home": 0.17,
    "diy": 0.15,
    "fashion": 0.15,
    "travel": 0.12,
    "beauty": 0.10,
    "fitness": 0.07,
    "tech": 0.04,
}
LANGUAGE_SHARES = {"en": 0.70, "es": 0.12, "de": 0.10, "ja": 0.08}

# Topics whose pins people really do confuse: DIY home decor, travel food, fitness gadgets.
NEIGHBOURS = {
    "food": ("travel", "fitness"),
    "home": ("diy", "diy", "tech"),
    "diy": ("home", "home", "fashion"),
    "fashion": ("beauty", "diy"),
    "travel": ("food", "fashion"),
    "beauty": ("fashion", "fitness"),
    "fitness": ("tech", "food"),
    "tech": ("home", "fitness"),
}


@dataclass(frozen=True)
class TopicWords:
    """What one topic sounds like in one language."""

    subjects: tuple[str, ...]
    titles: tuple[str, ...]
    bodies: tuple[str, ...]
    boards: tuple[str, ...]
    tags: tuple[str, ...]
    bait: tuple[str, ...]


@dataclass(frozen=True)
class SharedWords:
    """What pins of any topic say in one language."""

    vague_titles: tuple[str, ...]
    clickbait: tuple[str, ...]
    closers: tuple[str, ...]
    honest_lures: tuple[str, ...]
    low_bodies: tuple[str, ...]
    spam_titles: tuple[str, ...]
    spam_bodies: tuple[str, ...]
    sneaky_bodies: tuple[str, ...]
    boards: tuple[str, ...]


def lines(text: str) -> tuple[str, ...]:
    """The non-empty lines of ``text``, stripped."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def items(text: str) -> tuple[str, ...]:
    """The comma-separated entries of ``text``, stripped."""
    return tuple(entry.strip() for entry in text.replace("\n", " ").split(",") if entry.strip())


ENGLISH: dict[str, TopicWords] = {
    "food": TopicWords(
        subjects=items("""lemon chickpea stew, brown butter banana bread, sheet pan gnocchi,
            crispy smashed potatoes, coconut lentil curry, overnight cinnamon rolls,
            miso glazed eggplant, no-knead olive bread, one pot tomato orzo, peach cobbler,
            slow cooker chicken tacos, garlic butter shrimp, roasted carrot soup,
            blueberry oat muffins, spicy peanut noodles, mushroom risotto, apple hand pies,
            black bean burgers, salted honey cookies, green goddess salad, pumpkin waffles,
            market style dumplings, protein pancakes, mango sticky rice,
            high protein snacks for runners"""),
        titles=lines("""
            {s} in {m} minutes
            [easy|simple|cozy|my go-to] {s}
            {s} (even the kids ask for seconds)
            how to make {s} [from scratch|without an oven|on a weeknight]
            the [best|creamiest|only] {s} you will ever need
            {s} | [vegetarian|gluten free|make ahead|budget] dinner
            {n} tricks for perfect {s}
            grandma's {s}
        """),
        bodies=lines("""
            Whisk, fold, bake at 180 C for {m} minutes and let it cool on the rack.
            Uses [pantry staples|one bowl|one pan|leftover rice], so cleanup is quick.
            I swap the cream for [yogurt|coconut milk|oat milk] and nobody notices.
            Serves {n}, freezes well and tastes even better the next day.
            Add a squeeze of [lemon|lime] and plenty of fresh [basil|dill|coriander] at the end.
            Full ingredient list and oven times on the blog.
            The dough rests overnight, so start [on Saturday evening|the day before].
            We had something like this at a tiny market stall and I had to recreate it at home.
            Great for meal prep: {n} lunches from one batch, about {m} g protein each.
            Season well, taste twice, and do not skip toasting the spices.
        """),
        boards=items("""Weeknight dinners, Baking Sundays, Soup season, Meal prep,
            Things to cook this month, Sweet tooth, Plant based, Brunch"""),
        tags=items("recipe, dinnerideas, homemade, baking, mealprep, foodie"),
        bait=items("""air fryer, cookbook bundle, keto meal plan, knife set,
            grocery gift card, non-stick pan set"""),
    ),
    "home": TopicWords(
        subjects=items("""small entryway, warm neutral living room, tiny balcony,
            open kitchen shelving, reading nook, cottage bedroom, laundry room,
            rental bathroom, attic office, sage green kitchen, boho bedroom, gallery wall,
            walk-in pantry, scandinavian dining room, kids room storage, moody hallway,
            built-in bench, bay window, sunroom with plants, thrifted dresser,
            rental with smart lighting, fireplace corner"""),
        titles=lines("""
            {s} ideas [for small spaces|on a budget|we love|for renters]
            before and after: {s}
            {n} ways to style your {s}
            our {s}, finally done
            {s} inspiration
            how we planned our {s} [for under $200|in one weekend]
            {s} - [color palette|layout|lighting] tips
        """),
        bodies=lines("""
            We used [a jute rug|wall sconces|oak shelves|a round mirror] to warm up the room.
            The paint is a soft [clay|sage|oat|charcoal] and it changes with the light.
            Baskets under the bench hide shoes, scarves and the dog leash.
            Measure the wall first, then tape the frames on the floor before you hang anything.
            A {n} square meter flat can feel big if the furniture sits on legs.
            Layer lamps at three heights instead of one ceiling light.
            We sanded and painted the old cabinets ourselves and kept the handles.
            Plants by the window, a linen throw and a stack of books, that is all.
            Curtains hung close to the ceiling make the room look taller.
            Sofa, shelf and rug sizes are listed in the post.
        """),
        boards=items("""Dream house, Living room mood, Small space living, Kitchen reno,
            Cozy corners, Bedroom refresh, New apartment, Rental friendly decor"""),
        tags=items("homedecor, interiordesign, smallspaces, livingroom, cozyhome, renovation"),
        bait=items("""sectional sofa, robot vacuum, luxury bedding set, home makeover voucher,
            memory foam mattress, designer lamp"""),
    ),
    "diy": TopicWords(
        subjects=items("""macrame wall hangings, rope planters, block printed napkins,
            pallet coffee tables, crochet market bags, concrete candle holders, patchwork quilts,
            pressed flower frames, knitted baby blankets, wooden plant stands, paper star garlands,
            clay trinket dishes, upcycled denim totes, hand painted pots, embroidery hoops,
            floating shelves, soy candles, felt animal ornaments, woven wall baskets,
            granny square cardigans, beeswax wraps, birdhouses from scrap wood"""),
        titles=lines("""
            DIY {s} [step by step|for beginners|in an afternoon]
            {s} - free pattern
            how to make {s} [with scraps|for under $15|without power tools]
            {s}: easy tutorial
            {s}: [template|pattern|cut list] included
            my first {s}!
            {n} {s} to make before the holidays
            weekend project: {s}
        """),
        bodies=lines("""
            You need [cotton cord|a hot glue gun|sandpaper|a {n} mm hook] and about {m} minutes.
            Cut {n} pieces, sand the edges and let the glue dry overnight.
            The pattern is a free PDF, no sign-up, just print at 100%.
            Worked up in leftover yarn from the stash, gauge is not important.
            Great gift for teachers and neighbors, and the kids can help with the paint.
            I made a mistake in row {n}, so check the chart twice.
            Measure, mark, drill, screw: the whole build takes one Saturday.
            It now hangs above the sofa and makes the living room look finished.
            Seal with two coats of matte varnish so it survives the balcony.
            Supplies came from the craft drawer, total cost was about {m} dollars.
        """),
        boards=items("""Craft night, Weekend projects, Crochet patterns, Handmade gifts,
            Woodworking, Sewing room, Kids crafts, Make it yourself"""),
        tags=items("diy, handmade, crochet, craftideas, upcycle, sewing"),
        bait=items("""craft kit, sewing machine, yarn mystery box, 16000 woodworking plans,
            laser cutter, resin starter set"""),
    ),
    "fashion": TopicWords(
        subjects=items("""wide leg linen trousers, oversized blazer, capsule wardrobe basics,
            layered autumn coats, denim on denim, pleated midi skirt, chunky knit sweater,
            white sneakers, wedding guest dress, vintage trench coat, ballet flats,
            silk scarves, monochrome beige, cargo pants, travel day joggers, slip dress,
            leather ankle boots, striped tee, waistcoats, gold hoop earrings,
            crochet summer top, petite friendly jeans"""),
        titles=lines("""
            how to wear {s} [this season|to work|when you are petite]
            {s} - [casual|parisian|minimal|street] style
            {n} outfits around {s}
            {s} outfit ideas
            what I wore: {s}
            {s} [for spring|for fall|over 40|on repeat]
            styling {s} without looking frumpy
        """),
        bodies=lines("""
            Tuck in the front, roll the sleeves and add a thin belt.
            I sized [up|down] and the hem hits right above the ankle.
            Pair it with [loafers|sneakers|slingbacks] and a crossbody bag.
            Most of this look is thrifted, the coat was {m} dollars.
            Neutral colors make it easy to mix {n} pieces into a week of outfits.
            The fabric is a heavy cotton that keeps its shape after washing.
            A red lip and small earrings are enough with this neckline.
            Packed this for the city trip and wore it three days in a row.
            Sizes XS to 3XL, model is 170 cm and wears a medium.
            Tailor the waist, it costs little and changes everything.
        """),
        boards=items("""Outfit ideas, Fall wardrobe, Capsule closet, Street style,
            Wedding guest looks, Work outfits, Thrift finds, Summer fits"""),
        tags=items("ootd, outfitideas, streetstyle, capsulewardrobe, thrifted, fallfashion"),
        bait=items("""designer handbag, luxury watch replica, sneaker clearance, winter coat,
            boutique gift card, sunglasses"""),
    ),
    "travel": TopicWords(
        subjects=items("""three days in Lisbon, Dolomites hut to hut hike, Kyoto in autumn,
            Scottish highlands road trip, hidden beaches in Sardinia, Oaxaca food markets,
            Iceland ring road, Slovenia with kids, Marrakech riads, Patagonia on a budget,
            night train to Vienna, Greek island hopping, Hanoi street food, Norway fjords,
            Andalusia by bus, Yosemite valley walks, solo weekend in Ghent, Bali waterfalls,
            Namibia self drive, Christmas markets in Alsace"""),
        titles=lines("""
            {s}: [the perfect itinerary|what to know|a local guide]
            {s} [with map|packing list|travel guide]
            {n} things nobody tells you about {s}
            {s} - [where to stay|what to eat|best viewpoints]
            planning {s}?
            how we did {s} for under ${m}0
            photo diary: {s}
        """),
        bodies=lines("""
            Take the early [ferry|tram|bus], the viewpoint is empty before eight.
            We stayed in a small guesthouse near the old town, {m} euros a night.
            Day {n} is for the coast, bring a windbreaker and good shoes.
            Book the train seats ahead, the window side on the left has the view.
            The map with all our stops is linked, save it offline before you fly.
            Carry-on only: {n} shirts, one jacket, one pair of walking shoes.
            Try the grilled fish at the harbor and the custard pastry around the corner.
            Shoulder season means fewer crowds and cheaper flights.
            The trail is {n} km with little shade, so carry water.
            Museum tickets sell out, the old quarter is free and nicer anyway.
        """),
        boards=items("""Bucket list, Europe 2026, Weekend getaways, Road trips, Places to see,
            Honeymoon ideas, Travel with kids, Mountains"""),
        tags=items("travel, wanderlust, itinerary, roadtrip, hiking, citybreak"),
        bait=items("""all-inclusive resort stay, flight vouchers, cruise for two, luggage set,
            free hotel nights, theme park tickets"""),
    ),
    "beauty": TopicWords(
        subjects=items("""glazed almond nails, soft glam eyeshadow, curly bangs,
            five minute makeup, overnight heatless curls, rosewater toner, winged eyeliner,
            copper hair color, skincare routine for dry skin, french manicure, braided updo,
            brow lamination, dewy foundation, rice water rinse, bridal makeup, lip stain,
            autumn nail art, scalp massage, layered bob, blush placement"""),
        titles=lines("""
            {s} [for beginners|that lasts all day|for sensitive skin]
            {s} inspo
            my {s} [routine|step by step|tips]
            how to get {s} at home
            {n} {s} ideas to [screenshot|show your stylist|try next]
            {s}, [before and after|explained|but make it easy]
        """),
        bodies=lines("""
            Apply on damp skin, wait {n} minutes, then seal with moisturizer.
            Two thin coats and a glossy top coat keep it chip free for {n} days.
            Works on [fine|curly|coily|thick] hair, sleep with a satin pillowcase.
            Blend upward with a damp sponge, less product than you think.
            Patch test first if your skin is reactive, and always wear SPF.
            Ask for long layers and face framing pieces around the cheekbones.
            I use a gentle cleanser at night and only water in the morning.
            The shade is a cool [mauve|peach|berry|taupe] that suits most skin tones.
            Looks lovely with a simple dress and pearl earrings.
            Rinse with cool water, scrunch, and let it air dry.
        """),
        boards=items("""Nail ideas, Hair inspo, Skincare, Makeup looks, Bridal beauty,
            Self care Sunday, Curly girl"""),
        tags=items("nailart, skincare, makeuplook, hairinspo, glowup, selfcare"),
        bait=items("""anti-aging serum, lash growth kit, teeth whitening set, makeup palette,
            miracle hair oil, beauty box"""),
    ),
    "fitness": TopicWords(
        subjects=items("""dumbbell leg day, morning yoga flow, treadmill intervals,
            kettlebell full body, pilates core workout, hip mobility routine, low impact HIIT,
            resistance band glutes, hill sprints for runners, wall pilates, pull-up practice,
            lower back stretches, jump rope intervals, postpartum strength, desk stretches,
            trail running drills, heart rate zone session with a smartwatch"""),
        titles=lines("""
            {m} minute {s}
            {s} [for beginners|no equipment|at home|printable]
            {s}: {n} moves
            {s} you can do in your living room
            {n} day {s} challenge
            {s} - [form tips|weekly plan|warm up first]
        """),
        bodies=lines("""
            Do {n} rounds, rest {m} seconds between sets.
            Keep your ribs down and your knees in line with your toes.
            Add a rep each week, and stop if something hurts.
            All you need is a mat and [a light band|one dumbbell|a chair].
            Easy pace means you can still talk, I check it on my watch.
            Rest days count: walk, stretch, sleep and eat enough protein.
            Breathe out on the way up and move slowly on the way down.
            Week {n} adds a longer run on Sunday.
            I log every session in a simple app and the chart keeps me going.
            Good shoes matter more than leggings, promise.
        """),
        boards=items("""Home workouts, Running, Yoga and stretching, Strong not skinny,
            Gym plan, 5k training"""),
        tags=items("homeworkout, yoga, running, strength, mobility, fitfam"),
        bait=items("""fat burning tea, 30 day slim program, muscle booster, treadmill,
            detox patches, fitness tracker"""),
    ),
    "tech": TopicWords(
        subjects=items("""minimal desk setup, mechanical keyboard build, home server on a tiny PC,
            cable management, phone photography, budget tablet for notes, e-ink calendar,
            spreadsheet shortcuts, smart home sensors, podcast microphone setup,
            running watch comparison, 3D printed organizers, Python for beginners,
            dual monitor workspace"""),
        titles=lines("""
            {s} [guide|tips|for students|on a budget]
            {n} {s} tips I wish I knew sooner
            my notes on {s}
            {s}: what works and what does not
            {s} explained in {m} seconds
        """),
        bodies=lines("""
            The battery lasts {n} days and the screen is easy on the eyes.
            One USB-C cable runs the monitor, keyboard and charger.
            Script and settings are in the post, works offline too.
            I hid the wires under the desk with {n} clips and a tray.
            Set the app to dark mode and turn off notifications first.
            Specs, price and firmware notes are in the table.
            It pairs over Bluetooth and counts steps, sleep and heart rate.
            The lamp and shelf were the cheapest part of this room.
        """),
        boards=items("Desk setups, Gadgets, Coding notes, Smart home, Work from home"),
        tags=items("desksetup, gadgets, coding, productivity, smarthome"),
        bait=items("""phone giveaway, tablet clearance, game console, laptop outlet,
            wireless earbuds, streaming account"""),
    ),
}

ENGLISH_SHARED = SharedWords(
    vague_titles=lines("""
        obsessed with this
        saving this for later
        love love love
        need to try
        this!!
        so good
        ideas
        favorite find of the week
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
    """),
    honest_lures=lines("""
        Click through for the [recipe|full post|step by step photos|whole guide].
        Best deal I found, and no, this is not an ad.
        Free printable in the post.
        The shop has it 50% off right now, I bought mine at full price.
        Limited batch, I only make {n} a month in my little studio.
        Link in bio, or click the picture.
        Use my code for 10% off, I earn a small commission.
        FREE download, no email needed!
        I am doing a little giveaway for my {n}th blog birthday.
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
    """),
    spam_titles=lines("""
        FREE {b} - claim yours [now|today|before midnight]
        {b} [90|80|70]% OFF today only
        win a {b} in {n} seconds
        get paid to test a {b}
        doctors hate this {b} trick
        {b}: last {n} left in your area
        I got a {b} for $1, here is how
        you have been selected: {b}
        {b} wholesale price, factory direct
        make ${m}0 a day from your sofa
        {s} + free {b}
    """),
    spam_bodies=lines("""
        Click the link and enter your email to unlock your [reward|voucher|gift].
        Hurry, only {n} left, offer ends tonight!
        100% free, no credit card, just pay shipping.
        Thousands of happy customers, guaranteed results in {n} days or your money back.
        Tap here before it is removed >>> limited stock.
        Copy the code, invite {n} friends and get your {b} delivered.
        Follow the instructions on the page to confirm your prize.
        Lowest price on the web, compare and save big on {b}.
        Work from home and earn extra cash every week, ask me how.
        Message me on the chat app for the price list, we ship worldwide.
    """),
    sneaky_bodies=lines("""
        See the {b} here.
        Get the best price today.
        Visit the site for more.
        Continue reading on the next page.
        Our readers love the {b}, check it out.
        Shop now.
    """),
    boards=items("""Saved for later, Ideas, Random, My board, Things I like, Inspiration,
        To do, Gift ideas"""),
)

EMOJI = {
    "food": "🍋🍞🍜🥗🍪",
    "home": "🏡🪴🛋🕯",
    "diy": "🧶✂🎨🪡",
    "fashion": "👗👟🧥👜",
    "travel": "✈🌍🏔🏖",
    "beauty": "💅💄✨💇",
    "fitness": "💪🏃🧘🔥",
    "tech": "💻📱🎧⌨",
}
ANY_EMOJI = "😍❤✨🙌👇"
SPAM_EMOJI = "🎁💰🔥🚨👇💯"

TOPIC_HOSTS = {
    "food": items("tinyrecipes.example, oven-notes.example, spoonandsalt.example"),
    "home": items("nestandnook.example, smallflatdiary.example, lampandlinen.example"),
    "diy": items("yarnshed.example, sawdust-sunday.example, papercrane-craft.example"),
    "fashion": items("hemline-journal.example, wardrobe-math.example, thriftrail.example"),
    "travel": items("slowtrain-notes.example, backroadatlas.example, ferryandfork.example"),
    "beauty": items("brushandbare.example, curlclub.example, ninenails.example"),
    "fitness": items("matandmiles.example, steadyreps.example"),
    "tech": items("deskbench.example, plainbits.example"),
}
SHARED_HOSTS = items("""pinblog.example, photo-shelf.example, my-handmade-shop.example,
    weekendpages.example, video-nook.example""")
SPAM_HOSTS = items("""shop-deals.example, prize-center.example, mega-outlet.example,
    win-today.example, super-saver-club.example, best-price-now.example""")
SHORTENERS = items("bit-link.example, go2.example")
LOCAL_HOSTS = {
    "es": items("casaymesa.example, cuadernodeideas.example"),
    "de": items("alltagsideen.example, schoenundgut.example"),
    "ja": items("kurashi-memo.example, mainichi-note.example"),
}
