"""Encoders: what a pin says or shows -> vectors, text and images behind one protocol."""

from labeling.encoders.encoder import (
    CLASSIC,
    EFFICIENTNET,
    PACKAGED,
    Encoder,
    default_image_encoder,
)
from labeling.encoders.vectors import EmbedShard, read_contents, read_vectors, reusable, vectors_key
from labeling.encoders.views import ShardViews

__all__ = [
    "CLASSIC",
    "EFFICIENTNET",
    "PACKAGED",
    "EmbedShard",
    "Encoder",
    "ShardViews",
    "default_image_encoder",
    "read_contents",
    "read_vectors",
    "reusable",
    "vectors_key",
]
