// build.h: the node builders that the grammar's actions call: one for each shape, with what the grammar can't say.
#pragma once
#include "syntax/syntax_impl.h"

static inline uint32_t max2(uint32_t a, uint32_t b) { return a > b ? a : b; }

static inline void *node_new(Parser *p, size_t size, unsigned kind, Pos pos) {
    Node *n = arena_alloc(p->a, size);
    n->kind = (uint8_t)kind;
    n->pos = pos;
    return n;
}
#define NODE_NEW(p, T, pos) ((T *)node_new((p), sizeof(T), KIND_OF_##T, (pos)))

/* list_take moves a finished list into the arena and stores its length. */
void *list_take(Parser *p, LVal l, uint32_t *n);

// lists
LVal l_new(Parser *p);
LVal l_add(Parser *p, LVal l, void *item, uint32_t h);
LVal l_expr(Parser *p, LVal l, EVal x);
LVal l_stmt(Parser *p, LVal l, SVal s);
LVal l_decl(Parser *p, LVal l, DVal d);
LVal l_max(LVal l, uint32_t h);
LVal l_insert(Parser *p, LVal l, EVal first);
LVal l_insert_ident(Parser *p, LVal l, Ident *first);
LVal l_case(Parser *p, LVal l, SVal head, LVal body);
LVal l_comm(Parser *p, LVal l, SVal head, LVal body);

// files and declarations
void package_clause(Parser *p, Pos pos, Pos namepos, const Name *name);
void top_decl(Parser *p, Decl *d, bool script);
void top_stmt(Parser *p, Stmt *s);
void body_done(Parser *p, SVal block);
const Name *dot_name(Parser *p);
DVal import_spec(Parser *p, Pos pos, const Name *alias, Pos pathpos, Literal path);
DVal import_bad(Parser *p, Pos pos);
DVal gen_one(Parser *p, Pos pos, GenTok tok, DVal spec);
DVal gen_group(Parser *p, Pos pos, GenTok tok, Pos lparen, LVal specs, Pos rparen);
DVal value_spec(Parser *p, bool is_const, Pos pos, LVal names, const EVal *type, const LVal *values);
DVal type_spec(Parser *p, Pos pos, const Name *name, Pos lbrack, const FieldsVal *tparams, Pos assign, EVal type);
FieldsVal tparams_split(Parser *p, EVal first, const LVal *rest, Pos close);
FieldsVal tparams_first(Parser *p, Pos namepos, const Name *name, EVal con, const LVal *rest, Pos close);
FieldsVal tparams(Parser *p, LVal list, Pos close);
FieldsVal tparams_empty(Parser *p, Pos close);
FieldsVal no_fields(void);
DVal func_decl(Parser *p, Pos func, Pos recvpos, const FieldsVal *recv, Pos namepos, const Name *name, Pos tpos, FieldsVal tparams,
               EVal sig, BodyVal body);
BodyVal no_body(void);
BodyVal body_of_block(SVal block);
LVal param_list(Parser *p);
LVal param_add(Parser *p, LVal l, ParamVal v);
ParamVal mk_param(Parser *p, Pos pos, const Name *name, EVal type);
FieldsVal params(Parser *p, LVal l);
FieldsVal one_result(Parser *p, EVal type);
LVal field_list(Parser *p);
uint32_t fields_named(Parser *p, LVal names, EVal type, Pos tagpos, Literal tag);
uint32_t field_embedded(Parser *p, EVal type, Pos tagpos, Literal tag);
uint32_t field_paren(Parser *p, Pos lparen);
uint32_t elem_method(Parser *p, Pos pos, const Name *name, EVal sig);
uint32_t elem_embedded(Parser *p, EVal type);

