// typexpr.c: names and type expressions.
#include "types/types_impl.h"

static const char *object_kind(const Object *o) {
    switch (o->kind) {
    case OBJ_PKGNAME: return "package name";
    case OBJ_CONST: return "constant";
    case OBJ_TYPE: return o->is_alias ? "type alias" : o->type && o->type->kind == TYPE_PARAM ? "type parameter" : "defined type";
    case OBJ_VAR:
        return !o->owner ? "package-level variable" : o->is_recv ? "receiver" : o->is_result ? "result variable"
               : o->is_param ? "parameter" : "local variable";
    case OBJ_FUNC: return o->is_method ? "method" : "function";
    case OBJ_LABEL: return "label";
    case OBJ_BUILTIN: return "built-in function";
    case OBJ_NIL: return "untyped nil";
    default: return "object";
    }
}

void add_dep(Checker *c, Object *o) {
    o->reached = true;
    DeclInfo *d = c->env.decl;
    if (!d || !o->info) return;
    for (uint32_t i = d->deps.n; i > 0 && i + 8 > d->deps.n; i--)
        if (d->deps.at[i - 1] == o) return;
    vec_push(c->arena, &d->deps, o);
}

/* use_var notes that the present function mentions v: every function literal between it and v's owner captures it. A variable of a
 * script's top level that a declared function mentions becomes a package-level one. */
void use_var(Checker *c, Object *v) {
    if (!v->owner || v->owner == c->env.func || v->is_global) return;
    FuncInfo *f = c->env.func;
    while (f && f != v->owner) f = f->outer;
    if (!f) {
        v->is_global = true;
        return;
    }
    v->captured = true;
    for (f = c->env.func; f != v->owner; f = f->outer) {
        bool known = false;
        for (uint32_t i = f->captures.n; i > 0 && !known; i--) known = f->captures.at[i - 1] == v;
        if (known) return;
        vec_push(c->arena, &f->captures, v);
    }
}

static void note_spelling(Checker *c, const Object *o) {
    if (!c->env.pkg || c->env.pkg->is_library) return;
    if (o->type == c->basic[TYPE_UINT8] && o != c->universe_byte) c->says_uint8 = true;
    if (o->type == c->basic[TYPE_INT32] && o != c->universe_rune) c->says_int32 = true;
}

void check_ident(Checker *c, Operand *x, Ident *id, bool want_type) {
    x->mode = MODE_INVALID;
    x->expr = &id->e;
    x->type = c->basic[TYPE_INVALID];
    if (is_blank(c, id->name)) {
        err_at(c, id->e.pos, E_UNDEFINED, "cannot use _ as value or type");
        return;
    }
    Object *o = lookup(c, id->name);
    if (!o) {
        err_at(c, id->e.pos, E_UNDEFINED, "undefined: %s", id->name->text);
        return;
    }
    id->obj = o;
    if (want_type && o->kind != OBJ_TYPE) {
        err_at(c, id->e.pos, E_NOT_TYPE, "%s (%s) is not a type", id->name->text, object_kind(o));
        o->used = true;
        return;
    }
    if (o->pkg != c->env.pkg && o->pkg && o->kind != OBJ_PKGNAME) use_dot_import(c, o);
    if (o->info && o->state != 2) object_declare(c, o);
    if (o->info && o->kind != OBJ_TYPE) add_dep(c, o);
    o->reached = true;
    switch (o->kind) {
    case OBJ_PKGNAME:
        err_at(c, id->e.pos, E_UNDEFINED, "use of package %s not in selector", id->name->text);
        return;
    case OBJ_CONST:
        if (!o->type || !is_valid(o->type)) return;
        if (o == c->universe_iota) {
            if (!c->env.iota) {
                err_at(c, id->e.pos, E_CONST, "cannot use iota outside constant declaration");
                return;
            }
            x->cv = c->env.iota;
        } else {
            x->cv = o->cv;
        }
        o->used = true;
        x->mode = MODE_CONST;
        break;
    case OBJ_TYPE:
        o->used = true;
        if (!o->type) return;
        if (o->pkg == NULL) note_spelling(c, o);
        x->mode = MODE_TYPE;
        break;
    case OBJ_VAR:
        o->used = true;
        if (!o->type || !is_valid(o->type)) return;
        use_var(c, o);
        x->mode = MODE_VAR;
        break;
    case OBJ_FUNC:
        o->used = true;
        if (!o->type) return;
        x->mode = MODE_VALUE;
        break;
    case OBJ_BUILTIN:
        x->builtin = o->builtin;
        x->mode = MODE_BUILTIN;
        break;
    case OBJ_NIL: x->mode = MODE_NIL; break;
    default: return;
    }
    x->type = o->type;
}

