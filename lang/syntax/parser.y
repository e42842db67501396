/* parser.y: the grammar of Go 1.26 and of gol's scripts, LALR(1), no conflicts, no feedback to the lexer.
 *
 * Expressions double as types wherever both can stand; pure type contexts use Type. What a name means is the checker's question.
 *
 * The expression grammar stands twice. E U P is the plain one; EH UH PH, for the headers of if, for and switch, lacks the
 * composite literals that start with a name, because there `T {` begins the block. Inside brackets and bodies it is E again by itself.
 *
 * Types in layers: UType (name, literal types, interface, chan, func) < PType (+ *T) < NType (+ parentheses) < Type (+ <-chan T).
 *
 * `a [n]T` against `T[P]`: TypeName spells its brackets out, so that the token behind the ']' decides. `type T[P ...` has rules
 * of its own; where it could be an array length the action splits the expression.
 *
 * %prec LOW and the precedence of '(' '[' '.' '{' "<-" NAME only say "shift": after any change read the resolved conflicts
 * (bison -Wall -r all; grep 'Conflict between'). Apart from the binary operators they must be: TypeName before '[' '.' '(', an empty Result before
 * '(' '[' "<-" '*', a literal or function type before '{', and FUNC (..) NAME before '(' in a script (a method, as in a file).
 *
 * Actions build nodes (build.c) and decide what a list or an expression turned out to be. Syntax errors are worded in report.c from the parser's
 * stack; recovery lives in the driver (parse.c), which pushes SYNC where parsing can go on. */
%define api.pure full
%define api.push-pull push
%define api.value.type {SemVal}
%define api.location.type {Pos}
%define api.prefix {syntax_}
%define parse.error custom
%define parse.trace false
%locations
%expect 0
%param { Parser *p }

%code requires {
#include "syntax/syntax_impl.h"
}
%code {
#include "syntax/build.h"
#include "syntax/report.h"
#include <string.h>

#define YYLLOC_DEFAULT(Cur, Rhs, N) ((Cur) = (N) ? YYRHSLOC(Rhs, 1) : YYRHSLOC(Rhs, 0))
#define YYINITDEPTH 1000
#define YYMAXDEPTH 250000

static void syntax_error(const Pos *pos, Parser *p, const char *msg);
}

/* grouped by role; the value carries which */
%token END 0 "EOF"
%token <name> NAME "name"
%token <lit> LITERAL "literal" STRING "string"
%token <op> OROR "||" ANDAND "&&" CMP "==" MULOP "/" ASSIGNOP "op=" INCDEC "++"
%token <semi> ';' "semicolon or newline"
%token ARROW "<-" DEFINE ":=" DOTS "..."
%token '+' "+" '-' "-" '|' "|" '^' "^" '*' "*" '&' "&" '!' "!" '~' "~" '=' "=" ',' "comma" ':' ":" '.' "."
%token '(' "(" ')' ")" '[' "[" ']' "]" '{' "{" '}' "}"
%token BREAK "break" CASE "case" CHAN "chan" CONST "const" CONTINUE "continue" DEFAULT "default" DEFER "defer"
%token ELSE "else" FALLTHROUGH "fallthrough" FOR "for" FUNC "func" GO "go" GOTO "goto" IF "if" IMPORT "import"
%token INTERFACE "interface" MAP "map" PACKAGE "package" RANGE "range" RETURN "return" SELECT "select"
%token STRUCT "struct" SWITCH "switch" TYPE "type" VAR "var"
%token START_FILE START_SCRIPT START_BODY SYNC
%token <body> SKIPPED "function body"

%precedence LOW
%left OROR
%left ANDAND
%left CMP
%left '+' '-' '|' '^'
%left '*' '&' MULOP
%precedence ARROW '(' '[' '{' '.'

%type <e> E EH U UH P PH Operand LitType OtherT FuncType UType PType NType Type TypeName LitVal Bare Elem OE
%type <e> Term Constraint UTerm UCon
%type <l> EList EListH Elems StmtSeq Names ImportSeq ConstSeq VarSeq TypeSeq FieldSeq ElemSeq CaseSeq CommSeq
%type <l> ParamList TParamList
%type <fv> Params Result TParams OTParams TParamsD
%type <par> Param TParam
%type <lit> OTag
%type <h> FieldDecl IElem
%type <flag> OComma
%type <s> Stmt Simple SimpleH OSimpleH Block IfStmt ForStmt SwitchStmt SelectStmt CaseHead CommHead
%type <ifs> IfChain
%type <hdr> IfHdr RangeHdr
%type <d> GenDecl ImportDecl FuncDecl ImportSpec ConstSpec VarSpec TypeSpec
%type <args> Args
%type <body> Body

%destructor { p->items.n = $$.start; } EList EListH Elems StmtSeq Names ImportSeq ConstSeq VarSeq TypeSeq CaseSeq CommSeq
%destructor { p->fields.n = $$.start; } FieldSeq ElemSeq
%destructor { p->params.n = $$.start; } ParamList TParamList
%destructor { p->items.n = $$.l.start; } Args

