# Slices of built-in containers, which need no memory of their own, and those that a class gets to keep.

b=bytearray(range(10)); m=memoryview(b); l=list(range(10)); t=tuple(l); s='abcdefghij'; y=bytes(b)
for a in (b,m,l,t,s,y,range(10)):
    print(a[2:5], a[::-1] if not isinstance(a, memoryview) else '', a[-3:], a[:3], a[1:8:3] if not isinstance(a, memoryview) else "")
l[1:3]=[l[4:6], l[7:8]]; print(l)
del l[0:2]; print(l)
l[0:1]=(x for x in [1,2,3][0:2]) if False else [9,9]
print(l)
class L(list):
    def __getitem__(self,i): return i
k=L([1,2])
print(k[1:2], k[1:2] is k[1:2])
try: s[1:'a']
except TypeError as e: print(e)
try: l[1:2:0]
except ValueError as e: print(e)
try: 5[1:2]
except TypeError as e: print(e)
print([1,2,3][(lambda: [4,5][0:1])()[0]-4:])
import gc
for i in range(1000): assert l[1:3]==l[1:3], i
