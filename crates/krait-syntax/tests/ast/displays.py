(), (a,), (a, b), (a, *b, c := d), (*a,), ((a))
[], [a], [a,], [*a, b := c], [[a], [b]]
{}, {a: b}, {**a, 'b': c, **d | e}, {a, *b}, {a := b, c}, {a: b,}, {**a,}
{(a := b): c for d in e}
{a: b for a, b in c if d if e for f in g}
{a for a in b}
[x for x, in y for z.a, w[0] in v if u]
[x := 1 for y in z]
[(x, y) for x in y for y in z or w if a or b if c]
(x for x in (yield))
[x for x in y if lambda_]
[a if b else c for d in e]