%%

Input
    : START_FILE Package TopSeq
    | START_SCRIPT ScriptSeq
    | START_BODY Block                       { body_done(p, $2); }
    ;

/* ---- files ---- */

Package
    : PACKAGE NAME ';'                       { package_clause(p, @1, @2, $2); }
    ;

TopSeq
    : %empty
    | TopSeq TopDecl ';'
    | TopSeq error SYNC                      { yyerrok; }
    ;

TopDecl
    : ImportDecl                             { top_decl(p, $1.d, false); }
    | GenDecl                                { top_decl(p, $1.d, false); }
    | FuncDecl                               { top_decl(p, $1.d, false); }
    ;

ScriptSeq
    : %empty
    | ScriptSeq ';'
    | ScriptSeq ScriptItem ';'
    | ScriptSeq error SYNC                   { yyerrok; }
    ;

ScriptItem
    : Stmt                                   { top_stmt(p, $1.s); }
    | FuncDecl                               { top_decl(p, $1.d, true); }
    | ImportDecl                             { top_decl(p, $1.d, true); }
    ;

/* ---- declarations ---- */

ImportDecl
    : IMPORT ImportSpec                      { $$ = gen_one(p, @1, GEN_IMPORT, $2); }
    | IMPORT '(' ImportSeq ')'               { $$ = gen_group(p, @1, GEN_IMPORT, @2, $3, @4); }
    | IMPORT '(' ImportSeq ImportSpec ')'    { $$ = gen_group(p, @1, GEN_IMPORT, @2, l_decl(p, $3, $4), @5); }
    ;

ImportSeq
    : %empty                                 { $$ = l_new(p); }
    | ImportSeq ImportSpec ';'               { $$ = l_decl(p, $1, $2); }
    | ImportSeq error SYNC                   { $$ = $1; yyerrok; }
    ;

ImportSpec
    : STRING                                 { $$ = import_spec(p, @1, NULL, @1, $1); }
    | NAME STRING                            { $$ = import_spec(p, @1, $1, @2, $2); }
    | '.' STRING                             { $$ = import_spec(p, @1, dot_name(p), @2, $2); }
    | LITERAL                                { $$ = import_bad(p, @1); }
    | NAME LITERAL                           { $$ = import_bad(p, @2); }
    ;

GenDecl
    : CONST ConstSpec                        { $$ = gen_one(p, @1, GEN_CONST, $2); }
    | CONST '(' ConstSeq ')'                 { $$ = gen_group(p, @1, GEN_CONST, @2, $3, @4); }
    | CONST '(' ConstSeq ConstSpec ')'       { $$ = gen_group(p, @1, GEN_CONST, @2, l_decl(p, $3, $4), @5); }
    | VAR VarSpec                            { $$ = gen_one(p, @1, GEN_VAR, $2); }
    | VAR '(' VarSeq ')'                     { $$ = gen_group(p, @1, GEN_VAR, @2, $3, @4); }
    | VAR '(' VarSeq VarSpec ')'             { $$ = gen_group(p, @1, GEN_VAR, @2, l_decl(p, $3, $4), @5); }
    | TYPE TypeSpec                          { $$ = gen_one(p, @1, GEN_TYPE, $2); }
    | TYPE '(' TypeSeq ')'                   { $$ = gen_group(p, @1, GEN_TYPE, @2, $3, @4); }
    | TYPE '(' TypeSeq TypeSpec ')'          { $$ = gen_group(p, @1, GEN_TYPE, @2, l_decl(p, $3, $4), @5); }
    ;

ConstSeq
    : %empty                                 { $$ = l_new(p); }
    | ConstSeq ConstSpec ';'                 { $$ = l_decl(p, $1, $2); }
    | ConstSeq error SYNC                    { $$ = $1; yyerrok; }
    ;

VarSeq
    : %empty                                 { $$ = l_new(p); }
    | VarSeq VarSpec ';'                     { $$ = l_decl(p, $1, $2); }
    | VarSeq error SYNC                      { $$ = $1; yyerrok; }
    ;

TypeSeq
    : %empty                                 { $$ = l_new(p); }
    | TypeSeq TypeSpec ';'                   { $$ = l_decl(p, $1, $2); }
    | TypeSeq error SYNC                     { $$ = $1; yyerrok; }
    ;

ConstSpec
    : Names                                  { $$ = value_spec(p, true, @1, $1, NULL, NULL); }
    | Names Type                             { $$ = value_spec(p, true, @1, $1, &$2, NULL); }
    | Names Type '=' EList                   { $$ = value_spec(p, true, @1, $1, &$2, &$4); }
    | Names '=' EList                        { $$ = value_spec(p, true, @1, $1, NULL, &$3); }
    ;

VarSpec
    : Names Type                             { $$ = value_spec(p, false, @1, $1, &$2, NULL); }
    | Names Type '=' EList                   { $$ = value_spec(p, false, @1, $1, &$2, &$4); }
    | Names '=' EList                        { $$ = value_spec(p, false, @1, $1, NULL, &$3); }
    ;

