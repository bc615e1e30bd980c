; Literals, collections and the expressions that are followed.
(string) @string
(template_string) @string
(identifier) @name
(type_identifier) @name
(property_identifier) @property
(private_property_identifier) @property
(shorthand_property_identifier) @shorthand
(computed_property_name (_) @inner.value) @inner
(this) @this
(regex pattern: (_) @regex.value) @regex
(number) @int
(unary_expression operator: _ @unary.operator argument: (_) @unary.value) @unary
(true) @true
(false) @false
(null) @null
(undefined) @null
(unary_expression operator: "void") @null
(sequence_expression) @sequence
(member_expression object: (_) @attribute.object property: (_) @attribute.name) @attribute
(nested_type_identifier module: (_) @attribute.object name: (_) @attribute.name) @attribute
(subscript_expression object: (_) @index.object index: (_) @index.index) @index
(binary_expression left: (_) @binary.left operator: _ @binary.operator right: (_) @binary.right) @binary
(ternary_expression
  condition: (_) @conditional.test
  consequence: (_) @conditional.then alternative: (_) @conditional.otherwise) @conditional
(parenthesized_expression (_) @inner.value) @inner
; $interpolate`${bucket.arn}/*`, pulumi.interpolate`…`, String.raw`…`: tags that leave the string as it is
(call_expression
  function: [(identifier) @inner.callee (member_expression property: (_) @inner.callee)]
  arguments: (template_string) @inner.value
  (#any-of? @inner.callee "$interpolate" "interpolate" "raw" "dedent" "outdent")) @inner
(await_expression (_) @inner.value) @inner
(yield_expression (_) @yield.value) @yield
(as_expression . (_) @inner.value) @inner
(as_expression . (_) @inner.value . (_) @inner.type) @inner
; A type that is a name, whatever is said of it besides.
(generic_type name: (_) @inner.value) @inner
(union_type . (_) @inner.value) @inner
(satisfies_expression . (_) @inner.value) @inner
(non_null_expression (_) @inner.value) @inner
(array) @list
(object) @map
(pair key: (_) @pair.key value: (_) @pair.value) @pair
