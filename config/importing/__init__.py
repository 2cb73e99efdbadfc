"""A register table that a site exported (CSV) -> a template, and a report of what was not understood. Pure."""

from config.importing.rows import Complaint
from config.importing.sheet import TableError
from config.importing.template import Imported, NothingError, Style, Wanted, import_table

__all__ = ["Complaint", "Imported", "NothingError", "Style", "TableError", "Wanted", "import_table"]
