"""English words for where people go and how they look, train and work."""

from __future__ import annotations

from vocabulary import TopicWords, theme, topic

ENGLISH_ACTIVITIES: dict[str, TopicWords] = {
    "travel": topic(
        theme(
            """three days in Lisbon, Kyoto in autumn, solo weekend in Ghent, Vienna by night train,
            Marrakech riads, Christmas markets in Alsace, Edinburgh with kids, Naples on foot""",
            """
            Take the early [ferry|tram|bus], the viewpoint is empty before eight.
            We stayed in a small guesthouse near the old town, {m} euros a night.
            Museum tickets sell out, the old quarter is free and nicer anyway.
            Skip the hop-on bus and buy a day pass for the tram.
            The map with all our stops is linked, save it offline before you fly.
            Carry-on only: {n} shirts, one jacket, one pair of walking shoes.
            """,
            """
            {s} [with map|packing list|on a small budget]
            {s}: [where to stay|a local guide]
            """,
        ),
        theme(
            """Dolomites hut to hut hike, Scottish highlands road trip, Iceland ring road, Norway
            fjords, Patagonia on a budget, Yosemite valley walks, Namibia self drive,
            Slovenia lakes""",
            """
            The trail is {n} km with little shade, so carry water.
            Day {n} is for the coast, bring a windbreaker and good shoes.
            Book the huts in [January|March], they fill up fast.
            Fill the tank whenever you can, the next station is {m} km away.
            We slept in the car twice and saw the sunrise from the pass.
            """,
        ),
        theme(
            """hidden beaches in Sardinia, Greek island hopping, Andalusia by bus, Bali waterfalls,
            Algarve in the off season, Croatia by ferry""",
            """
            Shoulder season means fewer crowds and cheaper flights.
            Rent a scooter, the best coves have no parking.
            The water is clearest before the wind picks up at noon.
            Ferry times change every week, check the board at the port.
            """,
        ),
        theme(
            """Oaxaca food markets, Hanoi street food, a food weekend in Bologna, tapas in Granada,
            Osaka ramen crawl""",
            """
            Try the grilled fish at the harbor and the custard pastry around the corner.
            Go hungry, share plates and follow the longest line of locals.
            {n} stalls in one evening, about {m} dollars for two.
            """,
            near="food",
        ),
        titles="""
            {s}: [the perfect itinerary|what to know|our route]
            {n} things nobody tells you about {s}
            {s} - [where to stay|what to see|best viewpoints]
            planning {s}?
            how we did {s} for under ${m}0
            photo diary: {s}
            {s} travel guide
        """,
        boards="""Bucket list, Europe 2026, Weekend getaways, Road trips, Places to see,
            Honeymoon ideas, Travel with kids, Mountains""",
        tags="travel, wanderlust, itinerary, roadtrip, hiking, citybreak",
        bait="""all-inclusive resort stay, set of flight vouchers, cruise for two, luggage set,
            week of free hotel nights, pack of theme park tickets""",
    ),
    "beauty": topic(
        theme(
            """glazed almond nails, autumn nail art, french manicure, chrome tips, short nude nails,
            press-on nails""",
            """
            Two thin coats and a glossy top coat keep it chip free for {n} days.
            The shade is a cool [mauve|peach|berry|taupe] that suits most skin tones.
            Push back the cuticles first and wipe with alcohol, then paint.
            A striping brush and a steady elbow on the table, that is the trick.
            """,
            """
            {n} {s} ideas to [screenshot|show your nail tech|try next]
            """,
        ),
        theme(
            """curly bangs, overnight heatless curls, copper hair color, braided updo, layered bob,
            rice water rinse, scalp massage, wolf cut""",
            """
            Works on [fine|curly|coily|thick] hair, sleep with a satin pillowcase.
            Ask for long layers and face framing pieces around the cheekbones.
            Rinse with cool water, scrunch, and let it air dry.
            Second day hair holds it better than freshly washed.
            It took {m} minutes and {n} pins.
            """,
            """
            {s} to show your stylist
            """,
        ),
        theme(
            """soft glam eyeshadow, five minute makeup, winged eyeliner, dewy foundation, lip stain,
            blush placement, brow lamination, bridal makeup""",
            """
            Blend upward with a damp sponge, less product than you think.
            Start at the outer corner and keep the line thin.
            Cream first, powder only where you shine.
            Lasted from the ceremony to the last dance without a touch up.
            """,
            """
            {s} that lasts all day
            """,
        ),
        theme(
            """skincare routine for dry skin, rosewater toner, evening face oil, gentle exfoliation,
            barrier repair""",
            """
            Apply on damp skin, wait {n} minutes, then seal with moisturizer.
            Patch test first if your skin is reactive, and always wear SPF.
            I use a gentle cleanser at night and only water in the morning.
            Fewer products, more sleep. My redness went down in {n} weeks.
            """,
        ),
        theme(
            """gym proof makeup, sweat friendly braids, post workout skincare""",
            """
            Holds through spin class and a shower.
            Wash your face right after training, the rest is optional.
            """,
            near="fitness",
        ),
        titles="""
            {s} [for beginners|explained|in {m} minutes]
            {s} inspo
            my {s}, [step by step|after a month|honest notes]
            how to get {s} at home
            {s}, [before and after|but make it easy]
            {s} tutorial
        """,
        boards="""Nail ideas, Hair inspo, Skincare, Makeup looks, Bridal beauty,
            Self care Sunday, Curly girl""",
        tags="nailart, skincare, makeuplook, hairinspo, glowup, selfcare",
        bait="""anti-aging serum, lash growth kit, teeth whitening set, makeup palette,
            miracle hair oil, beauty box""",
    ),
    "fitness": topic(
        theme(
            """kettlebell full body workout, low impact HIIT, resistance band glutes,
            pull-up practice,
            dumbbell leg day, postpartum strength, jump rope intervals, core finisher""",
            """
            Do {n} rounds, rest {m} seconds between sets.
            Keep your ribs down and your knees in line with your toes.
            Add a rep each week, and stop if something hurts.
            All you need is a mat and [a light band|one dumbbell|a chair].
            Slow on the way down, that is where the strength is built.
            """,
            """
            {m} minute {s}
            {s}: {n} moves
            {s} [at home|you can do in your living room]
            """,
        ),
        theme(
            """morning yoga flow, hip mobility routine, wall pilates, lower back stretches,
            pilates core workout, desk stretches, bedtime yoga""",
            """
            Breathe out on the way up and move slowly on the way down.
            Hold each pose for {n} breaths, knees soft.
            My back stopped complaining after {n} days of this.
            Put a folded blanket under your hips if they are tight.
            """,
            """
            {m} minute {s}
            {s} [for stiff people|before coffee|at home]
            """,
        ),
        theme(
            """couch to 5k, hill sprints, trail running drills, half marathon plan,
            easy run pacing""",
            """
            Easy pace means you can still talk.
            Week {n} adds a longer run on Sunday.
            Rest days count: walk, stretch, sleep and eat enough protein.
            Good shoes matter more than leggings, promise.
            """,
            """
            {s} [week by week|for slow runners]
            """,
        ),
        theme(
            """heart rate zone session with a smartwatch, logging strength sets in an app,
            treadmill intervals by the numbers""",
            """
            I log every session in a simple app and the chart keeps me going.
            Stay in zone two for {m} minutes, the watch buzzes if you drift.
            Numbers help, but listen to your knees first.
            """,
            near="tech",
        ),
        titles="""
            {s} [for beginners|explained|printable]
            {n} weeks of {s}
            {s} - [form tips|weekly plan|warm up first]
        """,
        boards="""Home workouts, Running, Yoga and stretching, Strong not skinny,
            Gym plan, 5k training""",
        tags="homeworkout, yoga, running, strength, mobility, fitfam",
        bait="""fat burning tea, 30 day slim program, muscle booster, folding treadmill,
            pack of detox patches, fitness tracker""",
    ),
    "tech": topic(
        theme(
            """minimal desk setup, cable management, dual monitor workspace,
            mechanical keyboard build, podcast microphone setup, home server on a tiny PC""",
            """
            One USB-C cable runs the monitor, keyboard and charger.
            I hid the wires under the desk with {n} clips and a tray.
            Specs, price and firmware notes are in the table.
            Parts list at the end, the [switches|stand|hub] took {n} weeks to arrive.
            """,
        ),
        theme(
            """spreadsheet shortcuts, Python for beginners, phone photography, note taking app,
            phone storage cleanup, password manager""",
            """
            Script and settings are in the post, works offline too.
            Set the app to dark mode and turn off notifications first.
            Tap to focus, drag the exposure down, then shoot.
            Saves me {m} minutes a week, no plugin needed.
            """,
        ),
        theme(
            """budget tablet for notes, e-ink calendar, running watch comparison, noise cancelling
            headphones, smart home sensors""",
            """
            The battery lasts {n} days and the screen is easy on the eyes.
            It pairs over Bluetooth and counts steps, sleep and heart rate.
            The sensors talk to a hub in the hallway and nothing leaves the flat.
            """,
            near="home",
        ),
        titles="""
            {s} [guide|tips|for students|on a budget]
            {n} {s} tips I wish I knew sooner
            my notes on {s}
            {s}: what works and what does not
            {s} explained in {m} seconds
        """,
        boards="Desk setups, Gadgets, Coding notes, Smart home, Work from home",
        tags="desksetup, gadgets, coding, productivity, smarthome",
        bait="""phone giveaway, tablet clearance, game console, laptop outlet,
            pair of wireless earbuds, streaming account""",
    ),
}