static void record_type(Expr *e, Type *t) {
    e->mode = MODE_TYPE;
    e->type = t;
}

static Type *invalid(Checker *c) { return c->basic[TYPE_INVALID]; }

int64_t check_array_len(Checker *c, Expr *e) {
    Operand x;
    if (e->kind == EXPR_IDENT) {
        Object *o = lookup(c, AS(Ident, e)->name);
        if (!o) {
            err_node(c, e, E_TYPE, "undefined array length %s or missing type constraint", AS(Ident, e)->name->text);
            return -1;
        }
        if (o->kind != OBJ_CONST) {
            err_node(c, e, E_TYPE, "invalid array length %s", AS(Ident, e)->name->text);
            o->used = true;
            return -1;
        }
    }
    check_expr(c, &x, e);
    if (x.mode == MODE_INVALID) return -1;
    if (x.mode != MODE_CONST) {
        err_node(c, e, E_TYPE, "array length %s must be constant", opstr(c, &x));
        return -1;
    }
    if (is_untyped(x.type) || type_is_integer(c, x.type)) {
        const Const *v = const_to_int(c->arena, x.cv);
        if (const_kind(v) == CONST_INT) {
            bool exact;
            int64_t n = const_int64(v, &exact);
            if (exact && n >= 0) {
                if (is_untyped(x.type)) convert_untyped(c, &x, c->basic[TYPE_INT]);
                return n;
            }
        }
    }
    if (type_is_integer(c, x.type))
        err_node(c, e, E_TYPE, "invalid array length %s", opstr(c, &x));
    else
        err_node(c, e, E_TYPE, "array length %s must be integer", opstr(c, &x));
    return -1;
}

static void check_map_key(Checker *c, Later *l) {
    Type *key = l->p;
    if (!is_valid(key) || is_strictly_comparable(c, key, true, NULL)) return;
    const char *why = key->kind == TYPE_PARAM ? " (missing comparable constraint)" : "";
    err_at(c, l->pos, E_TYPE, "invalid map key type %s%s", tstr(c, key), why);
}

static Type *slice_of_dots(Checker *c, Expr *e) {
    Type *elem = check_var_type(c, AS(DotsType, e)->elem);
    Type *t = is_valid(elem) ? type_slice(c, elem) : elem;
    record_type(e, t);
    return t;
}

Type *check_func_type(Checker *c, FuncType *ft) {
    Type **params = NEWN(c, Type *, ft->params.n + 1), **results = NEWN(c, Type *, ft->results.n + 1);
    bool variadic = false;
    for (uint32_t i = 0; i < ft->params.n; i++) {
        Field *f = &ft->params.at[i];
        if (i > 0 && f->type == f[-1].type) {
            params[i] = params[i - 1];
        } else if (f->type->kind == EXPR_DOTS_TYPE) {
            params[i] = slice_of_dots(c, f->type);
            if (i + 1 == ft->params.n)
                variadic = true;
            else
                err_node(c, f->type, E_TYPE, "can only use ... with final parameter in list");
        } else {
            params[i] = check_var_type(c, f->type);
        }
    }
    for (uint32_t i = 0; i < ft->results.n; i++) {
        Field *f = &ft->results.at[i];
        if (i > 0 && f->type == f[-1].type) {
            results[i] = results[i - 1];
        } else if (f->type->kind == EXPR_DOTS_TYPE) {
            err_node(c, f->type, E_TYPE, "can only use ... with final parameter in list");
            results[i] = slice_of_dots(c, f->type);
        } else {
            results[i] = check_var_type(c, f->type);
        }
    }
    Type *t = type_func(c, params, ft->params.n, results, ft->results.n, variadic);
    if (!t->spelling) t->spelling = ft;
    record_type(&ft->e, t);
    return t;
}

