(call_expression function: (_) @call.callee arguments: (arguments) @call.arguments) @call
(new_expression constructor: (_) @call.callee) @call
(new_expression arguments: (_) @call.arguments) @call
(call_expression type_arguments: (type_arguments . (_) @call.type .)) @call
(spread_element (_) @spread.value) @spread
