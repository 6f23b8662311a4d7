# mode=single
for i in x: i; "a"
