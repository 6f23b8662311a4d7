# mode=single
x + 1; "a"; x = 2; print(x)