Names
    : NAME                                   { $$ = l_add(p, l_new(p), mk_ident(p, @1, $1), 1); }
    | Names ',' NAME                         { $$ = l_add(p, $1, mk_ident(p, @3, $3), 1); }
    ;

TypeSpec
    : NAME Type                              { $$ = type_spec(p, @1, $1, 0, NULL, 0, $2); }
    | NAME '=' Type                          { $$ = type_spec(p, @1, $1, 0, NULL, @2, $3); }
    | NAME TParamsD Type                     { $$ = type_spec(p, @1, $1, @2, &$2, 0, $3); }
    | NAME TParamsD '=' Type                 { $$ = type_spec(p, @1, $1, @2, &$2, @3, $4); }
    | NAME '[' E ']' '=' Type                { FieldsVal f = tparams_split(p, $3, NULL, @4);
                                               $$ = type_spec(p, @1, $1, @2, &f, @5, $6); }
    ;

/* type parameters where an array length could stand as well: what starts like an expression is one until the comma */
TParamsD
    : '[' E ',' ']'                          { $$ = tparams_split(p, $2, NULL, @4); }
    | '[' E ',' TParamList OComma ']'        { $$ = tparams_split(p, $2, &$4, @6); }
    | '[' NAME UCon OComma ']'               { $$ = tparams_first(p, @2, $2, $3, NULL, @5); }
    | '[' NAME UCon ',' TParamList OComma ']'
                                             { $$ = tparams_first(p, @2, $2, $3, &$5, @7); }
    ;

UCon
    : UTerm
    | UCon '|' Term                          { $$ = mk_binary(p, OPER_OR, @2, $1, $3); }
    ;

UTerm
    : UType
    | '~' Type                               { $$ = mk_unary(p, OPER_TILDE, @1, $2); }
    | ARROW CHAN Type                        { $$ = mk_chan(p, @1, CHAN_RECV, $3); }
    ;

OTParams
    : %empty                                 { $$ = no_fields(); }
    | TParams
    ;

TParams
    : '[' TParamList OComma ']'              { $$ = tparams(p, $2, @4); }
    | '[' ']'                                { $$ = tparams_empty(p, @2); }
    ;

TParamList
    : TParam                                 { $$ = param_add(p, param_list(p), $1); }
    | TParamList ',' TParam                  { $$ = param_add(p, $1, $3); }
    ;

TParam
    : Constraint                             { $$ = mk_param(p, 0, NULL, $1); }
    | NAME Constraint                        { $$ = mk_param(p, @1, $1, $2); }
    ;

Constraint
    : Term
    | Constraint '|' Term                    { $$ = mk_binary(p, OPER_OR, @2, $1, $3); }
    ;

Term
    : Type
    | '~' Type                               { $$ = mk_unary(p, OPER_TILDE, @1, $2); }
    ;

FuncDecl
    : FUNC NAME OTParams '(' Params ')' Result Body
        { $$ = func_decl(p, @1, 0, NULL, @2, $2, @3, $3, mk_functype(p, @4, @4, $5, @6, @7, $7), $8); }
    | FUNC '(' Params ')' NAME '(' Params ')' Result Body
        { $3.close = @4;
          $$ = func_decl(p, @1, @2, &$3, @5, $5, 0, no_fields(), mk_functype(p, @6, @6, $7, @8, @9, $9), $10); }
    ;

Body
    : %empty %prec LOW                       { $$ = no_body(); }
    | Block                                  { $$ = body_of_block($1); }
    | SKIPPED
    ;

/* ---- types ---- */

Type
    : NType
    | ARROW CHAN Type                        { $$ = mk_chan(p, @1, CHAN_RECV, $3); }
    ;

NType
    : PType
    | '(' Type ')'                           { $$ = mk_paren(p, @1, $2, @3); }
    ;

PType
    : UType
    | '*' Type                               { $$ = mk_star(p, @1, $2); }
    ;

UType
    : TypeName
    | LitType
    | OtherT
    | FuncType
    ;

TypeName
    : NAME %prec LOW                         { $$ = mk_name(p, @1, $1); }
    | NAME '[' E ']'                         { $$ = mk_index(p, mk_name(p, @1, $1), @2, l_expr(p, l_new(p), $3), false, @4); }
    | NAME '[' E ',' ']'                     { $$ = mk_index(p, mk_name(p, @1, $1), @2, l_expr(p, l_new(p), $3), true, @5); }
    | NAME '[' E ',' EList OComma ']'        { $$ = mk_index(p, mk_name(p, @1, $1), @2, l_insert(p, $5, $3), $6, @7); }
    | NAME '.' NAME %prec LOW                { $$ = mk_selector(p, mk_name(p, @1, $1), @2, @3, $3); }
    | NAME '.' NAME '[' EList OComma ']'     { $$ = mk_index(p, mk_selector(p, mk_name(p, @1, $1), @2, @3, $3), @4, $5, $6, @7); }
    ;

