(call function: (_) @call.callee arguments: (_) @call.arguments) @call
(keyword_argument name: (identifier) @keyword.name value: (_) @keyword.value) @keyword
(list_splat (_) @spread.value) @spread
(dictionary_splat (_) @spread_map.value) @spread_map