/* unique_params reports parameter names that stand twice in a signature without a body. */
static void unique_params(Checker *c, FuncType *ft) {
    uint32_t np = ft->params.n, n = np + ft->results.n;
    for (uint32_t i = 1; i < n; i++) {
        Field *f = i < np ? &ft->params.at[i] : &ft->results.at[i - np];
        if (!f->name || is_blank(c, f->name->name)) continue;
        for (uint32_t k = 0; k < i; k++) {
            Field *g = k < np ? &ft->params.at[k] : &ft->results.at[k - np];
            if (!g->name || g->name->name != f->name->name) continue;
            Diag *d = err_at(c, f->name->e.pos, E_REDECLARED, "%s redeclared in this block", f->name->name->text);
            diag_note(c->diags, d, g->name->e.pos, "other declaration of %s", f->name->name->text);
            break;
        }
    }
}

/* ---- structs ---- */

static Ident *embedded_name(Expr *e) {
    for (;;) {
        switch (e->kind) {
        case EXPR_IDENT: return AS(Ident, e);
        case EXPR_STAR: e = AS(StarExpr, e)->x; break;
        case EXPR_SELECTOR: return AS(SelectorExpr, e)->sel;
        case EXPR_INDEX: e = AS(IndexExpr, e)->x; break;
        case EXPR_PAREN: e = AS(ParenExpr, e)->x; break;
        default: return NULL;
        }
    }
}

static void check_embedded(Checker *c, Later *l) {
    Type *t = l->p;
    bool ptr = t->kind == TYPE_POINTER;
    Type *base = ptr ? t->elem : t;
    if (base->kind == TYPE_PARAM) {
        err_at(c, l->pos, E_TYPE, "embedded field type cannot be a %stype parameter", ptr ? "pointer to a " : "");
        return;
    }
    Type *u = type_under(c, base);
    if (u->kind == TYPE_UNSAFE_POINTER)
        err_at(c, l->pos, E_TYPE, "embedded field type cannot be unsafe.Pointer");
    else if (u->kind == TYPE_POINTER)
        err_at(c, l->pos, E_TYPE, "embedded field type cannot be a pointer");
    else if (u->kind == TYPE_INTERFACE && ptr)
        err_at(c, l->pos, E_TYPE, "embedded field type cannot be a pointer to an interface");
}

static Type *struct_type(Checker *c, StructType *st) {
    uint32_t n = st->fields.n;
    StructField *fields = NEWN(c, StructField, n + 1);
    PtrMap seen = {.arena = c->arena};
    for (uint32_t i = 0; i < n; i++) {
        Field *f = &st->fields.at[i];
        StructField *sf = &fields[i];
        if (i > 0 && f->type == f[-1].type && !f->embedded)
            sf->type = fields[i - 1].type;
        else
            sf->type = check_var_type(c, f->type);
        Ident *id = f->embedded ? embedded_name(f->type) : f->name;
        sf->name = id ? id->name : c->name_blank;
        sf->pkg = c->env.pkg;
        sf->embedded = f->embedded;
        sf->type_expr = f->type;
        sf->pos = id ? id->e.pos : f->pos;
        if (f->embedded && is_valid(sf->type))
            later_push(c, (Later){.run = check_embedded, .p = sf->type, .pos = ast_start(f->type)});
        if (f->tag) {
            size_t len;
            sf->tag = const_text(c->arena, const_parse_string(c->arena, f->tag->text, f->tag->len), &len);
            sf->tag_len = (uint32_t)len;
            if (len == 0) sf->tag = NULL;
        }
        if (!id || is_blank(c, sf->name)) continue;
        Field *other = NULL;
        if (n <= 16) {
            for (uint32_t k = 0; k < i && !other; k++)
                if (fields[k].name == sf->name) other = &st->fields.at[k];
        } else {
            other = ptrmap_put(&seen, sf->name, f);
        }
        if (other) {
            Diag *d = err_at(c, f->pos, E_REDECLARED, "%s redeclared", sf->name->text);
            diag_note(c->diags, d, other->pos, "other declaration of %s", sf->name->text);
        }
    }
    return type_struct(c, fields, n);
}

/* ---- interfaces and unions ---- */