LitType
    : '[' ']' Type                           { $$ = mk_slicetype(p, @1, $3); }
    | '[' E ']' Type                         { $$ = mk_array(p, @1, $2, $4); }
    | '[' DOTS ']' Type                      { $$ = mk_array(p, @1, no_expr(), $4); }
    | MAP '[' Type ']' Type                  { $$ = mk_map(p, @1, $3, $5); }
    | STRUCT '{' FieldSeq '}'                { $$ = mk_struct(p, @1, @2, $3, @4); }
    | STRUCT '{' FieldSeq FieldDecl '}'      { $$ = mk_struct(p, @1, @2, l_max($3, $4), @5); }
    ;

OtherT
    : CHAN NType                             { $$ = mk_chan(p, @1, CHAN_BOTH, $2); }
    | CHAN ARROW Type                        { $$ = mk_chan(p, @1, CHAN_SEND, $3); }
    | INTERFACE '{' ElemSeq '}'              { $$ = mk_interface(p, @1, @2, $3, @4); }
    | INTERFACE '{' ElemSeq IElem '}'        { $$ = mk_interface(p, @1, @2, l_max($3, $4), @5); }
    ;

FuncType
    : FUNC '(' Params ')' Result             { $$ = mk_functype(p, @1, @2, $3, @4, @5, $5); }
    ;

Result
    : %empty %prec LOW                       { $$ = no_fields(); }
    | PType                                  { $$ = one_result(p, $1); }
    | ARROW CHAN Type                        { $$ = one_result(p, mk_chan(p, @1, CHAN_RECV, $3)); }
    | '(' Params ')'                         { $$ = $2; $$.close = @3; }
    ;

Params
    : %empty                                 { $$ = no_fields(); }
    | ParamList OComma                       { $$ = params(p, $1); }
    ;

ParamList
    : Param                                  { $$ = param_add(p, param_list(p), $1); }
    | ParamList ',' Param                    { $$ = param_add(p, $1, $3); }
    ;

Param
    : Type                                   { $$ = mk_param(p, 0, NULL, $1); }
    | NAME Type                              { $$ = mk_param(p, @1, $1, $2); }
    | DOTS Type                              { $$ = mk_param(p, 0, NULL, mk_dots(p, @1, $2)); }
    | NAME DOTS Type                         { $$ = mk_param(p, @1, $1, mk_dots(p, @2, $3)); }
    ;

/* fields and elements go to Parser.fields as they are read */
FieldSeq
    : %empty                                 { $$ = field_list(p); }
    | FieldSeq FieldDecl ';'                 { $$ = l_max($1, $2); }
    | FieldSeq error SYNC                    { $$ = $1; yyerrok; }
    ;

FieldDecl
    : NAME Type OTag                         { $$ = fields_named(p, l_add(p, l_new(p), mk_ident(p, @1, $1), 1), $2, @3, $3); }
    | NAME ',' Names Type OTag               { $$ = fields_named(p, l_insert_ident(p, $3, mk_ident(p, @1, $1)), $4, @5, $5); }
    | TypeName OTag                          { $$ = field_embedded(p, $1, @2, $2); }
    | '*' TypeName OTag                      { $$ = field_embedded(p, mk_star(p, @1, $2), @3, $3); }
    | '(' Type ')' OTag                      { $$ = field_paren(p, @1); }
    | '*' '(' Type ')' OTag                  { $$ = field_paren(p, @2); }
    ;

OTag
    : %empty                                 { $$ = (Literal){0}; }
    | STRING
    ;

ElemSeq
    : %empty                                 { $$ = field_list(p); }
    | ElemSeq IElem ';'                      { $$ = l_max($1, $2); }
    | ElemSeq error SYNC                     { $$ = $1; yyerrok; }
    ;

IElem
    : NAME '(' Params ')' Result             { $$ = elem_method(p, @1, $1, mk_functype(p, @2, @2, $3, @4, @5, $5)); }
    | Constraint                             { $$ = elem_embedded(p, $1); }
    ;

/* ---- expressions ---- */

Operand
    : LITERAL                                { $$ = mk_basic(p, @1, $1); }
    | STRING                                 { $$ = mk_basic(p, @1, $1); }
    | '(' E ')'                              { $$ = mk_paren(p, @1, $2, @3); }
    | OtherT
    | FuncType Block                         { $$ = mk_funclit(p, $1, $2); }
    ;

