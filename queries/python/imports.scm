; import a.b, import a.b as c
(import_statement name: (dotted_name) @import_module)
(import_statement name: (aliased_import
  name: (dotted_name) @import_as.module alias: (identifier) @import_as.alias) @import_as)
; from ..a import b, c as d; from a import *
(import_from_statement module_name: (_) @import_from.module) @import_from
(import_from_statement name: (dotted_name) @import_from.name) @import_from
(import_from_statement name: (aliased_import
  name: (dotted_name) @alias.name alias: (identifier) @alias.alias) @import_from.name @alias) @import_from
(import_from_statement (wildcard_import) @import_from.all) @import_from