static void check_union(Checker *c, Later *l) {
    Type *u = l->p;
    Expr **exprs = l->q;
    for (uint32_t i = 0; i < u->nuterms && i < l->n; i++) {
        TypeTerm *t = &u->uterms[i];
        Type *ut = type_under(c, t->type);
        Pos pos = ast_start(exprs[i]);
        if (!is_valid(ut)) continue;
        if (ut->kind == TYPE_INTERFACE && t->type->kind != TYPE_PARAM) {
            if (t->tilde) {
                err_at(c, pos, E_CONSTRAINT, "invalid use of ~ (%s is an interface)", tstr(c, t->type));
                continue;
            }
            if (u->nuterms == 1) continue;
            if (ut->nmethods)
                err_at(c, pos, E_CONSTRAINT, "cannot use %s in union (%s contains methods)", tstr_full(c, t->type), tstr_full(c, t->type));
            else if (t->type == c->comparable_type || (t->type->kind == TYPE_NAMED && ut == c->comparable_type && !t->type->obj->pkg))
                err_at(c, pos, E_CONSTRAINT, "cannot use comparable in union");
            else if (ut->is_comparable)
                err_at(c, pos, E_CONSTRAINT, "cannot use %s in union (%s embeds comparable)", tstr_full(c, t->type), tstr_full(c, t->type));
            continue;
        }
        if (t->tilde && !type_identical(c, ut, t->type)) {
            err_at(c, pos, E_CONSTRAINT, "invalid use of ~ (underlying type of %s is %s)", tstr(c, t->type), tstr(c, ut));
            continue;
        }
        for (uint32_t k = 0; k < i; k++) {
            TypeTerm *o = &u->uterms[k];
            if (type_is_interface(c, o->type)) continue;
            bool disjoint = !type_identical(c, o->tilde ? type_under(c, o->type) : o->type, t->tilde && !o->tilde ? t->type : o->tilde ? ut : t->type);
            if (t->tilde && !o->tilde) disjoint = !type_identical(c, type_under(c, o->type), t->type);
            if (!disjoint) {
                err_at(c, pos, E_CONSTRAINT, "overlapping terms %s%s and %s%s", t->tilde ? "~" : "", tstr_full(c, t->type),
                    o->tilde ? "~" : "", tstr_full(c, o->type));
                break;
            }
        }
    }
}

static void flatten_union(Checker *c, Expr *e, Expr ***list, uint32_t *n, uint32_t *cap) {
    VEC(Expr *) stack = {0};
    vec_push(c->arena, &stack, e);
    while (stack.n) {
        Expr *x = vec_pop(&stack);
        if (x->kind == EXPR_BINARY && AS(BinaryExpr, x)->op == OPER_OR) {
            record_type(x, c->basic[TYPE_INVALID]);
            vec_push(c->arena, &stack, AS(BinaryExpr, x)->y);
            vec_push(c->arena, &stack, AS(BinaryExpr, x)->x);
            continue;
        }
        if (*n == *cap) vec_reserve(c->arena, (void **)list, *n, cap, sizeof **list);
        (*list)[(*n)++] = x;
    }
}

/* check_embed_elem reads an embedded element of an interface: a type, ~T, or a union. */
static Type *check_embed_elem(Checker *c, Expr *e, bool single_tilde_ok) {
    bool is_union = (e->kind == EXPR_BINARY && AS(BinaryExpr, e)->op == OPER_OR) ||
                    (e->kind == EXPR_UNARY && AS(UnaryExpr, e)->op == OPER_TILDE);
    if (!is_union) return check_type(c, e);
    Expr **list = NULL;
    uint32_t n = 0, cap = 0;
    flatten_union(c, e, &list, &n, &cap);
    if (n > 100) {
        err_node(c, e, E_CONSTRAINT, "cannot handle more than 100 union terms (implementation limitation)");
        return invalid(c);
    }
    TypeTerm *terms = NEWN(c, TypeTerm, n + 1);
    bool bad = false;
    for (uint32_t i = 0; i < n; i++) {
        Expr *x = list[i];
        if (x->kind == EXPR_UNARY && AS(UnaryExpr, x)->op == OPER_TILDE) {
            terms[i].tilde = true;
            x = AS(UnaryExpr, x)->x;
        }
        terms[i].type = check_type(c, x);
        record_type(list[i], terms[i].type);
        if (!is_valid(terms[i].type)) bad = true;
        if (terms[i].type->kind == TYPE_PARAM) {
            if (terms[i].tilde)
                err_node(c, x, E_CONSTRAINT, "type in term %s cannot be a type parameter", estr(c, list[i]));
            else
                err_node(c, list[i], E_CONSTRAINT, "term cannot be a type parameter");
            bad = true;
        }
    }
    if (bad) {  // what is left of it stands for the whole
        uint32_t k = 0;
        for (uint32_t i = 0; i < n; i++)
            if (is_valid(terms[i].type) && terms[i].type->kind != TYPE_PARAM) {
                list[k] = list[i];
                terms[k++] = terms[i];
            }
        n = k;
        c->nbad_embeds += n == 0;
        if (n == 0) return invalid(c);
    }
    Type *u = type_union(c, terms, n);
    record_type(e, u);
    later_push(c, (Later){.run = check_union, .p = u, .q = list, .n = n});
    return u;
}