P
    : Operand
    | NAME %prec LOW                         { $$ = mk_name(p, @1, $1); }
    | NAME LitVal                            { $$ = mk_composite(p, mk_name(p, @1, $1), $2); }
    | LitType %prec LOW
    | LitType LitVal                         { $$ = mk_composite(p, $1, $2); }
    | FuncType %prec LOW
    | P '.' NAME                             { $$ = mk_selector(p, $1, @2, @3, $3); }
    | P '.' NAME LitVal                      { $$ = mk_composite(p, mk_selector(p, $1, @2, @3, $3), $4); }
    | P '.' '(' Type ')'                     { $$ = mk_assert(p, $1, @2, $4, @5); }
    | P '.' '(' TYPE ')'                     { $$ = mk_assert(p, $1, @2, no_expr(), @5); }
    | P '[' EList OComma ']'                 { $$ = mk_index(p, $1, @2, $3, $4, @5); }
    | P '[' EList OComma ']' LitVal          { $$ = mk_composite(p, mk_index(p, $1, @2, $3, $4, @5), $6); }
    | P '[' OE ':' OE ']'                    { $$ = mk_slice(p, $1, @2, $3, $5, no_expr(), 0, @6); }
    | P '[' OE ':' OE ':' OE ']'             { $$ = mk_slice(p, $1, @2, $3, $5, $7, @6, @8); }
    | P '(' Args ')'                         { $$ = mk_call(p, $1, @2, $3, @4); }
    ;

U
    : P
    | '*' U                                  { $$ = mk_star(p, @1, $2); }
    | '&' U                                  { $$ = mk_unary(p, OPER_AND, @1, $2); }
    | '+' U                                  { $$ = mk_unary(p, OPER_ADD, @1, $2); }
    | '-' U                                  { $$ = mk_unary(p, OPER_SUB, @1, $2); }
    | '^' U                                  { $$ = mk_unary(p, OPER_XOR, @1, $2); }
    | '!' U                                  { $$ = mk_unary(p, OPER_NOT, @1, $2); }
    | '~' U                                  { $$ = mk_unary(p, OPER_TILDE, @1, $2); }
    | ARROW U                                { $$ = mk_recv(p, @1, $2); }
    ;

E
    : U
    | E OROR E                               { $$ = mk_binary(p, $2, @2, $1, $3); }
    | E ANDAND E                             { $$ = mk_binary(p, $2, @2, $1, $3); }
    | E CMP E                                { $$ = mk_binary(p, $2, @2, $1, $3); }
    | E '+' E                                { $$ = mk_binary(p, OPER_ADD, @2, $1, $3); }
    | E '-' E                                { $$ = mk_binary(p, OPER_SUB, @2, $1, $3); }
    | E '|' E                                { $$ = mk_binary(p, OPER_OR, @2, $1, $3); }
    | E '^' E                                { $$ = mk_binary(p, OPER_XOR, @2, $1, $3); }
    | E '*' E                                { $$ = mk_binary(p, OPER_MUL, @2, $1, $3); }
    | E '&' E                                { $$ = mk_binary(p, OPER_AND, @2, $1, $3); }
    | E MULOP E                              { $$ = mk_binary(p, $2, @2, $1, $3); }
    ;

EList
    : E                                      { $$ = l_expr(p, l_new(p), $1); }
    | EList ',' E                            { $$ = l_expr(p, $1, $3); }
    ;

Simple
    : E                                      { $$ = mk_expr_stmt(p, $1); }
    | E ARROW E                              { $$ = mk_send(p, @2, $1, $3); }
    | E INCDEC                               { $$ = mk_incdec(p, @2, $1, $2); }
    | E ASSIGNOP E                           { $$ = mk_assign_op(p, @2, $1, $2, $3); }
    | EList '=' EList                        { $$ = mk_assign(p, @2, $1, $3, false); }
    | EList DEFINE EList                     { $$ = mk_assign(p, @2, $1, $3, true); }
    ;


OE
    : %empty                                 { $$ = no_expr(); }
    | E
    ;

OComma
    : %empty                                 { $$ = false; }
    | ','                                    { $$ = true; }
    ;

Args
    : %empty                                 { $$ = no_args(p); }
    | EList OComma                           { $$ = args(p, $1, 0, $2); }
    | EList DOTS OComma                      { $$ = args(p, $1, @2, $3); }
    ;

LitVal
    : '{' '}'                                { $$ = mk_litval(p, @1, NULL, false, @2); }
    | '{' Elems OComma '}'                   { $$ = mk_litval(p, @1, &$2, $3, @4); }
    ;

Elems
    : Elem                                   { $$ = l_expr(p, l_new(p), $1); }
    | Elems ',' Elem                         { $$ = l_expr(p, $1, $3); }
    ;

Elem
    : Bare
    | Bare ':' Bare                          { $$ = mk_keyvalue(p, @2, $1, $3); }
    ;

Bare
    : E
    | LitVal
    ;

/* ---- the same in headers: no composite literal starts with a name ---- */

PH
    : Operand
    | NAME %prec LOW                         { $$ = mk_name(p, @1, $1); }
    | LitType %prec LOW
    | LitType LitVal                         { $$ = mk_composite(p, $1, $2); }
    | FuncType %prec LOW
    | PH '.' NAME                             { $$ = mk_selector(p, $1, @2, @3, $3); }
    | PH '.' '(' Type ')'                     { $$ = mk_assert(p, $1, @2, $4, @5); }
    | PH '.' '(' TYPE ')'                     { $$ = mk_assert(p, $1, @2, no_expr(), @5); }
    | PH '[' EList OComma ']'                 { $$ = mk_index(p, $1, @2, $3, $4, @5); }
    | PH '[' OE ':' OE ']'                    { $$ = mk_slice(p, $1, @2, $3, $5, no_expr(), 0, @6); }
    | PH '[' OE ':' OE ':' OE ']'             { $$ = mk_slice(p, $1, @2, $3, $5, $7, @6, @8); }
    | PH '(' Args ')'                         { $$ = mk_call(p, $1, @2, $3, @4); }
    ;