// expressions and types
Ident *mk_ident(Parser *p, Pos pos, const Name *name);
EVal no_expr(void);
EVal mk_name(Parser *p, Pos pos, const Name *name);
EVal mk_basic(Parser *p, Pos pos, Literal lit);
EVal mk_binary(Parser *p, Oper op, Pos pos, EVal x, EVal y);
EVal mk_unary(Parser *p, Oper op, Pos pos, EVal x);
EVal mk_star(Parser *p, Pos pos, EVal x);
EVal mk_recv(Parser *p, Pos pos, EVal x);
EVal mk_paren(Parser *p, Pos pos, EVal x, Pos rparen);
EVal mk_selector(Parser *p, EVal x, Pos dot, Pos selpos, const Name *sel);
EVal mk_index(Parser *p, EVal x, Pos lbrack, LVal index, bool comma, Pos rbrack);
EVal mk_slice(Parser *p, EVal x, Pos lbrack, EVal lo, EVal hi, EVal max, Pos colon2, Pos rbrack);
EVal mk_assert(Parser *p, EVal x, Pos dot, EVal type, Pos rparen);
ArgsVal no_args(Parser *p);
ArgsVal args(Parser *p, LVal l, Pos dots, bool comma);
EVal mk_call(Parser *p, EVal fun, Pos lparen, ArgsVal args, Pos rparen);
EVal mk_composite(Parser *p, EVal type, EVal lit);
EVal mk_litval(Parser *p, Pos lbrace, const LVal *elems, bool comma, Pos rbrace);
EVal mk_keyvalue(Parser *p, Pos colon, EVal k, EVal v);
EVal mk_funclit(Parser *p, EVal type, SVal body);
EVal mk_array(Parser *p, Pos pos, EVal len, EVal elem);
EVal mk_slicetype(Parser *p, Pos pos, EVal elem);
EVal mk_dots(Parser *p, Pos pos, EVal elem);
EVal mk_map(Parser *p, Pos pos, EVal k, EVal v);
EVal mk_chan(Parser *p, Pos pos, ChanDir dir, EVal elem);
EVal mk_struct(Parser *p, Pos pos, Pos lbrace, LVal fields, Pos rbrace);
EVal mk_interface(Parser *p, Pos pos, Pos lbrace, LVal elems, Pos rbrace);
EVal mk_functype(Parser *p, Pos pos, Pos lparen, FieldsVal params, Pos rparen, Pos respos, FieldsVal results);

// statements
SVal mk_expr_stmt(Parser *p, EVal x);
SVal mk_send(Parser *p, Pos pos, EVal c, EVal v);
SVal mk_incdec(Parser *p, Pos pos, EVal x, Oper op);
SVal mk_assign(Parser *p, Pos pos, LVal lhs, LVal rhs, bool define);
SVal mk_assign_op(Parser *p, Pos pos, EVal x, Oper op, EVal y);
SVal mk_go(Parser *p, Pos pos, EVal call, bool defer);
SVal mk_return(Parser *p, Pos pos, const LVal *results);
SVal mk_branch(Parser *p, Pos pos, BranchTok tok, Pos labelpos, const Name *label);
SVal mk_block(Parser *p, Pos lbrace, LVal stmts, Pos rbrace);
SVal mk_labeled(Parser *p, Pos pos, const Name *name, Pos colon, SVal s);
SVal mk_empty(Parser *p, Pos pos);
SVal mk_bad_stmt(Parser *p, Pos pos);
SVal mk_decl_stmt(Parser *p, DVal d);
SVal empty_block(Parser *p, Pos pos);
HeaderVal bad_header(Parser *p, Pos pos);
HeaderVal header_cond(Parser *p, const SVal *init, SVal cond);
IfVal if_first(Parser *p, Pos pos, HeaderVal h, SVal then);
IfVal if_more(Parser *p, IfVal chain, Pos pos, HeaderVal h, SVal then);
SVal if_end(Parser *p, IfVal chain);
SVal if_else(Parser *p, IfVal chain, SVal els);
SVal mk_for(Parser *p, Pos pos, const SVal *init, const SVal *cond, const SVal *post, SVal body);
HeaderVal range_header(Parser *p, const LVal *lhs, Pos op, bool define, Pos range, EVal x);
SVal mk_range(Parser *p, Pos pos, HeaderVal h, SVal body);
SVal mk_switch(Parser *p, Pos pos, const SVal *init, SVal tag, Pos lbrace, LVal clauses, Pos rbrace);
SVal case_head(Parser *p, Pos pos, const LVal *exprs, Pos colon);
SVal case_bad(Parser *p, Pos pos, Pos colon);
SVal mk_select(Parser *p, Pos pos, Pos lbrace, LVal clauses, Pos rbrace);
SVal comm_head(Parser *p, Pos pos, const SVal *comm, Pos colon);
