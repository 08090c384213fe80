"""Reading of the folder `include/mappings`. A broken file is reported with its findings, and stops no sound one.

    catalog = read_catalog(folder)      does not raise for broken files
    catalog.mappings, .rules, .templates    the sound ones, ready for use; parents before the objects that refer to them
    catalog.broken                      a BrokenFile each: name, file, kind, findings, needs, message
    mapping.waits_for                   names of the broken mapping files whose tables a sound mapping refers to,
                                        directly or through others: it cannot run until they are corrected
    require_sound(catalog)              the same catalog, or a MappingFault that lists every finding of every file

A mapping with a broken value map or suite is broken itself, and so is a rule with a broken template or source;
`needs` names the cause. Files are parsed once per change: a folder with the same bytes gives the same catalog.
"""

from closedwon.mapping.reader.folder import read_catalog, require_sound

__all__ = ["read_catalog", "require_sound"]