UH
    : PH
    | '*' UH                                  { $$ = mk_star(p, @1, $2); }
    | '&' UH                                  { $$ = mk_unary(p, OPER_AND, @1, $2); }
    | '+' UH                                  { $$ = mk_unary(p, OPER_ADD, @1, $2); }
    | '-' UH                                  { $$ = mk_unary(p, OPER_SUB, @1, $2); }
    | '^' UH                                  { $$ = mk_unary(p, OPER_XOR, @1, $2); }
    | '!' UH                                  { $$ = mk_unary(p, OPER_NOT, @1, $2); }
    | '~' UH                                  { $$ = mk_unary(p, OPER_TILDE, @1, $2); }
    | ARROW UH                                { $$ = mk_recv(p, @1, $2); }
    ;

EH
    : UH
    | EH OROR EH                               { $$ = mk_binary(p, $2, @2, $1, $3); }
    | EH ANDAND EH                             { $$ = mk_binary(p, $2, @2, $1, $3); }
    | EH CMP EH                                { $$ = mk_binary(p, $2, @2, $1, $3); }
    | EH '+' EH                                { $$ = mk_binary(p, OPER_ADD, @2, $1, $3); }
    | EH '-' EH                                { $$ = mk_binary(p, OPER_SUB, @2, $1, $3); }
    | EH '|' EH                                { $$ = mk_binary(p, OPER_OR, @2, $1, $3); }
    | EH '^' EH                                { $$ = mk_binary(p, OPER_XOR, @2, $1, $3); }
    | EH '*' EH                                { $$ = mk_binary(p, OPER_MUL, @2, $1, $3); }
    | EH '&' EH                                { $$ = mk_binary(p, OPER_AND, @2, $1, $3); }
    | EH MULOP EH                              { $$ = mk_binary(p, $2, @2, $1, $3); }
    ;

EListH
    : EH                                      { $$ = l_expr(p, l_new(p), $1); }
    | EListH ',' EH                            { $$ = l_expr(p, $1, $3); }
    ;

SimpleH
    : EH                                      { $$ = mk_expr_stmt(p, $1); }
    | EH ARROW EH                              { $$ = mk_send(p, @2, $1, $3); }
    | EH INCDEC                               { $$ = mk_incdec(p, @2, $1, $2); }
    | EH ASSIGNOP EH                           { $$ = mk_assign_op(p, @2, $1, $2, $3); }
    | EListH '=' EListH                        { $$ = mk_assign(p, @2, $1, $3, false); }
    | EListH DEFINE EListH                     { $$ = mk_assign(p, @2, $1, $3, true); }
    ;

OSimpleH
    : %empty                                 { $$ = (SVal){0}; }
    | SimpleH
    ;

/* ---- statements ---- */

Block
    : '{' StmtSeq '}'                        { $$ = mk_block(p, @1, $2, @3); }
    | '{' StmtSeq Stmt '}'                   { $$ = mk_block(p, @1, l_stmt(p, $2, $3), @4); }
    ;

StmtSeq
    : %empty                                 { $$ = l_new(p); }
    | StmtSeq ';'                            { $$ = $1; }
    | StmtSeq Stmt ';'                       { $$ = l_stmt(p, $1, $2); }
    | StmtSeq error SYNC                     { $$ = $1; yyerrok; }
    ;

Stmt
    : Simple
    | Block
    | GenDecl                                { $$ = mk_decl_stmt(p, $1); }
    | IfStmt
    | ForStmt
    | SwitchStmt
    | SelectStmt
    | RETURN                                 { $$ = mk_return(p, @1, NULL); }
    | RETURN EList                           { $$ = mk_return(p, @1, &$2); }
    | GO E                                   { $$ = mk_go(p, @1, $2, false); }
    | DEFER E                                { $$ = mk_go(p, @1, $2, true); }
    | BREAK                                  { $$ = mk_branch(p, @1, BRANCH_BREAK, 0, NULL); }
    | BREAK NAME                             { $$ = mk_branch(p, @1, BRANCH_BREAK, @2, $2); }
    | CONTINUE                               { $$ = mk_branch(p, @1, BRANCH_CONTINUE, 0, NULL); }
    | CONTINUE NAME                          { $$ = mk_branch(p, @1, BRANCH_CONTINUE, @2, $2); }
    | GOTO NAME                              { $$ = mk_branch(p, @1, BRANCH_GOTO, @2, $2); }
    | FALLTHROUGH                            { $$ = mk_branch(p, @1, BRANCH_FALLTHROUGH, 0, NULL); }
    | NAME ':'                               { $$ = mk_labeled(p, @1, $1, @2, mk_empty(p, @2 + 1)); }
    | NAME ':' Stmt                          { $$ = mk_labeled(p, @1, $1, @2, $3); }
    ;