static Type *interface_type(Checker *c, InterfaceType *it) {
    IfaceLit *lit = NEW(c, IfaceLit);
    lit->pkg = c->env.pkg;
    lit->methods = NEWN(c, IfaceMethod, it->elems.n + 1);
    lit->embeds = NEWN(c, Type *, it->elems.n + 1);
    lit->embed_pos = NEWN(c, Pos, it->elems.n + 1);
    if (it->elems.n == 0 && c->env.pkg && !c->env.pkg->is_library) c->says_interface = true;
    for (uint32_t i = 0; i < it->elems.n; i++) {
        Field *f = &it->elems.at[i];
        if (f->name) {
            if (is_blank(c, f->name->name)) {
                err_at(c, f->name->e.pos, E_TYPE, "methods must have a unique non-blank name");
                continue;
            }
            if (f->type->kind != EXPR_FUNC_TYPE) continue;
            unique_params(c, AS(FuncType, f->type));
            lit->methods[lit->nmethods++] = (IfaceMethod){.name = f->name->name, .pkg = c->env.pkg,
                .sig = check_func_type(c, AS(FuncType, f->type)), .pos = f->name->e.pos};
        } else {
            Type *t = check_embed_elem(c, f->type, true);
            c->nbad_embeds += !is_valid(t);
            if (!is_valid(t)) continue;
            if (t->kind == TYPE_PARAM) {
                err_node(c, f->type, E_CONSTRAINT, "term cannot be a type parameter");
                continue;
            }
            lit->embed_pos[lit->nembeds] = ast_start(f->type);
            lit->embeds[lit->nembeds++] = t;
        }
    }
    Type *t = type_interface(c, lit);
    if (!t->complete && !c->env.in_tparams && c->defining != &it->e) {
        // It embeds an interface that is just being declared, and so, through it, itself.
        Pos pos = it->e.pos;
        for (uint32_t i = 0; i < lit->nembeds; i++)
            if (lit->embeds[i]->kind == TYPE_NAMED && !under(c, lit->embeds[i]) && lit->embeds[i]->obj->info)
                pos = ast_start(lit->embeds[i]->obj->info->tspec->type);
        vec_push(c->arena, &c->iface_cycles, pos);
        return invalid(c);
    }
    return t;
}

Type *check_constraint(Checker *c, Expr *e) {
    bool is_union = (e->kind == EXPR_BINARY && AS(BinaryExpr, e)->op == OPER_OR) ||
                    (e->kind == EXPR_UNARY && AS(UnaryExpr, e)->op == OPER_TILDE);
    if (!is_union) return check_type(c, e);
    Type *u = check_embed_elem(c, e, true);
    if (!is_valid(u)) return u;
    IfaceLit *lit = NEW(c, IfaceLit);
    lit->pkg = c->env.pkg;
    lit->embeds = NEW(c, Type *);
    lit->embeds[0] = u;
    lit->embed_pos = NEW(c, Pos);
    lit->embed_pos[0] = ast_start(e);
    lit->nembeds = 1;
    return type_interface(c, lit);
}

/* ---- instances ---- */

static void check_instance(Checker *c, Later *l) {
    Type *t = l->type;
    IndexExpr *e = l->p;
    uint32_t bad;
    const char *cause;
    if (verify_targs(c, l->pos, t->origin->tparams, t->targs, t->ntargs - t->nouter, &bad, &cause)) return;
    Expr *at = e && bad < e->nindex ? e->index[bad] : NULL;
    err_at(c, at ? ast_start(at) : l->pos, E_CONSTRAINT, "%s", cause);
}

