(call_expression function: (_) @call.callee arguments: (arguments) @call.arguments) @call
(new_expression constructor: (_) @call.callee) @call
(new_expression arguments: (_) @call.arguments) @call
(spread_element (_) @spread.value) @spread
