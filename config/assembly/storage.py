"""What the journal keeps: the proof of what was done must not go before the events it is about."""

from config.plant import Storage
from config.reading.files import Files, Loaded
from config.schema.plant import PlantFile


def build_storage(loaded: Loaded[PlantFile], files: Files) -> Storage:
    """The storage as written."""
    fields = loaded.fields.storage
    if fields.keep > fields.keep_proof:
        files.report("storage.proof-first", loaded.file.value(("storage", "keep")))
    return Storage(fields.keep, fields.keep_proof, fields.size)
