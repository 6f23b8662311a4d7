def t(f):
    try: print(f())
    except Exception as e: print(type(e), e, getattr(e,'name',None))
class A:
    "doc"
    x = 1
    def __init__(self, v=0): self.v = v
    def __repr__(self): return 'A(%r)' % self.v
    def m(self): return self.v
    @classmethod
    def c(cls): return cls
    @staticmethod
    def s(q): return q
    @property
    def p(self): return self.v * 2
    @p.setter
    def p(self, q): self.v = q
a = A(3)
print(a, a.m(), a.c(), a.s(4), a.p, A.__doc__, A.__name__, A.__qualname__, A.__module__)
a.p = 5; print(a.v, a.__dict__, A.m(a))
t(lambda: delattr(a,'p'))
t(lambda: a.zzz); t(lambda: A.zzz); t(lambda: setattr(a,'__class__',1))
class B(A):
    def __init__(self): super().__init__(7)
    def m(self): return super().m() + 1
    @classmethod
    def c(cls): return super().c(), 'B'
print(B(), B().m(), B.c(), B.__mro__, B.__bases__, A.__subclasses__())
class N:
    def __init__(s, v): s.v = v
    def __add__(s, o): return ('add', s.v, o)
    def __radd__(s, o): return ('radd', s.v, o)
    def __iadd__(s, o): return ('iadd', s.v)
    def __eq__(s, o): return s.v == getattr(o, 'v', o)
    def __lt__(s, o): return s.v < o.v
    def __len__(s): return s.v
    def __getitem__(s, k): return ('get', k)
    def __setitem__(s, k, v): print('set', k, v)
    def __delitem__(s, k): print('del', k)
    def __contains__(s, k): return k == 1
    def __call__(s, *a, **k): return (a, k)
    def __iter__(s): return iter([1,2,3])
    def __bool__(s): return False
    def __index__(s): return s.v
    def __pow__(s, o, m=None): return ('pow', o, m)
    def __rpow__(s, o, m=None): return ('rpow', o, m)
    def __neg__(s): return 'neg'
    def __getattr__(s, n): return 'attr ' + n
    def __enter__(s): return 's'
n = N(4)
print(n + 1, 1 + n, n == 4, n != 4, n < N(5), n > N(5), len(n), n[3], n[1:2], 1 in n, 2 in n, n(1, b=2), list(n), not n, -n, n ** 2, 2 ** n, pow(n, 1, 2), pow(1, n, 5), n.foo, [1,2,3,4,5][n])
n[1] = 2; del n[3]
n += 1; print(n)
t(lambda: hash(N(1))); t(lambda: N(1) <= N(2)); t(lambda: n - 1); t(lambda: 1 - N(2))
class S:
    __slots__ = ('a', '__b')
    def set(self): self.__b = 9; return self.__b
s = S(); s.a = 1; print(s.a, s.set(), S.__slots__, sorted(k for k in S.__dict__ if 'b' in k or k == 'a'))
t(lambda: setattr(s, 'q', 1)); t(lambda: S.a); del s.a; t(lambda: s.a); t(lambda: delattr(s, 'a')); t(lambda: s.__dict__)
class SD(S): pass
sd = SD(); sd.q = 1; sd.a = 2; print(sd.__dict__, sd.a)
class M(type):
    def __new__(m, name, bases, ns, **k): print('new', name, k); return super().__new__(m, name, bases, ns)
    def __init__(c, name, bases, ns, **k): print('init', name, k)
    def __call__(c, *a): print('call', a); return super().__call__(*a)
    @classmethod
    def __prepare__(m, name, bases, **k): print('prep', name, k); return {'pre': 1}
    def meth(c): return 'meta', c
    prop = property(lambda c: 'mprop')
class MC(metaclass=M, z=1): y = 2
print(MC(), type(MC) is M, MC.pre, MC.meth(), MC.prop) if False else print(type(MC()), MC.pre, MC.meth(), MC.prop)
t(lambda: MC().prop)
class D:
    def __get__(s, i, o): return ('get', i is None, o)
    def __set__(s, i, v): print('dset', v)
    def __delete__(s, i): print('ddel')
    def __set_name__(s, o, n): print('set_name', o, n)
class UD: d = D()
u = UD(); print(u.d, UD.d); u.d = 1; del u.d; u.__dict__['d'] = 5; print(u.d[1:])
class IS:
    def __init_subclass__(cls, **k): print('init_subclass', cls, k)
class IS2(IS, q=1): pass
class G:
    def __class_getitem__(c, i): return (c, i)
print(G[1]); t(lambda: A[1])
class Del:
    def __del__(s): print('del', s.n)
x = Del(); x.n = 1; x = None
class E(Exception):
    def __init__(s, a): super().__init__(a, 'q'); s.a = a
try: raise E(4)
except E as e: print(repr(e), e.args, e.a, str(e))
class L(list):
    def append(s, x): super().append(x * 2)
