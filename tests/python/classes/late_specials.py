# Special methods that a class gets after others have inherited from it.
class A: pass
class B(A): pass
A.bar=property(lambda s:5)
print(B().bar, A().bar)
class C(B):
    def m(s): return s.x
A.__getattr__=lambda s,n: n
print(C().zzz, C().m())
A.__setattr__=lambda s,n,v: print('set',n,v)
c=C(); c.q=3
class M1: pass
class M2(M1): pass
class M3(M2, A): pass
M1.__getattr__=lambda s,n: 'late '+n
print(M3().foo)
