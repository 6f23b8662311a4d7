def t(f):
    try: print(f())
    except Exception as e: print(type(e), e, getattr(e,'name',None))
class C: pass
t(lambda: setattr(C,'__name__',1)); t(lambda:delattr(C,'__name__')); t(lambda:int.__annotations__); t(lambda:C.__abstractmethods__); t(lambda: int.__annotate__); t(lambda:setattr(C,'__annotations__',3) or C.__annotations__); t(lambda:setattr(int,'__annotations__',3)); t(lambda:setattr(C,'__bases__',3)); t(lambda:setattr(C,'__bases__',())); t(lambda:setattr(C,'__bases__',(1,)));t(lambda:setattr(C,'__name__','a\0')); t(lambda:setattr(C,'__name__','\ud800')); t(lambda: type('\ud800',(),{})); t(lambda:setattr(C,'__annotate__',3)); t(lambda:delattr(C,'__annotate__')); t(lambda: setattr(C,'__type_params__',1) or C.__type_params__); t(lambda: delattr(C,'__type_params__')); t(lambda:setattr(C,'__dict__',1)); t(lambda:delattr(C,'__module__')); t(lambda: C.__mro__); t(lambda:setattr(C,'__mro__',1)); t(lambda: type.__abstractmethods__); t(lambda:setattr(object,'__bases__',(int,)));
t(lambda: type()); t(lambda:type(1,2)); t(lambda: type('a',(),{},x=1)); t(lambda:type(1,x=2)); t(lambda:type.__new__()); t(lambda:type.__new__(type)); t(lambda:type.__new__(int,'a',(),{})); t(lambda:type.__new__(1)); t(lambda:type('a',(1,),{})); t(lambda: type('a',[],{})); t(lambda:type('a',(),{'__qualname__':1})); t(lambda:type('a',(),{'__classcell__':1})); t(lambda: type('A',(),{'__slots__':1})); t(lambda: type('A',(),{'__slots__':[1]})); t(lambda: type('A',(),{'__slots__':['__dict__','__dict__']}));t(lambda: type('A',(C,),{'__slots__':['__dict__']}));t(lambda: type('A',(C,),{'__slots__':['__weakref__']}))
class SN:
    def __set_name__(s,o,n): raise ValueError('x')
    def __repr__(s): return 'SNR'
try: type('A',(),{'q':SN()})
except Exception as e: print(type(e), e, e.__notes__)
class IS:
    def __init_subclass__(cls, a): print('is',cls,a)
