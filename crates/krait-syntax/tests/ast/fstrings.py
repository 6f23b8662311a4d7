f''
f'' ''
f'' 'a'
f'{a}' 'b' f'c{d}e' "f"
f"x{a!r:>{b}} {{z}} {c=} {d = !s:x}" 'abc' "d"
f"\N{DIGIT ONE}}}{{\N{DIGIT ONE}{x}" rf"\d{{\n{x:\d{y}}" fR"a{x!r:{y}}"
f"""{
x # c}
= }"""
f'{x:{y=}}{""}'
f"{x:}" f"{x!r:a\x41}"
f"{ x = :>{y}}{z=}{w= !a}"
f'{a["b"]}{{}}{lambda_}{(lambda x: 1)}{yield_}'
f'{f"{f'{1}'}"}'
f'{*a, b}' f'{yield}' f'{a,}'
f"{a:{b}{c}d}" f"{a:%H:%M}" f"{a != b}"
f'''
{a}
  {b:
}
'''
u'a' f'{b}'
f"{'a' 'b'}"
rf"{x:\n}" f"{x:\n}"
f'{"\" # nooo \""=}'