IfStmt
    : IfChain                                { $$ = if_end(p, $1); }
    | IfChain ELSE Block                     { $$ = if_else(p, $1, $3); }
    ;

IfChain
    : IF IfHdr Block                         { $$ = if_first(p, @1, $2, $3); }
    | IF error Block                         { $$ = if_first(p, @1, bad_header(p, @1), $3); yyerrok; }
    | IF error SYNC                          { $$ = if_first(p, @1, bad_header(p, @1), empty_block(p, @1)); yyerrok; }
    | IfChain ELSE IF IfHdr Block            { $$ = if_more(p, $1, @3, $4, $5); }
    | IfChain ELSE IF error Block            { $$ = if_more(p, $1, @3, bad_header(p, @3), $5); yyerrok; }
    | IfChain ELSE IF error SYNC             { $$ = if_more(p, $1, @3, bad_header(p, @3), empty_block(p, @3)); yyerrok; }
    ;

IfHdr
    : SimpleH                                { $$ = header_cond(p, NULL, $1); }
    | ';' SimpleH                            { $$ = header_cond(p, NULL, $2); }
    | SimpleH ';' SimpleH                    { $$ = header_cond(p, &$1, $3); }
    ;

ForStmt
    : FOR Block                              { $$ = mk_for(p, @1, NULL, NULL, NULL, $2); }
    | FOR SimpleH Block                      { $$ = mk_for(p, @1, NULL, &$2, NULL, $3); }
    | FOR OSimpleH ';' OSimpleH ';' OSimpleH Block
                                             { $$ = mk_for(p, @1, &$2, &$4, &$6, $7); }
    | FOR RangeHdr Block                     { $$ = mk_range(p, @1, $2, $3); }
    | FOR error Block                        { $$ = mk_for(p, @1, NULL, NULL, NULL, $3); yyerrok; }
    | FOR error SYNC                         { $$ = mk_bad_stmt(p, @1); yyerrok; }
    ;

RangeHdr
    : RANGE EH                               { $$ = range_header(p, NULL, 0, false, @1, $2); }
    | EListH '=' RANGE EH                    { $$ = range_header(p, &$1, @2, false, @3, $4); }
    | EListH DEFINE RANGE EH                 { $$ = range_header(p, &$1, @2, true, @3, $4); }
    ;

SwitchStmt
    : SWITCH OSimpleH '{' CaseSeq '}'        { $$ = mk_switch(p, @1, NULL, $2, @3, $4, @5); }
    | SWITCH OSimpleH '{' CaseSeq CaseHead StmtSeq Stmt '}'
        { $$ = mk_switch(p, @1, NULL, $2, @3, l_case(p, $4, $5, l_stmt(p, $6, $7)), @8); }
    | SWITCH OSimpleH ';' OSimpleH '{' CaseSeq '}'
                                             { $$ = mk_switch(p, @1, &$2, $4, @5, $6, @7); }
    | SWITCH OSimpleH ';' OSimpleH '{' CaseSeq CaseHead StmtSeq Stmt '}'
        { $$ = mk_switch(p, @1, &$2, $4, @5, l_case(p, $6, $7, l_stmt(p, $8, $9)), @10); }
    | SWITCH error SYNC                      { $$ = mk_bad_stmt(p, @1); yyerrok; }
    ;

CaseSeq
    : %empty                                 { $$ = l_new(p); }
    | CaseSeq CaseHead StmtSeq               { $$ = l_case(p, $1, $2, $3); }
    ;

CaseHead
    : CASE EList ':'                         { $$ = case_head(p, @1, &$2, @3); }
    | DEFAULT ':'                            { $$ = case_head(p, @1, NULL, @2); }
    | CASE error ':'                         { $$ = case_bad(p, @1, @3); yyerrok; }
    | CASE error SYNC                        { $$ = case_bad(p, @1, @3); yyerrok; }
    ;

SelectStmt
    : SELECT '{' CommSeq '}'                 { $$ = mk_select(p, @1, @2, $3, @4); }
    | SELECT '{' CommSeq CommHead StmtSeq Stmt '}'
                                             { $$ = mk_select(p, @1, @2, l_comm(p, $3, $4, l_stmt(p, $5, $6)), @7); }
    ;

CommSeq
    : %empty                                 { $$ = l_new(p); }
    | CommSeq CommHead StmtSeq               { $$ = l_comm(p, $1, $2, $3); }
    ;

CommHead
    : CASE Simple ':'                        { $$ = comm_head(p, @1, &$2, @3); }
    | DEFAULT ':'                            { $$ = comm_head(p, @1, NULL, @2); }
    | CASE error ':'                         { $$ = comm_head(p, @1, NULL, @3); yyerrok; }
    | CASE error SYNC                        { $$ = comm_head(p, @1, NULL, @3); yyerrok; }
    ;
%%

/* What error reporting and recovery need to know of bison's stack. These are internals of bison 3.8: the build asks for it. */

