"""A register table that a site exported (CSV) -> a template, and a report of what was not understood. Pure."""

from config.importing.rows import Complaint
from config.importing.sheet import TableError
from config.importing.template import Imported, ImportOptions, NothingError, Style, import_table

__all__ = ["Complaint", "ImportOptions", "Imported", "NothingError", "Style", "TableError", "import_table"]
