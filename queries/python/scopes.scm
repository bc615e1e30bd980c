; Scopes and the ways through them. The capture without a dot names the role that a node plays for
; the walker (crates/detect/src/walk.rs); `role.part` names its parts.

(function_definition
  name: (identifier) @function.name
  parameters: (parameters) @function.params
  body: (block) @function.body) @function
(lambda
  parameters: (lambda_parameters)? @function.params
  body: (_) @function.body) @function
(class_definition
  name: (identifier) @class.name
  superclasses: (argument_list)? @class.bases
  body: (block) @class.body) @class
(decorated_definition
  (decorator)+ @decorated.decorator
  definition: (_) @decorated.definition) @decorated

(default_parameter name: (_) @param.target value: (_) @param.default) @param
(typed_default_parameter
  name: (_) @param.target type: (type) @param.type value: (_) @param.default) @param
(typed_parameter . (_) @param.target type: (type) @param.type) @param
(list_splat_pattern (_) @rest.target) @rest
(dictionary_splat_pattern (_) @rest_map.target) @rest_map
(keyword_separator) @keyword_only

(block) @block
(if_statement condition: (_) @branch.test consequence: (_) @branch.arm) @branch
(if_statement alternative: (elif_clause) @branch.arm) @branch
(elif_clause condition: (_) @arm.condition) @arm
(if_statement alternative: (else_clause) @branch.otherwise) @branch
(try_statement body: (_) @attempt.body) @attempt
(try_statement (else_clause) @attempt.otherwise) @attempt
(try_statement (except_clause) @attempt.arm) @attempt
(try_statement (finally_clause) @attempt.after) @attempt
(match_statement subject: (_) @branch.condition body: (block (case_clause) @branch.arm)) @branch
(case_clause (case_pattern) @arm.value) @arm
(case_clause guard: (_) @arm.filter) @arm
(case_pattern (_) @inner.value) @inner
(case_pattern (dotted_name) @dotted)
(union_pattern) @list
(union_pattern (dotted_name) @dotted)
(assert_statement . (_) @assert.test) @assert
(for_statement left: (_) @loop.target right: (_) @loop.iterable body: (_) @loop.body) @loop
(while_statement condition: (_) @loop.condition body: (_) @loop.body) @loop
(return_statement (_)? @return.value) @return
(global_statement (identifier) @global.name) @global
(raise_statement) @exit
(continue_statement) @exit
(break_statement) @jump
