; Literals, collections and the expressions that are followed.
(string) @string
(concatenated_string) @strings
(identifier) @name
(integer) @int
(float) @int
(unary_operator operator: _ @unary.operator argument: (_) @unary.value) @unary
(not_operator argument: (_) @unary.value) @unary
(true) @true
(false) @false
(none) @null
(attribute object: (_) @attribute.object attribute: (identifier) @attribute.name) @attribute
(subscript value: (_) @index.object subscript: (_) @index.index) @index
(slice) @slice
(binary_operator left: (_) @binary.left operator: _ @binary.operator right: (_) @binary.right) @binary
(boolean_operator left: (_) @binary.left operator: _ @binary.operator right: (_) @binary.right) @binary
(comparison_operator
  . (_) @compare.left operators: _ @compare.operator . (_) @compare.right .) @compare
(conditional_expression
  . (_) @conditional.then . (_) @conditional.test . (_) @conditional.otherwise) @conditional
(parenthesized_expression (_) @inner.value) @inner
(await (_) @inner.value) @inner
(yield (_) @yield.value) @yield
(type (_) @inner.value) @inner
(list) @list
(tuple) @list
(set) @set
(expression_list) @list
(dictionary) @map
(pair key: (_) @pair.key value: (_) @pair.value) @pair
(list_comprehension
  body: (_) @comprehension.element (for_in_clause) @comprehension.clause) @comprehension
(list_comprehension (if_clause) @comprehension.filter) @comprehension
(set_comprehension
  body: (_) @set_comprehension.element
  (for_in_clause) @set_comprehension.clause) @set_comprehension
(set_comprehension (if_clause) @set_comprehension.filter) @set_comprehension
(dictionary_comprehension
  body: (_) @map_comprehension.element
  (for_in_clause) @map_comprehension.clause) @map_comprehension
(dictionary_comprehension (if_clause) @map_comprehension.filter) @map_comprehension
(generator_expression
  body: (_) @comprehension.element (for_in_clause) @comprehension.clause) @comprehension
(generator_expression (if_clause) @comprehension.filter) @comprehension
(for_in_clause left: (_) @clause.target right: (_) @clause.iterable) @clause
