//! Templates: pieces, names, errors and their words, and that no text makes a panic.

use krait_strfmt::*;
use proptest::prelude::*;

fn lit(s: &str) -> Result<FieldPiece<'_>, Error> {
    Ok(FieldPiece::Literal(s.as_bytes()))
}

fn field<'a>(name: &'a str, conversion: Option<Conversion>, spec: Option<&'a str>) -> Result<FieldPiece<'a>, Error> {
    Ok(FieldPiece::Field(Field { name: name.as_bytes(), conversion, spec: spec.map(str::as_bytes) }))
}

fn pieces(template: &str) -> Vec<Result<FieldPiece<'_>, Error>> {
    Fields::new(template.as_bytes()).collect()
}

#[test]
fn format_templates() {
    assert_eq!(pieces(""), []);
    assert_eq!(pieces("abc"), [lit("abc")]);
    assert_eq!(pieces("}}{{"), [lit("}"), lit("{")]);
    assert_eq!(pieces("a{{b}}c"), [lit("a{"), lit("b}"), lit("c")]);
    assert_eq!(pieces("{}-{0}"), [field("", None, None), lit("-"), field("0", None, None)]);
    assert_eq!(pieces("{:}"), [field("", None, None)]);
    assert_eq!(pieces("{a!r:>4}"), [field("a", Some(Conversion::Repr), Some(">4"))]);
    assert_eq!(pieces("{!s}x"), [field("", Some(Conversion::Str), None), lit("x")]);
    let nested = pieces("{:{}.{w}}");
    assert_eq!(nested, [field("", None, Some("{}.{w}"))]);
    match &nested[0] {
        Ok(FieldPiece::Field(field)) => assert!(field.is_nested()),
        _ => panic!(),
    }
    for (template, error) in [
        ("}", Error::SingleBrace),
        ("a}b", Error::SingleBrace),
        ("{", Error::UnmatchedBrace),
        ("{abc", Error::UnmatchedBrace),
        ("{a:{}", Error::UnmatchedBrace),
        ("{!", Error::ConversionMissing),
        ("{!d}", Error::ConversionUnknown('d')),
        ("{!é}", Error::ConversionUnknown('é')),
        ("{!r", Error::UnmatchedBrace),
        ("{!s :}", Error::ExpectedColon),
    ] {
        let got = pieces(template);
        assert_eq!(got.last(), Some(&Err(error)), "{template}");
    }
}

#[test]
fn field_names() {
    assert!(matches!(FieldName::parse(b""), Ok(FieldName::Automatic)));
    let Ok(FieldName::Index(12, steps)) = FieldName::parse(b"12.a[3][k].b") else {
        panic!();
    };
    let steps: Vec<_> = steps.map(Result::unwrap).collect();
    assert_eq!(steps, [Step::Attribute(b"a"), Step::Index(3), Step::Key(b"k"), Step::Attribute(b"b")]);
    let Ok(FieldName::Key(b"x", steps)) = FieldName::parse(b"x") else {
        panic!();
    };
    assert!(steps.is_empty());
    for bad in ["0x", "a[", "a[]", "a.", "a[1]b", "a..b"] {
        let steps = match FieldName::parse(bad.as_bytes()).unwrap() {
            FieldName::Index(_, steps) | FieldName::Key(_, steps) => steps,
            FieldName::Automatic => panic!(),
        };
        assert_eq!(steps.last(), Some(Err(Error::Attributes)), "{bad}");
    }
    assert_eq!(FieldName::parse(b"99999999999").err(), Some(Error::TooManyDigits));

    let mut numbering = Numbering::default();
    assert_eq!(numbering.automatic(), Ok(0));
    assert_eq!(numbering.automatic(), Ok(1));
    assert_eq!(numbering.manual(), Err(Error::ManualAfterAutomatic));
    let mut numbering = Numbering::default();
    numbering.manual().unwrap();
    assert_eq!(numbering.automatic(), Err(Error::AutomaticAfterManual));
}

#[test]
fn specs() {
    let spec = Spec::parse("*^+#012,.3f").unwrap();
    assert_eq!((spec.fill, spec.align, spec.sign), (Some('*'), Some(Align::Center), Sign::Plus));
    assert_eq!((spec.alternate, spec.zero, spec.width), (true, true, 12));
    assert_eq!((spec.separator, spec.precision, spec.code), (Some(','), Some(3), Some('f')));
    assert_eq!(Spec::parse("<<").unwrap().fill, Some('<'));
    assert_eq!(Spec::parse("é=3").unwrap().fill, Some('é'));
    assert_eq!(Spec::parse("9"), Ok(Spec { width: 9, ..Spec::default() }));
    for bad in ["*\"1\"", "q", "5q", "d5", "<é", "..", "5,,", "+-"] {
        assert_eq!(Spec::parse(bad), Err(Error::InvalidSpec), "{bad}");
    }
    assert_eq!(Spec::parse("99999999999"), Err(Error::TooManyDigits));
    assert_eq!(Spec::parse(".2147483648"), Err(Error::TooManyDigits));

    let w = &mut String::new();
    let text = |w: &mut String, spec: &str| write_text(w, &Spec::parse(spec).unwrap(), "zzz");
    assert_eq!(text(w, "="), Err(Error::PadAfterSignInText));
    assert_eq!(text(w, "+s"), Err(Error::SignInText));
    assert_eq!(text(w, "X"), Err(Error::UnknownCode('X')));
    assert_eq!(Spec::parse("s").unwrap().int_form(), Err(Error::UnknownCode('s')));
    assert_eq!(Spec::parse("+s").unwrap().int_form(), Err(Error::SignInText));
    assert_eq!(write_char(w, &Spec::parse("+c").unwrap(), 'a'), Err(Error::SignWithChar));
    assert_eq!(write_float(w, &Spec::parse("10.1b").unwrap(), 0.0), Err(Error::UnknownCode('b')));
    write_char(w, &Spec::parse("4c").unwrap(), '0').unwrap();
    assert_eq!(w, "   0");
}