static void syntax_error(const Pos *pos, Parser *p, const char *msg) {
    (void)pos, (void)msg;  // the stack is full
    report_deep(p, p->pos);
}

static const char *plain_name(yysymbol_kind_t sym) {
    switch (sym) {
    case YYSYMBOL_EH: return "E";
    case YYSYMBOL_UH: return "U";
    case YYSYMBOL_PH: return "P";
    case YYSYMBOL_EListH: return "EList";
    case YYSYMBOL_SimpleH: return "Simple";
    case YYSYMBOL_OSimpleH: return "OSimple";
    default: return sym == YYTRANSLATE(';') ? ";" : yysymbol_name(sym);
    }
}

static Landing landing_of(yysymbol_kind_t sym) {
    switch (sym) {
    case YYSYMBOL_TopSeq: return LAND_TOP;
    case YYSYMBOL_ScriptSeq: return LAND_SCRIPT;
    case YYSYMBOL_ImportSeq:
    case YYSYMBOL_ConstSeq:
    case YYSYMBOL_VarSeq:
    case YYSYMBOL_TypeSeq: return LAND_GROUP;
    case YYSYMBOL_SWITCH:
    case YYSYMBOL_StmtSeq: return LAND_STMT;
    case YYSYMBOL_FieldSeq:
    case YYSYMBOL_ElemSeq: return LAND_FIELD;
    case YYSYMBOL_IF:
    case YYSYMBOL_FOR: return LAND_HEADER;
    case YYSYMBOL_CASE: return LAND_CASE;
    default: return LAND_NONE;
    }
}

static bool takes_error(yy_state_t state) {
    int n = yypact[state];
    if (yypact_value_is_default(n)) return false;
    n += YYSYMBOL_YYerror;
    return n >= 0 && n <= YYLAST && yycheck[n] == YYSYMBOL_YYerror && yytable[n] > 0;
}

enum { SHOWN_SYMBOLS = 12 };

static int yyreport_syntax_error(const yypcontext_t *ctx, Parser *p) {
    const yy_state_t *bottom = ctx->yyps->yyss, *top = ctx->yyps->yyssp;
    const char *names[SHOWN_SYMBOLS], *expected[YYNTOKENS];
    int n = 0;
    const yy_state_t *from = top;
    for (int k = 0; from > bottom + 1 && k < 2 * SHOWN_SYMBOLS; k++) from--;
    for (const yy_state_t *s = from; s <= top; s++) {
        yysymbol_kind_t sym = YY_ACCESSING_SYMBOL(*s);
        if (sym == YYSYMBOL_OComma || sym == YYSYMBOL_OTag) continue;
        if (n == SHOWN_SYMBOLS) {
            memmove(names, names + 1, (SHOWN_SYMBOLS - 1) * sizeof *names);
            n--;
        }
        names[n++] = plain_name(sym);
    }
    yysymbol_kind_t could[YYNTOKENS];
    int ncould = yypcontext_expected_tokens(ctx, could, YYNTOKENS);
    for (int i = 0; i < ncould; i++) expected[i] = yysymbol_name(could[i]);
    yysymbol_kind_t last = YY_ACCESSING_SYMBOL(*top);
    p->list_len = last == YYSYMBOL_EList || last == YYSYMBOL_EListH ? p->items.n - ctx->yyps->yyvsp->l.start : 0;
    report_unexpected(p, names, n, plain_name(yypcontext_token(ctx)), expected, ncould);

    // where bison will go back to, and what is open above it
    if (p->quiet) {
        p->failed = true;
        return 0;
    }
    const yy_state_t *land = top;
    while (land > bottom && !takes_error(*land)) land--;
    p->failed = true;
    p->landing = takes_error(*land) ? landing_of(YY_ACCESSING_SYMBOL(*land)) : LAND_NONE;
    p->open.n = 0;
    p->below.n = 0;
    p->in_switch = false;
    for (const yy_state_t *s = bottom; s <= top; s++) {
        yysymbol_kind_t sym = YY_ACCESSING_SYMBOL(*s);
        char c = sym == YYTRANSLATE('(') ? '(' : sym == YYTRANSLATE('[') ? '[' : sym == YYTRANSLATE('{') ? '{' : 0;
        char close = sym == YYTRANSLATE(')') ? '(' : sym == YYTRANSLATE(']') ? '[' : 0;
        if (s <= land) {
            if (c) vec_push(NULL, &p->below, c);
            if (close && p->below.n) p->below.n--;
            if (c == '{') p->in_switch = false;
            if (sym == YYSYMBOL_CaseSeq || sym == YYSYMBOL_CommSeq) p->in_switch = true;
        } else if (c) {
            vec_push(NULL, &p->open, c);
        } else if (close && p->open.n && vec_last(&p->open) == close) {
            p->open.n--;
        }
    }
    return 0;
}

uint32_t syntax_stack_depth(const struct syntax_pstate *ps) {
    return (uint32_t)(ps->yyssp - ps->yyss);
}
