"""From answer bytes to values and back: one compiled decoder a point, one encoder for writes and emulators. Pure."""

from drivers.codec.decode import Decoded, Decoder, compile_decoder
from drivers.codec.encode import EncodeError, encode
from drivers.codec.number_block import Numbers
from drivers.codec.words import BIT_TABLES, mask, split_words

__all__ = [
    "BIT_TABLES",
    "Decoded",
    "Decoder",
    "EncodeError",
    "Numbers",
    "compile_decoder",
    "encode",
    "mask",
    "split_words",
]