void check_instance_type(Checker *c, Operand *x, IndexExpr *e) {
    Type *gen = check_generic_type(c, e);
    if (!is_valid(gen)) {
        x->mode = MODE_INVALID;
        x->expr = &e->e;
        x->type = gen;
        return;
    }
    uint32_t n = e->nindex;
    Type **targs = NEWN(c, Type *, n + 1);
    bool bad = !is_valid(gen);
    for (uint32_t i = 0; i < n; i++) {
        targs[i] = check_var_type(c, e->index[i]);
        if (!is_valid(targs[i])) bad = true;
    }
    x->mode = MODE_INVALID;
    x->expr = &e->e;
    x->type = invalid(c);
    if (bad) return;
    // A generic alias stands for its right side, with the arguments put in.
    Ident *id = e->x->kind == EXPR_IDENT ? AS(Ident, e->x) : e->x->kind == EXPR_SELECTOR ? AS(SelectorExpr, e->x)->sel : NULL;
    Object *alias = id && id->obj && id->obj->is_alias && id->obj->info && id->obj->info->ntparams ? id->obj : NULL;
    Type **tparams = alias ? alias->info->tparams : gen->tparams;
    uint32_t want = alias ? alias->info->ntparams : gen->ntparams - gen->nouter;
    if (n != want) {
        err_node(c, e, E_INFER, "%s type arguments for type %s: have %u, want %u", n < want ? "not enough" : "too many",
            alias ? alias->name->text : gen->obj->name->text, n, want);
        return;
    }
    x->mode = MODE_TYPE;
    if (alias) {
        TypeEnv env = {tparams, targs, n};
        x->type = type_subst(c, gen, &env);
        return;
    }
    if (gen->nouter) {
        Type **all = NEWN(c, Type *, gen->ntparams);
        memcpy(all, targs, n * sizeof *all);
        memcpy(all + n, gen->tparams + n, gen->nouter * sizeof *all);
        targs = all;
    }
    x->type = type_instantiate(c, gen, targs, gen->ntparams);
    note_instance(c, e->e.pos, gen->tparams, targs, n);
    later_push(c, (Later){.run = check_instance, .p = e, .type = x->type, .pos = ast_start(e)});
    declare_later_valid(c, x->type);
}

/* ---- type expressions ---- */

static Type *type_or_error(Checker *c, Operand *x, Expr *e) {
    switch (x->mode) {
    case MODE_TYPE: return x->type;
    case MODE_INVALID: break;
    case MODE_NOVALUE: err_node(c, e, E_NOT_TYPE, "%s used as type", opstr(c, x)); break;
    default: err_node(c, e, E_NOT_TYPE, "%s is not a type", opstr(c, x));
    }
    return invalid(c);
}

static bool is_generic_alias(const Expr *e) {
    const Ident *id = e->kind == EXPR_IDENT ? AS(Ident, e) : e->kind == EXPR_SELECTOR ? AS(SelectorExpr, e)->sel : NULL;
    return id && id->obj && id->obj->kind == OBJ_TYPE && id->obj->is_alias && id->obj->info && id->obj->info->ntparams;
}

