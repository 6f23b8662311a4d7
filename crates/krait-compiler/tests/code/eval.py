# mode=eval
[a for a in b if c(a)] + (lambda x: x)(1)