l = L([1]); l.append(4); l.z = 1; print(l, l.__dict__, type(l), l + [1], isinstance(l, list))
class I(int):
    def __add__(s, o): return I(int.__add__(s, o))
i = I(4); print(i + 1, type(i + 1), i * 2, type(i * 2), int(i), i.real, hash(i), i == 4)
class DD(dict):
    def __missing__(s, k): return 'missing'
d = DD(a=1); print(d['a'], d['b'], d)
class T(tuple):
    def __new__(c, *a): return super().__new__(c, a)
tt = T(1, 2); print(tt, len(tt), tt[0], type(tt), tt == (1, 2)); tt.x = 3; print(tt.__dict__)
class St(str):
    def up(s): return s.upper()
print(St('abc').up(), St('x') + 'y', {St('k'): 1}['k'])
class F(float): pass
print(F(1.5) + 1, type(F(2)))
print([c.__name__ for c in type(tt).__mro__])
t(lambda: type('X', (int, str), {}))
t(lambda: type('X', (bool,), {}))
def f(self): return 'dynamic'
A.dyn = f; print(a.dyn(), B().dyn()); del A.dyn; t(lambda: a.dyn)
A.__len__ = lambda s: 42; print(len(a), len(B())); del A.__len__; t(lambda: len(a))
A.__getattr__ = lambda s, n: n + '!'; print(a.hello); del A.__getattr__; t(lambda: a.hello)
A.__setattr__ = lambda s, n, v: print('sa', n, v); a.q = 1; del A.__setattr__; a.q = 2; print(a.q)
class C1: pass
class C2: z = 'C2'
c = C1(); c.k = 1; c.__class__ = C2; print(c.z, c.k, type(c)); c.j = 2; print(c.__dict__)
class C3(C1): pass
C3.__bases__ = (C2,); print(C3().z, C3.__mro__, C1.__subclasses__(), C2.__subclasses__())
print(object.__repr__ , A.__init__ is A.__dict__['__init__'], (1).__add__, int.__add__, [].append.__name__, list.append)
t(lambda: int.__add__('a', 1)); t(lambda: list.append(1, 2)); t(lambda: list.append())
print(type.__dict__['__mro__'], A.__dict__['__dict__'], A.__dict__['__weakref__'], S.__dict__['a'])
print(type(A.__dict__), A.__dict__.keys() if False else list(A.__dict__))
print(A.__annotations__, A.__type_params__)
class An:
    x: int = 1
    y: 'str'
print(An.__annotations__, An.__annotate__(1))
print(isinstance(1, int | str), issubclass(bool, (str, int)), isinstance(a, A), issubclass(B, A))
t(lambda: isinstance(1, 1)); t(lambda: issubclass(1, int))
class Meta2(type):
    def __instancecheck__(c, o): return o == 5
    def __subclasscheck__(c, o): return True
class Mc2(metaclass=Meta2): pass
print(isinstance(5, Mc2), isinstance(6, Mc2), issubclass(int, Mc2))
class R:
    def __repr__(s): return 1
t(lambda: repr(R())); t(lambda: str(R()))
class Ini:
    def __init__(s): return 1
t(lambda: Ini()); t(lambda: A(1, 2, 3)); t(lambda: object(1))
class P:
    @property
    def only(s): return 1
t(lambda: setattr(P(), 'only', 2)); t(lambda: delattr(P(), 'only')); print(P.only.__name__, P.only.fget)
print(super(B, B()).m(), super(B, B).c)
class Cmp:
    def __eq__(s, o): return NotImplemented
    def __lt__(s, o): return NotImplemented
print(Cmp() == 1, Cmp() != 1); t(lambda: Cmp() < Cmp())
class RA(A):
    def __radd__(s, o): return 'RA'
class LA(A):
    def __add__(s, o): return 'LA'
    def __radd__(s, o): return 'LAr'
class LB(LA):
    def __radd__(s, o): return 'LBr'
print(LA() + LB(), LB() + LA(), LA() + LA(), 1 + LB(), LA() + RA())
print(dir(S())[-3:], 'm' in dir(a), 'v' in dir(a), '__abstractmethods__' in dir(A), 'mro' in dir(A))
print(A.__flags__ & 1024, A.__basicsize__, A.__dictoffset__, A.__weakrefoffset__, A.__base__, int.__itemsize__)
print(type(a).__call__, type.__call__(A, 4), A.__call__(5), A.__new__, object.__new__(A).x)
t(lambda: object.__new__(int)); t(lambda: int.__new__(str)); t(lambda: object.__init__(1, 2))
print(a.__sizeof__(), a.__dir__ is not None, a.__format__(''), a.__reduce_ex__ is not None, a.__str__())
t(lambda: a.__format__('x')); t(lambda: format(a, 'x'))
print(a.__eq__(a), a.__eq__(1), a.__ne__(a), a.__ne__(1), a.__hash__() == hash(a), a.__lt__(1))
print(None.__class__, type(None)(), type(...)(), bool(None), None == None, None != 1)
t(lambda: bool(NotImplemented)); t(lambda: None()); t(lambda: type(None)(1))