static Type *type_inner(Checker *c, Expr *e) {
    Operand x = {0};
    switch (e->kind) {
    case EXPR_BAD: return invalid(c);
    case EXPR_IDENT:
        check_ident(c, &x, AS(Ident, e), true);
        return type_or_error(c, &x, e);
    case EXPR_SELECTOR:
        check_selector(c, &x, AS(SelectorExpr, e), true);
        return type_or_error(c, &x, e);
    case EXPR_INDEX:
        check_instance_type(c, &x, AS(IndexExpr, e));
        return x.mode == MODE_TYPE ? x.type : invalid(c);
    case EXPR_PAREN: return check_defined_type(c, AS(ParenExpr, e)->x);
    case EXPR_STAR: {
        Type *t = check_var_type(c, AS(StarExpr, e)->x);
        return is_valid(t) ? type_pointer(c, t) : t;
    }
    case EXPR_UNARY:
        if (AS(UnaryExpr, e)->op == OPER_TILDE) {
            err_node(c, e, E_CONSTRAINT, "cannot use ~ outside of interface or type constraint");
            check_type(c, AS(UnaryExpr, e)->x);
            return invalid(c);
        }
        break;
    case EXPR_ARRAY_TYPE: {
        ArrayType *a = AS(ArrayType, e);
        if (!a->len) {
            err_at(c, a->e.pos, E_TYPE, "invalid use of [...] array (outside a composite literal)");
            check_var_type(c, a->elem);
            return invalid(c);
        }
        int64_t n = check_array_len(c, a->len);
        Type *elem = check_var_type(c, a->elem);
        return n < 0 || !is_valid(elem) ? invalid(c) : type_array(c, elem, n);
    }
    case EXPR_SLICE_TYPE: {
        Type *t = check_var_type(c, AS(SliceType, e)->elem);
        return is_valid(t) ? type_slice(c, t) : t;
    }
    case EXPR_DOTS_TYPE:
        err_node(c, e, E_TYPE, "invalid use of ...");
        check_var_type(c, AS(DotsType, e)->elem);
        return invalid(c);
    case EXPR_STRUCT_TYPE: return struct_type(c, AS(StructType, e));
    case EXPR_FUNC_TYPE:
        unique_params(c, AS(FuncType, e));
        return check_func_type(c, AS(FuncType, e));
    case EXPR_INTERFACE_TYPE: return interface_type(c, AS(InterfaceType, e));
    case EXPR_MAP_TYPE: {
        Type *key = check_var_type(c, AS(MapType, e)->key), *value = check_var_type(c, AS(MapType, e)->value);
        if (!is_valid(key) || !is_valid(value)) return invalid(c);
        if (key->kind > TYPE_LAST_BASIC)
            later_push(c, (Later){.run = check_map_key, .p = key, .pos = ast_start(AS(MapType, e)->key)});
        return type_map(c, key, value);
    }
    case EXPR_CHAN_TYPE: {
        Type *t = check_var_type(c, AS(ChanType, e)->elem);
        return is_valid(t) ? type_chan(c, AS(ChanType, e)->dir, t) : t;
    }
    default: break;
    }
    err_node(c, e, E_NOT_TYPE, "%s is not a type", estr(c, e));
    use_exprs(c, &e, 1);
    return invalid(c);
}

Type *check_defined_type(Checker *c, Expr *e) {
    if (!check_depth(c, e->pos)) return invalid(c);
    Type *t = type_inner(c, e);
    record_type(e, t);
    return t;
}

Type *check_generic_type(Checker *c, IndexExpr *e) {
    Type *t = check_defined_type(c, e->x);
    if (!is_valid(t) || is_generic_named(t) || is_generic_alias(e->x)) return t;
    err_node(c, e, E_INFER, "invalid operation: %s (%s is not a generic type)", estr(c, &e->e), spelled_tstr(c, t, e->x));
    return invalid(c);
}

Type *check_type(Checker *c, Expr *e) {
    Type *t = check_defined_type(c, e);
    if (is_generic_named(t) || (is_generic_alias(e) && is_valid(t))) {
        err_node(c, e, E_INFER, "cannot use generic type %s without instantiation",
            is_generic_named(t) ? tstr(c, t) : estr(c, e));
        t = invalid(c);
        record_type(e, t);
    }
    return t;
}

static void check_no_constraint(Checker *c, Later *l) {
    Type *t = l->p, *u = type_under(c, t);
    if (u->kind != TYPE_INTERFACE) return;
    if (u->has_terms)
        err_at(c, l->pos, E_CONSTRAINT, "cannot use type %s outside a type constraint: interface contains type constraints",
            tstr(c, t));
    else if (u->is_comparable)
        err_at(c, l->pos, E_CONSTRAINT, "cannot use type %s outside a type constraint: interface is (or embeds) comparable",
            tstr(c, t));
}

Type *check_var_type(Checker *c, Expr *e) {
    Type *t = check_type(c, e);
    if (t->kind == TYPE_NAMED ? !t->under || t->under->kind == TYPE_INTERFACE : t->kind == TYPE_INTERFACE)
        if (t != c->error_type && t != c->empty_iface)
            later_push(c, (Later){.run = check_no_constraint, .p = t, .pos = ast_start(e)});
    return t;
}