t(lambda: type('K',(IS,),{}, a=1)); t(lambda: type('K',(IS,),{})); t(lambda: type('K',(),{},b=1)); t(lambda:super()); t(lambda:super(1)); t(lambda:super(1,2,3)); t(lambda:super(int,1,x=1))
t(lambda: super(int,True).__thisclass__); t(lambda: super(int)); t(lambda:super(int).foo); t(lambda:super(C,C()).zz);t(lambda: object.__new__(int)); t(lambda:object.__new__()); t(lambda:object.__new__(1)); t(lambda:int.__new__(str)); t(lambda: object().__init_subclass__(1));t(lambda: object.__init_subclass__(a=1));t(lambda:object().__subclasshook__());t(lambda:type(None)(1)); t(lambda:bool(NotImplemented)); t(lambda:type(...)(2)); t(lambda: property(1,2,3,4,5)); t(lambda:property(x=1)); t(lambda:property().__get__(1)); t(lambda:classmethod()); t(lambda:staticmethod(1,2)); t(lambda:classmethod(x=1)); t(lambda:classmethod(1)); t(lambda:staticmethod(1)()); t(lambda:property().__set_name__(1))
ap=list.append
t(lambda:ap()); t(lambda:ap(1)); t(lambda:ap([])); t(lambda:ap([],x=1)); t(lambda:ap.__get__(1)); t(lambda:ap.__get__(None,list)); t(lambda:ap.__get__(None)); t(lambda: ap([],1,2))
t(lambda: dict.pop()); t(lambda:dict.clear({},1)); t(lambda:str.encode(1)); t(lambda:list.clear([],a=1))
w=int.__add__
t(lambda:w()); t(lambda:w('a',1)); t(lambda:w(1)); t(lambda:w(1,1,a=1)); t(lambda:w.__get__('a')); t(lambda:w.__get__(None,int))
m=(1).__add__
t(lambda:m(1,a=1)); t(lambda:m()); t(lambda:m); t(lambda:w); t(lambda:ap); t(lambda:hash(m)==hash((1).__add__)); t(lambda:m==(1).__add__); t(lambda:m<m)
FT=type(t)
g=FT.__dict__['__code__']; mb=FT.__dict__['__globals__']
t(lambda:g); t(lambda:mb); t(lambda:g.__get__(1)); t(lambda:mb.__get__(1)); t(lambda:g.__set__(1,1)); t(lambda:mb.__set__(t,1)); t(lambda: mb.__delete__(t)); 
g=type.__dict__['__mro__']; t(lambda:g.__set__(int,1)); t(lambda:g.__delete__(int)); t(lambda: g.__get__(None,type)); t(lambda:g.__get__(None,None))
cm=dict.__dict__['fromkeys']; t(lambda:cm); t(lambda:cm.__get__(None,int)); t(lambda:cm.__get__(None,None)); t(lambda:cm.__get__({})); t(lambda:cm()); t(lambda:cm(1)); t(lambda:cm(int)); t(lambda:cm(dict,'ab')); t(lambda:cm.__get__(None,1)); t(lambda: cm.__get__(1,None))
for x in (ap,w,m,g,mb,cm): print(type(x), [k for k in dir(x) if k not in dir(object)], x.__qualname__ if hasattr(x,'__qualname__') else '')
mp=type(type.__dict__)
t(lambda: mp(1)); t(lambda:mp([])); t(lambda:repr(mp({1:2}))); t(lambda:mp()); t(lambda: mp({1:2})|{3:4}); t(lambda:{3:4}|mp({1:2})); t(lambda:hash(mp({}))); t(lambda:mp({})==mp({})); t(lambda:mp({})[1]); t(lambda:mp({}).__ior__({}))
o=object()
t(lambda:o.x); t(lambda:setattr(o,'x',1)); t(lambda:setattr(o,'__class__',1)); t(lambda:setattr(o,'__repr__',1)); t(lambda:delattr(o,'x'))
class S: __slots__=('a',); y=1
s=S()
class A: pass
a=A()
t(lambda:s.a); t(lambda:setattr(s,'y',1)); t(lambda:delattr(s,'a')); t(lambda:setattr(s,'b',1)); t(lambda:delattr(s,'y'))
t(lambda:delattr(a,'y')); t(lambda:a.y); t(lambda:A.y); t(lambda:delattr(A,'y')); t(lambda:setattr(int,'y',1))
t(lambda:setattr(a,1,1)); t(lambda:hash([])); t(lambda: a<a); t(lambda:isinstance(1,1)); t(lambda: issubclass(1,int)); t(lambda: issubclass(int,1)); t(lambda:isinstance(1,(int,1))); t(lambda:isinstance(1,('x',)))
t(lambda:setattr(a,'__class__',int)); t(lambda:setattr(1,'__class__',A)); t(lambda:delattr(a,'__class__'));t(lambda:setattr(s,'__class__',A))
t(lambda:(5).__pow__()); t(lambda:(5).__pow__(1,2,3)); t(lambda:(5).__add__()); t(lambda: object.__setattr__(int,'a',1))
class M(type): pass
class AM(metaclass=M): pass
t(lambda: object.__setattr__(AM,'a',1)); t(lambda: type.__setattr__(AM,'a',1))
class Bo:
    def __bool__(s): return 1
t(lambda: bool(Bo()))
class Ln:
    def __len__(s): return -1
t(lambda: bool(Ln())); t(lambda: len(Ln())); t(lambda: 1 in Ln()); t(lambda: iter(Ln()))
# getattribute / getattr
class GA:
    def __getattribute__(s, n): 
        if n == 'bad': raise AttributeError('nope')
        return 'ga ' + n
t(lambda: GA().foo); t(lambda: GA().bad)
class GB(GA):
    def __getattr__(s, n): return 'fallback ' + n
t(lambda: GB().foo); t(lambda: GB().bad); print(hasattr(GA(), 'bad'), hasattr(GB(), 'bad'))
# weird: class attr None blocks
class NH:
    __hash__ = None
    __iter__ = None
    __contains__ = None
    __add__ = None
    __radd__ = None
t(lambda: hash(NH())); t(lambda: iter(NH())); t(lambda: 1 in NH()); t(lambda: NH()+1); t(lambda: 1+NH())
class CI:
    def __contains__(s, x): return 'yes'
    def __hash__(s): return 2**64+1
    def __int__(s): return 5
    def __float__(s): return 1.5
    def __index__(s): return 7
    def __length_hint__(s): return 3
    def __reversed__(s): return iter('rev')
    def __missing__(s): pass
print(1 in CI(), hash(CI()), int(CI()), float(CI()), [0,1,2,3,4,5,6,7][CI()])
# dynamic slot changes through MRO
class X1: pass
class X2(X1): pass
class X3(X2):
    def __len__(s): return 3
