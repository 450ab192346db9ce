//! Random programs that the grammar accepts; most of them also mean something.

/// Makes choices from a seed: a linear congruential generator.
pub(crate) struct Grammar {
    state: u64,
    out: String,
    indent: usize,
    /// Choices left before only the shortest forms are taken.
    fuel: u32,
}

const NAMES: &[&str] = &["a", "b", "c", "self", "x", "long_name_of_a_variable", "__class__", "range", "i"];

impl Grammar {
    pub(crate) fn program(seed: u64) -> String {
        let mut grammar = Grammar { state: seed ^ 0x9e37_79b9_7f4a_7c15, out: String::new(), indent: 0, fuel: 250 };
        for _ in 0..=grammar.pick(6) {
            grammar.statement(false);
        }
        grammar.out
    }

    fn pick(&mut self, n: u32) -> u32 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.state >> 33) as u32) % n
    }

    /// A choice that becomes 0 when the program is long enough.
    fn choice(&mut self, n: u32) -> u32 {
        self.fuel = self.fuel.saturating_sub(1);
        if self.fuel == 0 { 0 } else { self.pick(n) }
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn name(&mut self) {
        let at = self.pick(NAMES.len() as u32) as usize;
        self.put(NAMES[at]);
    }

    fn line(&mut self) {
        for _ in 0..self.indent {
            self.put(" ");
        }
    }

    fn block(&mut self, in_loop: bool) {
        self.put(":\n");
        self.indent += 1;
        for _ in 0..=self.choice(3) {
            self.statement(in_loop);
        }
        self.indent -= 1;
    }

    fn list(&mut self, most: u32, mut item: impl FnMut(&mut Self)) {
        for i in 0..self.choice(most + 1) {
            if i > 0 {
                self.put(", ");
            }
            item(self);
        }
    }

    fn statement(&mut self, in_loop: bool) {
        self.line();
        match self.choice(26) {
            0 | 1 => self.expression(),
            2 => {
                self.target();
                self.put(" = ");
                self.expression();
            }
            3 => {
                self.name();
                self.put(" += ");
                self.expression();
            }
            4 => {
                self.put("return_ = ");
                self.target();
                self.put(" = ");
                self.expression();
            }
            5 => {
                self.put("if ");
                self.expression();
                self.block(in_loop);
                while self.choice(3) == 1 {
                    self.line();
                    self.put("elif ");
                    self.expression();
                    self.block(in_loop);
                }
                return self.otherwise(in_loop);
            }
            6 => {
                self.put("while ");
                self.expression();
                self.block(true);
                return self.otherwise(in_loop);
            }
            7 => {
                self.put("for ");
                self.target();
                self.put(" in ");
                self.expression();
                self.block(true);
                return self.otherwise(in_loop);
            }
            8 => {
                self.put("for i in range(");
                self.expression();
                self.put(", ");
                self.expression();
                self.put(")");
                self.block(true);
                return self.otherwise(in_loop);
            }
            9 | 10 => {
                self.put("try");
                self.block(in_loop);
                if self.pick(3) > 0 {
                    self.line();
                    self.put("except a as b");
                    self.block(in_loop);
                    if self.pick(2) > 0 {
                        self.line();
                        self.put("except");
                        self.block(in_loop);
                    }
                    self.otherwise(in_loop);
                    if self.pick(2) > 0 {
                        return;
                    }
                }
                self.line();
                self.put("finally");
                return self.block(in_loop);
            }
            11 => {
                self.put("with ");
                self.expression();
                self.put(" as ");
                self.target();
                self.put(", ");
                self.expression();
                return self.block(in_loop);
            }
            12..=14 => {
                if self.pick(3) == 0 {
                    self.put("@a.b(1)\n");
                    self.line();
                }
                let is_async = self.pick(4) == 0;
                self.put(if is_async { "async def f(" } else { "def f(" });
                self.parameters();
                self.put(")");
                return self.block(false);
            }
            15 => {
                self.put("class A(");
                self.list(2, Self::expression);
                self.put(")");
                return self.block(false);
            }
            16 => self.put(if in_loop { "break" } else { "pass" }),
            17 => self.put(if in_loop { "continue" } else { "pass" }),
            18 => {
                self.put("return ");
                self.expression();
            }
            19 => {
                self.put("yield ");
                self.expression();
            }
            20 => {
                self.put("del ");
                self.target();
            }
            21 => self.put("global c"),
            22 => self.put("nonlocal a"),
            23 => {
                self.put("assert ");
                self.expression();
            }
            24 => {
                self.put("async for a in b");
                return self.block(true);
            }
            _ => {
                self.put("async with a as b");
                return self.block(in_loop);
            }
        }
        self.put("\n");
    }

    fn otherwise(&mut self, in_loop: bool) {
        if self.choice(3) == 1 {
            self.line();
            self.put("else");
            self.block(in_loop);
        }
    }

    fn parameters(&mut self) {
        for (i, name) in ["a", "b", "x"].into_iter().enumerate() {
            if self.pick(2) == 0 {
                self.put(name);
                if i == 2 || self.pick(4) == 0 {
                    self.put("=");
                    self.expression();
                }
                self.put(", ");
            }
        }
        if self.pick(3) == 0 {
            self.put("*args, ");
            if self.pick(2) == 0 {
                self.put("k=1, ");
            }
        }
        if self.pick(3) == 0 {
            self.put("**kw");
        }
    }

    fn target(&mut self) {
        match self.choice(7) {
            0..=2 => self.name(),
            3 => self.put("a.b"),
            4 => {
                self.put("a[");
                self.expression();
                self.put("]");
            }
            5 => self.put("(a, *b)"),
            _ => self.put("[a, (b, c)]"),
        }
    }

    fn comprehension(&mut self) {
        self.put(" for ");
        self.name();
        self.put(" in ");
        self.atom();
        while self.choice(3) == 1 {
            match self.pick(2) {
                0 => {
                    self.put(" if ");
                    self.atom();
                }
                _ => {
                    self.put(" for i in ");
                    self.atom();
                }
            }
        }
    }

    fn atom(&mut self) {
        self.put("(");
        self.expression();
        self.put(")");
    }

    fn expression(&mut self) {
        match self.choice(26) {
            0..=2 => self.name(),
            3 => self.put(["1", "0", "-5", "1000000", "2.5", "10**20"][self.state as usize >> 3 & 3]),
            4 => self.put("'text'"),
            5 => self.put(["None", "True", "False", "..."][self.state as usize >> 5 & 3]),
            6 | 7 => {
                self.atom();
                let ops = [" + ", " - ", " * ", " // ", " | ", " << ", " ** ", " % "];
                let at = self.pick(8) as usize;
                self.put(ops[at]);
                self.atom();
            }
            8 => {
                self.atom();
                let ops = [" < ", " in ", " is not ", " not in ", " == "];
                for _ in 0..=self.pick(2) {
                    let at = self.pick(5) as usize;
                    self.put(ops[at]);
                    self.atom();
                }
            }
            9 | 10 => {
                self.atom();
                for _ in 0..=self.pick(2) {
                    let op = if self.pick(2) == 0 { " and " } else { " or " };
                    self.put(op);
                    self.atom();
                }
            }
            11 => {
                self.put("not ");
                self.atom();
            }
            12 => {
                self.atom();
                self.put(" if ");
                self.atom();
                self.put(" else ");
                self.expression();
            }
            13 => {
                self.put("lambda a, b=1: ");
                self.expression();
            }
            14 => {
                self.put("[");
                self.list(4, Self::expression);
                self.put("]");
            }
            15 => {
                self.put("(");
                self.expression();
                self.put(", ");
                self.expression();
                self.put(")");
            }
            16 => {
                self.put("{");
                self.list(3, |g| {
                    g.atom();
                    g.put(": ");
                    g.expression();
                });
                self.put("}");
            }
            17 => {
                let brackets = [("[", "]"), ("(", ")"), ("{", "}")];
                let (open, close) = brackets[self.pick(3) as usize];
                self.put(open);
                self.expression();
                self.comprehension();
                self.put(close);
            }
            18 => {
                self.put("{");
                self.atom();
                self.put(": ");
                self.atom();
                self.comprehension();
                self.put("}");
            }
            19 | 20 => {
                self.name();
                if self.pick(2) == 0 {
                    self.put(".method");
                }
                self.put("(");
                self.list(3, Self::expression);
                self.put(
                    ["", ", *a", ", k=b", ", **c"][self.state as usize >> 7 & 3]
                        .trim_start_matches(if self.out.ends_with('(') { ", " } else { "" }),
                );
                self.put(")");
            }
            21 => {
                self.atom();
                self.put(["[1:2]", "[a]", "[::b]", ".attr"][self.state as usize >> 9 & 3]);
            }
            22 => {
                self.put("(");
                self.put("x := ");
                self.expression();
                self.put(")");
            }
            23 => self.put(["(yield)", "(yield a)", "(yield from b)", "(await c)"][self.state as usize >> 11 & 3]),
            24 => self.put("super().method(a)"),
            _ => self.put("f'{a}{b!r}'"),
        }
    }
}
