; What binds a name to a value.
(assignment left: (_) @assign.target) @assign
(assignment right: (_) @assign.value) @assign
(assignment type: (type) @assign.type) @assign
(augmented_assignment
  left: (_) @augment.target operator: _ @augment.operator right: (_) @augment.value) @augment
(named_expression name: (_) @assign.target value: (_) @assign.value) @assign
(as_pattern (_) @assign.value alias: (as_pattern_target (_) @assign.target)) @assign
(pattern_list) @pattern_list
(tuple_pattern) @pattern_list
(list_pattern) @pattern_list
