; What a file says that is imported: values alone.
(string) @string
(number) @int
(true) @true
(false) @false
(null) @null
(array) @list
(object) @map
(pair key: (_) @pair.key value: (_) @pair.value) @pair
