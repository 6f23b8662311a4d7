

"only a docstring"
