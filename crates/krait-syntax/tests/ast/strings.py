"""Doc
string"""
'a' "b" '''c''' """d"""
u'a' 'b'
'a' u'b'
U'a'
b'a' b"b\xff\0" rb'\n' Rb"\'" BR'''x'''
r'\n' R"\N{x}" '\N{DIGIT ONE}\x41\u00e9\U0001F600\101\
continued'
"\ud800" '\ud83d\ude00' '\a\b\f\v\r\t\\'
'é' 'ascii' '日本語'
é = ª = 'ﬁ'
ﬁ.ﬁ(ﬁ=1)
("a"
 "b")
x = 'quote\'s "both"'
