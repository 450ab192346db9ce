# Template strings are in string.templatelib.
