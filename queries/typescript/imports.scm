(import_statement source: (string) @import_es.module) @import_es
(import_statement (import_clause (identifier) @import_es.default)) @import_es
(import_statement (import_clause (namespace_import (identifier) @import_es.namespace))) @import_es
(import_statement (import_clause (named_imports (import_specifier) @import_es.name))) @import_es
(import_specifier name: (_) @alias.name) @alias
(import_specifier alias: (_) @alias.alias) @alias
(import_require_clause (identifier) @import_require.alias source: (string) @import_require.module) @import_require

; export { a as b }, export { a } from "./x", export * from "./x", export default …
(export_statement (export_clause (export_specifier) @export.name)) @export
(export_statement source: (string) @export.module) @export
(export_statement "*" @export.all) @export
(export_statement (namespace_export (_) @export.namespace)) @export
(export_statement "default" value: (_) @export.default) @export
(export_statement "default" declaration: (_) @export.default) @export
(export_statement declaration: (_) @export.declaration) @export
(export_specifier name: (_) @alias.name) @alias
(export_specifier alias: (_) @alias.alias) @alias
