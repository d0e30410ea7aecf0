"""English words for what people cook, arrange, make and wear."""

from __future__ import annotations

from vocabulary import TopicWords, theme, topic

ENGLISH_THINGS: dict[str, TopicWords] = {
    "food": topic(
        theme(
            """lemon chickpea stew, sheet pan gnocchi, coconut lentil curry, one pot tomato orzo,
            miso glazed eggplant, slow cooker chicken tacos, garlic butter shrimp, roasted carrot
            soup, spicy peanut noodles, mushroom risotto, black bean burgers, stuffed peppers""",
            """
            Everything goes into one [pot|pan|tray], so cleanup is quick.
            I swap the cream for [yogurt|coconut milk|oat milk] and nobody notices.
            Serves [two|four|six], freezes well and tastes even better the next day.
            Add a squeeze of [lemon|lime] and plenty of fresh [basil|dill|coriander] at the end.
            Toast the [spices|garlic|cumin] first, that is where the flavor comes from.
            On the table in {m} minutes, even on a [Monday|school night].
            My [husband|sister|roommate] asked for it twice this week.
            Leftovers go into lunch boxes with [rice|flatbread|couscous].
            """,
            """
            {s} | [vegetarian|gluten free|make ahead|budget] dinner
            {s} for [busy weeknights|two|a crowd]
            """,
        ),
        theme(
            """brown butter banana bread, overnight cinnamon rolls, no-knead olive bread, peach
            cobbler, blueberry oat muffins, apple hand pies, salted honey cookies, lemon loaf cake,
            pumpkin waffles, sourdough focaccia, rhubarb crumble""",
            """
            Bake at [170|180|200] C until golden, then let it cool on the rack.
            The dough rests overnight, so start [on Saturday evening|the day before].
            Brown the butter until it smells [nutty|like toffee] and let it cool a little.
            Fold, do not beat, or it turns out tough.
            I cut the sugar by a third and it is still sweet enough.
            Ripe fruit matters more than the flour you use.
            A spoon of [sour cream|buttermilk] keeps the crumb soft for {n} days.
            """,
            """
            bakery style {s}
            grandma's {s}
            """,
        ),
        theme(
            """high protein snacks for runners, protein pancakes, overnight oats,
            lentil power bowls, post workout smoothies, egg muffins to go""",
            """
            About [22|28|31] g protein per serving and no powder taste.
            I eat this after the long run, before I even take my shoes off.
            Prep {n} jars on Sunday and breakfast is done.
            Oats, [banana|berries|dates] and a spoon of nut butter, blended for a minute.
            """,
            near="fitness",
        ),
        theme(
            """market style dumplings, mango sticky rice at home, Lisbon custard tarts, street corn,
            Istanbul style lentil soup, fish tacos like in Baja, green papaya salad""",
            """
            We ate this at a tiny stall on our trip and I had to recreate it at home.
            The cook let me watch, the secret is a very hot [pan|wok|grill].
            You find the [paste|wrappers|noodles] in any Asian grocery.
            Not the original, but close your eyes and you are back at the harbor.
            """,
            near="travel",
        ),
        titles="""
            {s} in {m} minutes
            [easy|simple|cozy|my go-to] {s}
            {s} (even the kids ask for seconds)
            how to make {s} [from scratch|step by step|without fuss]
            the [best|crispiest|only] {s} you will ever need
            {n} tricks for perfect {s}
            {s} recipe
            {s}, [a little lighter|our version|finally right]
        """,
        boards="""Weeknight dinners, Baking Sundays, Soup season, Meal prep, Recipes to try,
            Things to cook this month, Sweet tooth, Plant based, Brunch""",
        tags="recipe, dinnerideas, homemade, baking, mealprep, foodie",
        bait="""air fryer, cookbook bundle, keto meal plan, knife set,
            grocery gift card, non-stick pan set""",
    ),
    "home": topic(
        theme(
            """small entryway, warm neutral living room, moody hallway, cottage bedroom,
            boho bedroom,
            attic office, gallery wall, reading nook, fireplace corner, kids room, guest room""",
            """
            We used [a jute rug|wall sconces|oak shelves|a round mirror] to warm up the room.
            The paint is a soft [clay|sage|oat|charcoal] and it changes with the light.
            Layer lamps at three heights instead of one ceiling light.
            Curtains hung close to the ceiling make the room look taller.
            Tape the frames on the floor first, then hang them.
            [A linen throw|A wool blanket] and a stack of books, that is all it needs.
            The [sofa|armchair|bed] is second hand, the rug was the splurge.
            A [28|35|42] square meter flat feels bigger if the furniture sits on legs.
            """,
            """
            {n} ways to style [your|a] {s}
            """,
        ),
        theme(
            """open kitchen shelving, sage green kitchen, walk-in pantry, laundry room,
            rental bathroom, under-sink storage, galley kitchen, linen closet, mudroom bench""",
            """
            Baskets under the bench hide shoes, scarves and the dog leash.
            Labels on the [jars|boxes] and nobody asks me where the rice is any more.
            New handles and a peel-off backsplash, the landlord said yes.
            Measure the cupboards before you buy a single box.
            We moved the [bins|washer|table] and gained half a meter of counter.
            Warm white tiles, brass taps and open shelves for the everyday plates.
            """,
            """
            organizing our {s}
            {s} before and after
            """,
        ),
        theme(
            """tiny balcony, sunroom with plants, bay window seat, patio corner, front porch""",
            """
            Three pots, one string of lights and a folding chair.
            The ferns love the shade and I only water on Sundays.
            Outdoor rug, lantern, two cushions: our favorite room from May to September.
            We have coffee out here before the neighbors wake up.
            """,
        ),
        theme(
            """thrifted dresser in the bedroom, painted kitchen cabinets, plywood bench,
            wallpapered alcove, limewashed wall""",
            """
            We sanded and painted it ourselves, but the room is what I wanted to show.
            The wall took one weekend and the whole living room feels calmer now.
            Styled with [vintage|ceramic] lamps and a linen curtain.
            """,
            near="diy",
        ),
        theme(
            """rental with smart lighting, calm home office corner, TV wall without cables""",
            """
            The lamps dim by themselves at nine and the room goes quiet.
            A shelf hides the router, and the desk faces the window.
            Warm light in the corners, no cables on the floor.
            """,
            near="tech",
        ),
        titles="""
            {s} ideas [for small spaces|on a budget|we love|for renters]
            before and after: {s}
            {s}, finally done
            {s} inspiration
            how we planned our {s} [for under $200|in one weekend]
            {s} - [color palette|layout|lighting] tips
            {s} reveal
        """,
        boards="""Dream house, Living room mood, Small space living, Kitchen reno, Organizing,
            Cozy corners, Small bedroom ideas, New apartment, Rental friendly decor""",
        tags="homedecor, interiordesign, smallspaces, livingroom, cozyhome, renovation",
        bait="""sectional sofa, robot vacuum, luxury bedding set, home makeover voucher,
            memory foam mattress, designer lamp""",
    ),
    "diy": topic(
        theme(
            """crochet market bag, knitted baby blanket, granny square cardigan, amigurumi bunny,
            chunky knit pillow, crochet bucket hat, ribbed beanie, macrame wall hanging""",
            """
            Worked up in leftover yarn from the stash, gauge is not important.
            I made a mistake in row {n}, so check the chart twice.
            You need a [4|5|8] mm hook and about [two|three] skeins.
            The pattern is a free PDF, no sign-up, just print at 100%.
            Only [double crochet|knots you know from school|knit and purl], so watch a movie.
            Block it overnight and the edges lie flat.
            """,
            """
            {s} - free pattern
            {s}: chart and [yarn list|video] included
            """,
        ),
        theme(
            """pallet coffee table, wooden plant stand, floating shelf, scrap wood birdhouse,
            kids step stool, raised garden bed, cane cabinet door, picture ledge""",
            """
            Measure, mark, drill, screw: the whole build takes one Saturday.
            Cut list and [screw sizes|drill bits] are in the post.
            Sand to 180 grit and seal with two coats of matte varnish.
            Total cost was about {m} dollars, the wood came from [a skip|old pallets|the shed].
            Pilot holes first, or the end grain splits. Ask me how I know.
            """,
            """
            {s}: [cut list|plans] included
            how to build a {s} [without power tools|for under $40]
            """,
        ),
        theme(
            """paper star garland, pressed flower frame, clay trinket dish, soy candle,
            hand painted pot, felt animal ornament, beeswax wrap, concrete candle holder,
            salt dough ornament, advent calendar from matchboxes""",
            """
            You need [a hot glue gun|air dry clay|scissors and card] and about {m} minutes.
            Great gift for teachers and neighbors, and the kids can help with the paint.
            Let it dry overnight before you seal it.
            Supplies came from the craft drawer, I bought only the [wax|glue|ribbon].
            The template is on the blog, two sizes, print and cut.
            """,
            """
            {s} with kids
            {s}: [template|supply list] included
            """,
        ),
        theme(
            """upcycled denim tote, patchwork quilt, block printed napkins, embroidery hoop,
            visible mending, linen apron, scrunchies from scraps, hand sewn slip dress""",
            """
            Sewn from [an old pair of jeans|a thrifted sheet|scraps], straight seams only.
            Press every seam, it makes all the difference.
            Pattern pieces for sizes XS to XL, add [1|1.5] cm seam allowance.
            Back stitch, satin stitch and a lot of tea.
            """,
            near="fashion",
        ),
        theme(
            """rope planter for the living room, woven wall basket, rattan lamp makeover,
            stenciled floor, flat-pack shelf hack, painted arch""",
            """
            It now hangs above the sofa and makes the room look finished.
            {n} meters of rope, wood glue and patience, that is the whole tutorial.
            Mark the arch with a pencil on a string, then two coats of paint.
            From boring to custom for {m} dollars.
            """,
            near="home",
        ),
        titles="""
            DIY {s} [step by step|for beginners|in an afternoon]
            how I made [this|my] {s}
            {s}: easy tutorial
            my first {s}!
            make your own {s}
            weekend project: {s}
            {s} [from scratch|you can make before the holidays]
        """,
        boards="""Craft night, Weekend projects, Crochet patterns, Handmade gifts,
            Woodworking, Sewing room, Kids crafts, Make it yourself""",
        tags="diy, handmade, crochet, craftideas, upcycle, sewing",
        bait="""craft kit, sewing machine, yarn mystery box, set of 16000 woodworking plans,
            laser cutter, resin starter set""",
    ),
    "fashion": topic(
        theme(
            """wide leg linen trousers, oversized blazer, pleated midi skirt, chunky knit sweater,
            denim on denim, slip dress, striped tee, cargo pants, waistcoat, petite friendly jeans,
            vintage trench coat, leather jacket""",
            """
            Tuck in the front, roll the sleeves and add a thin belt.
            I sized [up|down] and the hem hits right above the ankle.
            Pair it with [loafers|sneakers|slingbacks] and a crossbody bag.
            Most of this look is thrifted, the coat was {m} dollars.
            The fabric is a heavy [cotton|wool|linen] that keeps its shape after washing.
            Sizes XS to 3XL, model is 170 cm and wears a medium.
            Tailor the waist, it costs little and changes everything.
            I wear it to the office with flats and on Saturday with boots.
            """,
            """
            {s} - [casual|parisian|minimal|street] style
            how to wear {s} [this season|to work|when you are petite]
            how to style {s}
            {n} outfits with {s}
            styling {s} without looking frumpy
            """,
        ),
        theme(
            """white sneakers, ballet flats, leather ankle boots, silk scarf, gold hoop earrings,
            crossbody bag, platform loafers, straw tote""",
            """
            They go with [jeans|midi dresses|tailored shorts] and everything in between.
            Broke them in over a weekend, no blisters.
            Wear [gold|silver] on one side only if your neckline is busy.
            Third year in a row and still the most worn thing I own.
            """,
        ),
        theme(
            """capsule wardrobe basics, layered autumn coats, monochrome beige, wedding guest dress,
            travel day joggers, work outfits, weekend uniform, date night look""",
            """
            Neutral colors make it easy to mix {n} pieces into a week of outfits.
            Packed this for the city trip and wore it three days in a row.
            One dress, one blazer, two pairs of shoes.
            Stick to [two|three] colors and a texture you love.
            For a garden ceremony I would add a wrap and block heels.
            """,
        ),
        theme(
            """black dress with a red lip, wedding guest hair and dress, autumn tones""",
            """
            A red lip and small earrings are enough with this neckline.
            Hair up, collar open, that is the whole outfit.
            The dress does the talking, keep the makeup quiet.
            """,
            near="beauty",
        ),
        titles="""
            {s} outfit ideas
            what I wore: {s}
            {s} [for spring|for fall|over 40|on repeat]
            {s}: [what to buy, what to skip|three ways]
            my take on {s}
        """,
        boards="""Outfit ideas, Fall wardrobe, Capsule closet, Street style,
            Wedding guest looks, Work outfits, Thrift finds, Summer fits""",
        tags="ootd, outfitideas, streetstyle, capsulewardrobe, thrifted, fallfashion",
        bait="""designer handbag, luxury watch replica, sneaker clearance, winter coat,
            boutique gift card, pair of designer sunglasses""",
    ),
}
