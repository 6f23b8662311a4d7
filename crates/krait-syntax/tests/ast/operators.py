not a == b is not c not in d < e <= f > g >= h != i in j is k
not not a and not b or c and d or not e
a if b else c if d else lambda: e
a if (b if c else d) else e
-a ** -b ** +c ** ~d
await_ ** 2
- - + ~a
a @ b // c % d << e >> f & g ^ h | ~i
a + b - c * d / e
(a + b) * (c - (d))
a < (b < c) < d
(a and b) and c
(a.b).c(d)[e](f).g
a[1:2, ::3, *b, :, x:=3]
a[*b]
a[b,]
a[:], a[1:], a[:2], a[::], a[1:2:3], a[::-1], a[b:=1], a[(1, 2)], a[1, 2]
a[()]
(yield)
(a := b)
print(a, *b, c=d, *e, **f, g=h)
f(x for x in y)
f(a := 1, b)
f(*a, **b,)
f(a)(b)(c,)
f(
    a
)(
    b
)
a.b.c.d
x = (
    a
    + b
)
