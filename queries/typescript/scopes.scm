; Scopes and the ways through them. The capture without a dot names the role that a node plays for
; the walker (crates/detect/src/walk.rs); `role.part` names its parts.

(function_declaration
  name: (identifier) @function.name
  parameters: (_) @function.params
  body: (_) @function.body) @function
(generator_function_declaration
  name: (identifier) @function.name
  parameters: (_) @function.params
  body: (_) @function.body) @function
(function_expression name: (identifier) @function.name) @function
(function_expression parameters: (_) @function.params body: (_) @function.body) @function
(generator_function parameters: (_) @function.params body: (_) @function.body) @function
(arrow_function parameters: (_) @function.params body: (_) @function.body) @function
(arrow_function parameter: (_) @function.param body: (_) @function.body) @function
(method_definition
  name: (_) @function.name parameters: (_) @function.params body: (_) @function.body) @function

(class_declaration name: (_) @class.name body: (_) @class.body) @class
(class_declaration (class_heritage (extends_clause value: (_) @class.base))) @class
(abstract_class_declaration name: (_) @class.name body: (_) @class.body) @class
(abstract_class_declaration (class_heritage (extends_clause value: (_) @class.base))) @class
(class_declaration (class_heritage (implements_clause (_) @class.implements))) @class
(abstract_class_declaration (class_heritage (implements_clause (_) @class.implements))) @class
(interface_declaration name: (_) @interface.name) @interface
(interface_declaration (extends_type_clause (_) @interface.base)) @interface
(interface_declaration body: (_) @interface.body) @interface
(object_type) @shape
(property_signature name: (property_identifier) @signature.name) @signature
(method_signature name: (property_identifier) @signature.name) @signature
(property_signature type: (type_annotation (_) @signature.type)) @signature
(type_alias_declaration name: (_) @type_alias.name value: (_) @type_alias.value) @type_alias
(class body: (_) @class.body) @class
(enum_declaration name: (_) @enum.name body: (_) @enum.body) @enum
(enum_body name: (property_identifier) @member)
(enum_assignment name: (_) @member.name value: (_) @member.value) @member
(public_field_definition name: (_) @field.name) @field
(public_field_definition type: (type_annotation (_) @field.type)) @field
(public_field_definition value: (_) @field.value) @field

(required_parameter pattern: (_) @param.target) @param
(required_parameter type: (type_annotation (_) @param.type)) @param
(required_parameter value: (_) @param.default) @param
(optional_parameter pattern: (_) @param.target) @param
(optional_parameter type: (type_annotation (_) @param.type)) @param
(optional_parameter value: (_) @param.default) @param
(rest_pattern (_) @rest.target) @rest

(statement_block) @block
(if_statement condition: (_) @branch.test consequence: (_) @branch.arm) @branch
(if_statement alternative: (_) @branch.otherwise) @branch
(try_statement body: (_) @attempt.body) @attempt
(try_statement handler: (_) @attempt.arm) @attempt
(try_statement finalizer: (_) @attempt.after) @attempt
(switch_statement value: (_) @branch.condition body: (_ (switch_case) @branch.arm)) @branch
(switch_statement body: (_ (switch_default) @branch.otherwise)) @branch
(switch_case value: (_) @arm.value) @arm
(for_in_statement left: (_) @loop.target right: (_) @loop.iterable body: (_) @loop.body) @loop
(for_statement body: (_) @loop.body) @loop
(while_statement condition: (_) @loop.condition body: (_) @loop.body) @loop
(do_statement body: (_) @loop.body) @loop
(return_statement (_)? @return.value) @return
(throw_statement) @exit
; A `break` at the end of a case ends that case alone.
(switch_case (break_statement) @skip)
(switch_default (break_statement) @skip)
(switch_case (statement_block (break_statement) @skip .))
(switch_default (statement_block (break_statement) @skip .))
(break_statement) @jump
(continue_statement) @exit
