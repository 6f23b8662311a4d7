def t(f):
    try: print(f())
    except BaseException as e: print(type(e), e, getattr(e,'name',None))
names = 'add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or'.split()
ns = {}
def mk(n):
    def f(s, *a): return (n, len(a))
    return f
for n in names:
    for p in ('', 'r', 'i'):
        if n == 'divmod' and p == 'i': continue
        ns['__%s%s__' % (p, n)] = mk(p + n)
for n in 'neg pos abs invert'.split(): ns['__%s__' % n] = mk(n)
Ops = type('Ops', (), ns)
o = Ops()
print(o+1, o-1, o*1, o@1, o/1, o//1, o%1, divmod(o,1), o**1, o<<1, o>>1, o&1, o^1, o|1)
print(1+o, 1-o, 1*o, 1@o, 1/o, 1//o, 1%o, divmod(1,o), 1**o, 1<<o, 1>>o, 1&o, 1^o, 1|o)
for s in ('+=','-=','*=','@=','/=','//=','%=','**=','<<=','>>=','&=','^=','|='): pass
x=o; x+=1; print(x); x=o; x-=1; print(x); x=o; x*=1; print(x); x=o; x@=1; print(x); x=o; x/=1; print(x); x=o; x//=1; print(x); x=o; x%=1; print(x); x=o; x**=1; print(x); x=o; x<<=1; print(x); x=o; x>>=1; print(x); x=o; x&=1; print(x); x=o; x^=1; print(x); x=o; x|=1; print(x)
print(-o, +o, ~o)
# builtin subclasses keep native slots
class SI(int): pass
print(SI(3)+4, SI(3)*SI(4), 2**SI(5), -SI(2), SI(-4).__abs__(), SI(7)//2, divmod(SI(7),2), SI(3)<5, {SI(3):1}[3], [1,2,3,4][SI(2)], hash(SI(9)), bool(SI(0)), str(SI(5)), repr(SI(6)), float(SI(3)))
class SL(list):
    def __getitem__(s, i): return 'gi%s' % (i,)
    def __len__(s): return 77
    def __iter__(s): return iter('xyz')
    def __contains__(s, x): return True
sl = SL([1,2]); print(sl[0], len(sl), list(sl), 5 in sl, sl == [1,2], sl + [3], list.__len__(sl), list.__getitem__(sl, 0))
class SD(dict):
    def __setitem__(s, k, v): super().__setitem__(k, v*2)
    def __eq__(s, o): return 'eq'
sd = SD(a=1); sd['b'] = 2; print(sd, sd == 1, sd != 1); t(lambda: hash(sd))
class SE(ValueError):
    def __str__(s): return 'SE!' 
t(lambda: (_ for _ in ()).throw(SE(1)))
class SS(str):
    def __eq__(s, o): return False
    __hash__ = str.__hash__
print(SS('a') == 'a', 'a' == SS('a'), SS('a') in ['a'], {SS('a'): 1}.get('a'))
# reflected priority
class Base:
    def __add__(s,o): return 'Base.add'
    def __radd__(s,o): return 'Base.radd'
class Derived(Base): pass
class Derived2(Base):
    def __radd__(s,o): return 'D2.radd'
print(Base()+Derived(), Base()+Derived2(), Derived()+Derived2())
class IntLike(int):
    def __radd__(s, o): return 'IL'
print(1 + IntLike(2), IntLike(2) + 1, IntLike(1) + IntLike(2))
# compare reflection
class CB:
    def __lt__(s,o): return 'CB.lt'
    def __gt__(s,o): return 'CB.gt'
class CD(CB):
    def __gt__(s,o): return 'CD.gt'
print(CB() < CD(), CB() > CD(), CD() < CB(), 1 < CB(), 1 > CB())
# iterators
class It:
    def __init__(s): s.n = 0
    def __iter__(s): return s
    def __next__(s):
        s.n += 1
        if s.n > 3: raise StopIteration('end')
        return s.n
print(list(It()), tuple(It()), sorted(It()), [*It()], max if False else 0)
i = It(); t(lambda: (next(i), next(i), next(i))); t(lambda: next(i)); t(lambda: i.__next__())
class Seq:
    def __getitem__(s, i):
        if i > 2: raise IndexError
        return i * 10
print(list(Seq()), 20 in Seq(), 5 in Seq(), [a for a in Seq()])
class BadIter:
    def __iter__(s): return 1
t(lambda: iter(BadIter())); t(lambda: list(BadIter()))
class NoNext:
    def __iter__(s): return s
t(lambda: list(NoNext())); t(lambda: next(NoNext()))
del It.__next__
t(lambda: next(It())); t(lambda: list(It()))
# async
class Aw:
    def __await__(s): return iter([1])
    def __aiter__(s): return s
    def __anext__(s): return s
async def co(): return await Aw()
c = co(); print(c.send(None)); t(lambda: c.send(None))
async def co2():
    async for x in Aw(): return x
async def co3(): await 5
t(lambda: co3().send(None))
# with
class CM:
    def __enter__(s): return 'entered'
    def __exit__(s, *a): print('exit', a[0]); return True
with CM() as v: print(v); raise KeyError(1)
class NoCM: pass
def f():
    with NoCM(): pass
t(f)
# callable class instances w/ kwargs, many args
class Ca:
    def __call__(s, *a, **k): return len(a), sorted(k)
print(Ca()(*[1,2,3,4,5,6,7,8,9,0]), Ca()(1, x=2, **{'y': 3}), Ca().__call__(1))
class Init:
    def __init__(s, a, b=2, *c, d=4, **e): s.r = (a, b, c, d, e)
print(Init(1).r, Init(1, 2, 3, d=5, z=6).r, Init(a=1, b=3).r); t(lambda: Init())
class New:
    def __new__(cls, *a, **k): s = super().__new__(cls); s.a = a; return s
    def __init__(s, *a, **k): s.k = k
print(New(1, x=2).a, New(1, x=2).k)
class NewOther:
    def __new__(cls): return 5
    def __init__(s): print('not called')
print(NewOther())
class Single:
    inst = None
    def __new__(cls):
        if cls.inst is None: cls.inst = object.__new__(cls)
        return cls.inst
print(Single() is Single())
# metaclass with attribute hooks
class MH(type):
    def __getattr__(c, n): return 'meta-' + n
    def __setattr__(c, n, v): super().__setattr__(n, v * 2)
    def __len__(c): return 9
    def __iter__(c): return iter([1, 2])
    def __contains__(c, x): return x == 1
    def __getitem__(c, i): return 'item', i
    def __add__(c, o): return 'madd'
    def __repr__(c): return '<MH>'
    def __hash__(c): return 5
    def __eq__(c, o): return True
class H(metaclass=MH): pass
H.q = 4; print(H.zork, H.q, len(H), list(H), 1 in H, H[3], H + 1, H, hash(H), H == 4, repr(H())[:10])
t(lambda: H().zork)
# enum-like: class in class dict
class Color:
    RED = 1
    def __init_subclass__(cls, /, **k): cls.k = k
class C2(Color, a=1): pass
print(C2.k, C2.RED)
# __slots__ with defaults & inheritance & weakref
class WS: __slots__ = ('x', '__weakref__', '__dict__')
w = WS(); w.x = 1; w.y = 2; print(w.__dict__, w.__weakref__)
class Em: __slots__ = ()
t(lambda: setattr(Em(), 'a', 1)); t(lambda: Em().__weakref__)
# deep nesting destruct
class Nd: pass
h = None
for k in [0]*50:
    for k2 in [0]*1000:
        n = Nd(); n.next = h; h = n
h = None; n = None
print('chain ok')
l = []
for k in [0]*100000: l = [l]
l = None; print('list chain ok')
# recursion
class Rec:
    def __repr__(s): return repr(s)
    def __getattr__(s, n): return getattr(s, n)
    def __eq__(s, o): return s == o
    def __hash__(s): return hash(s)
    def __call__(s): return s()
    def __len__(s): return len(s)
    def __str__(s): return str(s)
    def __bool__(s): return not s
    def __add__(s, o): return s + o
for f in (repr, hash, len, str, bool, lambda r: r.x, lambda r: r == r, lambda r: r(), lambda r: r + 1, lambda r: r.__call__()):
    try: f(Rec())
    except RecursionError as e: print('RecursionError')
# type(name...) with many
for k in [0]*3000: type('Tmp', (), {'a': 1, '__len__': len})
print("gc")
X = type('X', (), {'a': 0})
for k in [0]*2500: X.a = X.a + 1
print(X.a, X().a)
class Lots: pass
for k in [0]*1200:
    Lots.v = k; Lots().v
print(Lots().v); Lots.v = 'end'; print(Lots().v)
