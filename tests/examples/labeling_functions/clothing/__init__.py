"""What a photo shows, from five examples of each class: pictures alone, no text, no other labels."""

from labeling import Signal, nearest, pin_ids, prototype, similar_to

clothing = Signal(
    "clothing",
    classes=[
        "dress",
        "hat",
        "longsleeve",
        "outwear",
        "pants",
        "shirt",
        "shoes",
        "shorts",
        "skirt",
        "t-shirt",
    ],
    guideline="Which piece of clothing is the photo about? The largest one, where there are several.",
)

EXAMPLES = {
    0: pin_ids(  # dress
        "09c09dd1-ccef-4ced-96dd-ba3b828a49b4",
        "716a287d-b701-4fe8-9a0b-ab67d7998b07",
        "7a6ec21f-f2cd-4ede-a068-3a24e1e7ddd4",
        "c6815f1d-54b5-4b94-a8a8-02cd9db5c08a",
        "efe05a65-d5c5-4c4a-84c2-9787737488e0",
    ),
    1: pin_ids(  # hat
        "471a5dba-b2d6-40ef-9856-37c83ac15ad2",
        "4976873a-5058-45f9-b994-3d79868533a8",
        "678edcd0-607e-433d-8433-46e11fb24df3",
        "e2391cdc-85e5-47f4-b320-47a207fc7fba",
        "fe326a13-1d99-49d2-adc2-32538381a486",
    ),
    2: pin_ids(  # longsleeve
        "09c08576-09d6-4878-a6f5-3087ccc57a9e",
        "18e81896-42c0-495c-a8f0-41e7fc486411",
        "cbca741e-3bae-4ecf-9b5a-aa4d91d5dea1",
        "e1c0dde2-e9ef-42d0-a8b0-fff052011195",
        "e5caf86d-ae4d-4cf0-8536-f98ef53e1a44",
    ),
    3: pin_ids(  # outwear
        "1c8e4388-c6db-42d7-9f9d-3311b1f9204d",
        "44b5af79-376f-4501-b1ef-e39ebca2a0b7",
        "739eee88-4aca-4cec-8585-4e644553229c",
        "c9aac921-f040-48eb-bba8-110c4cce5907",
        "ff231d91-0ff6-4485-98e7-a05c26f09fec",
    ),
    4: pin_ids(  # pants
        "08973288-3d8b-4c07-9f2d-ce1392da54be",
        "37a0cfa8-0f10-405a-8d48-838a3d687620",
        "4feeec9c-a8ae-4f00-a37c-217cb8e8d5ef",
        "89b99052-8133-4110-9b7e-9c152248d837",
        "e983efac-8284-4c32-b8c6-8bce9f7d3e5b",
    ),
    5: pin_ids(  # shirt
        "1834fc07-9e6a-4cb7-abc8-28f60dfdc5a3",
        "7c1be029-c26c-4628-9579-a043592532eb",
        "bc492f26-f7d2-4065-92fb-65b6df7b4ea5",
        "eeb46eea-df36-498d-8178-0039ef4f2a28",
        "f53dc5e8-9625-4fb4-85f0-3c773c884545",
    ),
    6: pin_ids(  # shoes
        "33a07241-01ee-4e64-97f6-e0cc65ae4f5c",
        "45a08ae9-3f8f-4303-a050-7bb171fbac19",
        "5435b7dd-b93b-43e1-8bdb-0bc8797df73f",
        "b2d00753-c0bd-48f9-95f2-18a91ea62206",
        "e2dfcb33-19ba-4c82-998b-66f125086e63",
    ),
    7: pin_ids(  # shorts
        "1c899f7b-08a9-488e-80b5-3636d7f633d4",
        "6625c6ff-882b-4aba-9584-05df30210494",
        "69f40819-af7e-43f5-a4ea-87ebdc384305",
        "9b9b54db-07bf-42de-8538-9de0a3b5b49d",
        "cc33023f-62c9-42bb-92b2-4630103c3f52",
    ),
    8: pin_ids(  # skirt
        "038e4976-e75f-452e-bccc-2ebb5d5c0e0a",
        "672b0d76-2277-4edf-8903-51cd6646b139",
        "78b7da73-ca6c-4e99-b88d-a9f358e7f0f2",
        "a0734f9e-9f67-4d45-a00b-26e65700d157",
        "def00273-79ed-414b-b7d3-d742001a2d15",
    ),
    9: pin_ids(  # t-shirt
        "33f29767-94bf-44b9-a463-49d3180a790b",
        "91b1ab10-19de-4262-9560-5c0ae1351612",
        "9f17c411-7406-4036-a44c-b6dbfe2b98b8",
        "c5dddc11-a607-4784-b8d2-c30ecdad5be3",
        "dc39e5f7-e47c-4627-aca6-cb0ced56c05f",
    ),
}

clothing.add(
    prototype("five_each", EXAMPLES, on="image"),
    nearest("three_nearest", EXAMPLES, k=3, agree=0.6, on="image"),
    *(
        similar_to(f"like_a_{name.replace('-', '_')}", vote, EXAMPLES[vote], on="image", above=0.68)
        for vote, name in enumerate(clothing.classes)
    ),
)
