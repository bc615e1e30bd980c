; What binds a name to a value.
(variable_declarator name: (_) @assign.target) @assign
(variable_declarator value: (_) @assign.value) @assign
(variable_declarator type: (type_annotation (_) @assign.type)) @assign
(assignment_expression left: (_) @assign.target right: (_) @assign.value) @assign
(augmented_assignment_expression
  left: (_) @augment.target operator: _ @augment.operator right: (_) @augment.value) @augment
; What counts: a name, or a field of the object around.
(update_expression
  argument: [(identifier) (member_expression object: (this))] @augment.target
  operator: _ @augment.operator) @augment
(update_expression
  operator: _ @augment.operator
  argument: [(identifier) (member_expression object: (this))] @augment.target) @augment
(array_pattern) @pattern_list
(object_pattern) @pattern_map
(pair_pattern key: (_) @pair.key value: (_) @pair.value) @pair
(object_assignment_pattern left: (_) @param.target right: (_) @param.default) @param
(assignment_pattern left: (_) @param.target right: (_) @param.default) @param
(shorthand_property_identifier_pattern) @name
