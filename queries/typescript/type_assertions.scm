; `<T>x`: the grammar of .tsx has none, since there it is an element.
(type_assertion (_) (_) @inner.value) @inner
