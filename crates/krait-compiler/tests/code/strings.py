x = f'', f'a', f'{a}', f'a{b}c', f'{a!r}{b!s}{c!a}', f'{a:>10}', f'{a!r:{w}.{p}}', f'{a=}', f'{a + 1 = !r:^{w}}'
x = f'{{}}', f'{a}{b}' 'c' f'{d}', f"{'nested' f'{a}'}", f'{a:{b:{c}}}', f'{1}', f'{"a"}'
x = f'{a,}', f'{lambda_}', f'{ {1: 2} }', f'{[x for x in y]}', f'''{
    a
    + b}
'''
x = 'a%s' % a, 'a%s' % (a,), 'a%sb%rc%a' % (a, b, c), '%-5s%5r%.3a%10.2s' % (a, b, c, d), '%d' % (a,), '%%%s%%' % (a,)
x = '%s' % (a, b), '%s%s' % (a,), '%s' % (*a,), '%' % (a,), '%1000s' % (a,), '%(a)s' % (a,), 'none' % (), '%s\ud800' % (a,)
x = '%s %s' % (a + 1, f(b)), b'%s' % (a,)
x = t'', t'a', t'{a}', t'a{b}c{d!r:>{w}}', t'{a}{b}', t'{a=}', t'{a}' t'b', t'{ a . b }'
x = f'{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}{l}{m}{n}{o}{p}{q}{r}{s}{t}{u}{v}{w}{x}{y}{z}{a}{b}{c}{d}{e}'
f'{a}'
'doc' f'{a}'
x = rf'\{a}\n', fr'{a:\d}', F'{a}', 'a' 'b' f'c{d}e' 'f'