x=X3(); X1.__len__=lambda s: 1; print(len(X2()), len(x)); X2.__len__=lambda s:2; print(len(X2()), len(x), len(X1())); del X3.__len__; print(len(x)); del X2.__len__; print(len(x)); del X1.__len__; t(lambda: len(x))
X1.__call__ = lambda s, *a: ('called', a); print(x(1)); del X1.__call__; t(lambda: x(1))
X1.__init__ = lambda s, v: setattr(s, 'v', v); print(X3(5).v); del X1.__init__; print(X3().__dict__); t(lambda: X3(5))
X1.__new__ = lambda c, *a: 'new'; print(X3(1,2)); 
# eq/hash
class EQ:
    def __eq__(s,o): return True
print(EQ.__hash__, EQ.__dict__['__hash__']); t(lambda: hash(EQ()))
class EQ2(EQ):
    __hash__ = object.__hash__
print(hash(EQ2()) is not None, EQ2() == 4)
class EQ3(EQ):
    def __hash__(s): return 4
print(hash(EQ3()), EQ3()==9)
# multiple inheritance + slots + dicts
class Sa: __slots__=('a',)
class Sb: __slots__=('b',)
t(lambda: type('Sab',(Sa,Sb),{}))
class Sc(Sa, C): __slots__=()
sc=Sc(); sc.a=1; sc.q=2; print(sc.__dict__, sc.a)
class Diamond1(Sa): pass
class Diamond2(Sa): pass
class Diamond(Diamond1, Diamond2): pass
dd=Diamond(); dd.a=1; dd.b=2; print(dd.__dict__, Diamond.__mro__)
# property subclass / doc
class PS(property): 
    "psdoc"
class UsePS:
    @PS
    def f(s): "fdoc"; return 1
    @f.setter
    def f(s, v): s.q = v
print(UsePS().f, UsePS.f.__doc__, type(UsePS.f)); u=UsePS(); u.f=3; print(u.q)
print(property(doc='d').__doc__, property(lambda s: 1).__doc__, isinstance(UsePS.f, property))
# classmethod wrapping attributes
class W:
    @classmethod
    def cm(cls, x: int) -> str: "cmdoc"
    @staticmethod
    def sm(): "smdoc"
print(W.__dict__['cm'].__doc__, W.__dict__['cm'].__wrapped__.__name__, W.__dict__['sm'].__name__, W.__dict__['cm'].__annotations__, W.__dict__['sm'](), W.__dict__['cm'].__isabstractmethod__)
# mro()
class MM(type):
    def mro(c): return [c, C, object] if c.__name__ == 'Q' else type.mro(c)
class Q(metaclass=MM): pass
print(Q.__mro__); t(lambda: MM('Q2', (), {}).__mro__)
class MM2(type):
    def mro(c): return [1]
t(lambda: MM2('Z', (), {}))
class MM3(type):
    def mro(c): return ()
t(lambda: MM3('Z', (), {}))
# nested classes repr
class Outer:
    class Inner:
        def f(s): pass
print(Outer.Inner, Outer.Inner.f, Outer.Inner().f)
# instance dict manipulations
d1=C(); d1.__dict__={'z':1}; print(d1.z); d1.__dict__['y']=2; print(d1.y); t(lambda: setattr(d1,'__dict__',1)); del d1.__dict__; print(d1.__dict__)
d2=C(); d2.a=1; d2.b=2; dct=d2.__dict__; d2.c=3; del d2.a; print(dct); dct['e']=5; print(d2.e); d2=None; print(dct)
# del with resurrection
saved=[]
class Res:
    def __del__(s): saved.append(s)
r=Res(); r=None; print(len(saved)); saved.clear(); print(len(saved))
class BadDel:
    def __del__(s): 1/0
class Exc(Exception):
    def __str__(s): return 'exc!'
try: raise Exc(1)
except Exc as e: print(e, repr(e), e.__class__, e.__traceback__ is not None)
print(int.__dict__['__add__'].__objclass__, int.from_bytes.__self__, dict.fromkeys.__self__, (1).__add__.__self__)
print(type.__text_signature__, int.__text_signature__, object.__text_signature__, object.__init__.__text_signature__, list.append.__text_signature__, object.__doc__)
print([].__class__.__class__.__class__, type.__bases__, type.__mro__, type.__dict__['__doc__'] if False else '')
print(object.__subclasshook__(1), object.__init_subclass__(), int.__subclasses__())
print((lambda: 1).__get__(3, int), t.__get__(None, int) is t)
print(A.__eq__, A.__call__, A.__class__, A().__class__, type.__call__)
