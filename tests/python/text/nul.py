# A NUL in source text is a character like any other: kept in literals, and no part of any other token.
print([eval("'a\0b'"), eval("b'\0\1'"), eval("'''\0\n\0'''"), eval('f"\0{1}\0"')])
exec("x = 1 # \0 comment")
print(x)
for bad in ("\0", "a\0", "1 \0 2", "a = \0", "\0a = 1"):
    try:
        exec(bad)
    except SyntaxError:
        print("SyntaxError")
