f()
f(a, b=1)
f(*a)
f(*a, b, *c)
f(**a)
f(a, **b, c=1, **d)
f(*a, k=1, **b)
f(a, *b, c, d=1)
a.b()
a.b(c, d=1)
a.b(*c)
a.b.c.d(e)(f)[g](h)
(a
 .b
 .c(d,
    e)
 .f())
a.b(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)
f(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31)
f(a=1, b=2, c=3, d=4, e=5, f=6, g=7, h=8, i=9, j=10, k=11, l=12, m=13, n=14, o=15, p=16)
f(a=1, b=2, c=3, d=4, e=5, f=6, g=7, h=8, i=9, j=10, k=11, l=12, m=13, n=14, o=15, p=16, **q)
import m, n.o
from p import q
m.x(), n.o(), q.r(), q.r(a=1), m.x.y()
print((yield_), sep='')


def g(self, *args, **kwargs):
    import local
    local.x()
    self.x(*args, **kwargs)
    self.f(kwargs.pop('x'), y=self)
    return self(self)(self, k=self)


class D(A, B, k=C): pass
class E(*A, **B): pass