#[test]
fn percent_templates() {
    let all = |s: &'static str| Percent::new(s.as_bytes()).collect::<Vec<_>>();
    let lit = |s: &'static str| Ok(PercentPiece::Literal(s.as_bytes()));
    assert_eq!(all("%%"), [lit("%")]);
    assert_eq!(all("a%%b"), [lit("a%"), lit("b")]);
    for (template, error) in [
        ("a%", Error::Incomplete),
        ("%5", Error::Incomplete),
        ("%*", Error::Incomplete),
        ("%.", Error::Incomplete),
        ("%(a", Error::IncompleteKey),
        ("%99999999999d", Error::TooManyDigits),
    ] {
        assert_eq!(all(template).last(), Some(&Err(error)), "{template}");
    }
    let one = |s: &'static str| match all(s).pop() {
        Some(Ok(PercentPiece::Directive(directive))) => directive,
        _ => panic!("{s}"),
    };
    let d = one("%(key)-*.*d");
    assert_eq!((d.key, d.width, d.precision), (Some(&b"key"[..]), Some(Amount::Argument), Some(Amount::Argument)));
    let spec = d.spec(Some(5), Some(8)).unwrap();
    let mut out = String::new();
    write_int(&mut out, &spec, false, "20").unwrap();
    assert_eq!(out, "00000020");
    let spec = one("%*d").spec(Some(-5), None).unwrap();
    assert_eq!((spec.align, spec.width), (Some(Align::Left), 5));
    assert_eq!(one("%*d").spec(Some(i64::MIN), None), Err(Error::TooManyDigits));
    assert_eq!(one("ab%l").kind(), Err(Error::Unsupported('l', 3)));
    assert_eq!(one("%é").kind(), Err(Error::Unsupported('é', 1)));
    assert_eq!(one("%.d").precision, Some(Amount::Given(0)));
}

#[test]
fn words() {
    let say = |error: Error| {
        let mut out = String::new();
        error.message(&mut out, "int").unwrap();
        out
    };
    assert_eq!(say(Error::UnknownCode('s')), "unknown format code 's' for object of type 'int'");
    assert_eq!(say(Error::Unsupported('l', 1)), "unsupported format character 'l' (0x6c) at index 1");
    assert_eq!(say(Error::ConversionUnknown('d')), "unknown conversion specifier d");
    assert_eq!(say(Error::SingleBrace), "single '}' encountered in format string");
    assert_eq!(Error::NotEnough.class(), Class::Type);
    assert_eq!(Error::ArgumentMissing.class(), Class::Index);
    assert_eq!(Error::Attributes.class(), Class::NotImplemented);
    assert_eq!(Error::InvalidSpec.class(), Class::Value);
}

/// Refuses after some bytes, as a full heap does.
struct Full(usize);

impl std::fmt::Write for Full {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        self.0 = self.0.checked_sub(s.len()).ok_or(std::fmt::Error)?;
        Ok(())
    }
}

#[test]
fn a_writer_that_refuses_ends_the_work() {
    let spec = Spec::parse("0>2147483647").unwrap();
    assert_eq!(write_text(&mut Full(1000), &spec, "x"), Err(Error::Sink));
    let spec = Spec::parse("02147483647,").unwrap();
    assert_eq!(write_int(&mut Full(1000), &spec, false, "1"), Err(Error::Sink));
    let spec = Spec::parse("02147483647,.2147483647f").unwrap();
    assert_eq!(write_float(&mut Full(1000), &spec, 1e300), Err(Error::Sink));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn any_spec(s in prop_oneof![any::<String>(), ".?[<>=^]?[-+ ]?#?0?[0-9]{0,3}[,_]?(\\.[0-9]{0,2})?[a-zA-Z%]?"], x in any::<f64>(), y in any::<f32>()) {
        if let Ok(spec) = Spec::parse(&s) {
            let mut out = Full(100_000);
            let _ = write_text(&mut out, &spec, &s);
            let _ = write_char(&mut out, &spec, 'é');
            let _ = write_float(&mut out, &spec, x);
            let _ = write_float(&mut out, &spec, y);
            let _ = write_int(&mut out, &spec, true, "12345");
            let _ = spec.int_form();
        }
    }

    #[test]
    fn width_is_kept(s in "[*0é]?[<>=^]?[-+ ]?0?[0-9]{1,2}[,_]?(\\.[0-9])?[efg%]?", x in -1e20f64..1e20) {
        if let Ok(spec) = Spec::parse(&s) {
            let mut out = String::new();
            write_float(&mut out, &spec, x).unwrap();
            prop_assert!(out.chars().count() >= spec.width as usize);
        }
    }

    #[test]
    fn any_template(s in prop_oneof![any::<Vec<u8>>(), "[{}!:rsd0-9a.%\\[\\]*#()+-]{0,20}".prop_map(String::into_bytes)]) {
        for piece in Fields::new(&s).flatten() {
            if let FieldPiece::Field(field) = piece
                && let Ok(FieldName::Index(_, steps) | FieldName::Key(_, steps)) = FieldName::parse(field.name)
            {
                let _ = steps.count();
            }
        }
        for piece in Percent::new(&s).flatten() {
            if let PercentPiece::Directive(directive) = piece {
                let _ = directive.spec(Some(-3), Some(7));
            }
        }
    }
}
