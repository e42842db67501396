// subst.c: types with their type parameters replaced.
#include "types/types_impl.h"

enum { MAX_NEST = 400 };

static Type **subst_list(Checker *c, Type **list, uint32_t n, const TypeEnv *env) {
    Type **out = list;
    for (uint32_t i = 0; i < n; i++) {
        Type *t = type_subst(c, list[i], env);
        if (t != list[i] && out == list) {
            out = NEWN(c, Type *, n);
            memcpy(out, list, n * sizeof *list);
        }
        out[i] = t;
    }
    return out;
}

static Type *subst_struct(Checker *c, Type *t, const TypeEnv *env) {
    StructField *fields = NEWN(c, StructField, t->nfields);
    for (uint32_t i = 0; i < t->nfields; i++) {
        fields[i] = t->fields[i];
        fields[i].type = type_subst(c, t->fields[i].type, env);
    }
    return type_struct(c, fields, t->nfields);
}

static TypeTerm *subst_terms(Checker *c, TypeTerm *terms, uint32_t n, const TypeEnv *env) {
    TypeTerm *out = NEWN(c, TypeTerm, n + 1);
    for (uint32_t i = 0; i < n; i++) out[i] = (TypeTerm){type_subst(c, terms[i].type, env), terms[i].tilde};
    return out;
}

static Type *subst_interface(Checker *c, Type *t, const TypeEnv *env) {
    IfaceLit *lit = NEW(c, IfaceLit);
    if (!t->complete) {  // still open: substitute what was written
        *lit = *t->lit;
        lit->methods = NEWN(c, IfaceMethod, lit->nmethods);
        for (uint32_t i = 0; i < lit->nmethods; i++) {
            lit->methods[i] = t->lit->methods[i];
            lit->methods[i].sig = type_subst(c, lit->methods[i].sig, env);
        }
        lit->embeds = subst_list(c, lit->embeds, lit->nembeds, env);
        return type_interface(c, lit);
    }
    lit->methods = NEWN(c, IfaceMethod, t->nmethods);
    lit->nmethods = t->nmethods;
    for (uint32_t i = 0; i < t->nmethods; i++) {
        lit->methods[i] = t->methods[i];
        lit->methods[i].sig = type_subst(c, t->methods[i].sig, env);
    }
    uint32_t n = t->has_terms + t->is_comparable;
    lit->embeds = NEWN(c, Type *, n + 1);
    lit->embed_pos = NEWN(c, Pos, n + 1);
    if (t->has_terms) lit->embeds[lit->nembeds++] = type_union(c, subst_terms(c, t->terms, t->nterms, env), t->nterms);
    if (t->is_comparable) lit->embeds[lit->nembeds++] = c->comparable_type;
    return type_interface(c, lit);
}

Type *type_subst(Checker *c, Type *t, const TypeEnv *env) {
    if (!t || !t->has_tparam || env->n == 0) {
        if (!t || t->kind != TYPE_FUNC || !t->ntparams_f) return t;
    }
    if (++c->subst_depth > MAX_NEST) {
        c->subst_depth--;
        return c->basic[TYPE_INVALID];
    }
    Type *r = t;
    switch (t->kind) {
    case TYPE_PARAM:
        for (uint32_t i = 0; i < env->n; i++)
            if (env->tparams[i] == t) {
                if (env->targs[i]) r = env->targs[i];
                break;
            }
        break;
    case TYPE_POINTER: r = type_pointer(c, type_subst(c, t->elem, env)); break;
    case TYPE_SLICE: r = type_slice(c, type_subst(c, t->elem, env)); break;
    case TYPE_ARRAY: r = type_array(c, type_subst(c, t->elem, env), t->len); break;
    case TYPE_MAP: r = type_map(c, type_subst(c, t->key, env), type_subst(c, t->elem, env)); break;
    case TYPE_CHAN: r = type_chan(c, t->dir, type_subst(c, t->elem, env)); break;
    case TYPE_FUNC:
        r = type_func(c, subst_list(c, t->params, t->nparams, env), t->nparams, subst_list(c, t->results, t->nresults, env),
            t->nresults, t->variadic);
        if (!r->spelling) r->spelling = t->spelling;
        break;
    case TYPE_STRUCT: r = subst_struct(c, t, env); break;
    case TYPE_INTERFACE: r = subst_interface(c, t, env); break;
    case TYPE_TUPLE: r = type_tuple(c, subst_list(c, t->types, t->ntypes, env), t->ntypes); break;
    case TYPE_UNION: r = type_union(c, subst_terms(c, t->uterms, t->nuterms, env), t->nuterms); break;
    case TYPE_NAMED:
        if (t->targs) {
            r = type_instantiate(c, t->origin, subst_list(c, t->targs, t->ntargs, env), t->ntargs);
        } else if (t->implicit_tparams) {
            Type **targs = subst_list(c, t->tparams, t->ntparams, env);
            if (targs != t->tparams) r = type_instantiate(c, t, targs, t->ntparams);
        }
        break;
    default: break;
    }
    c->subst_depth--;
    return r;
}

TypeEnv type_env_of(Checker *c, Type *recv) {
    if (recv->kind == TYPE_POINTER) recv = recv->elem;
    if (recv->kind != TYPE_NAMED || !recv->targs) return (TypeEnv){0};
    return (TypeEnv){recv->origin->tparams, recv->targs, recv->ntargs};
}
